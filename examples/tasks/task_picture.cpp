#include "task_picture.hpp"

#include "../image/tape_picture.hpp"
#include "adatape/image/png_writer.hpp"

namespace adatape::examples {

void draw_samples(const TrainedModel& model, const ModelFacts& facts, const Task& task, const TaskLook& look, const Settings& settings, Index count,
                  const std::filesystem::path& path) {
  constexpr Index candidates = 400;
  const auto values = static_cast<std::size_t>(facts.input_size), size = static_cast<std::size_t>(facts.height * facts.width * facts.channels);
  std::vector<std::uint8_t> pixels(candidates * size), labels(candidates);
  std::vector<Prediction> predictions(candidates);
  const auto fill = [&](Index begin, Index end, float* input) {
    for (Index i = begin; i < end; ++i, input += facts.input_size) {
      const auto at = static_cast<std::size_t>(i);
      labels[at] = static_cast<std::uint8_t>(task.test_sample(at, {input, values}).label);
      for (std::size_t p = 0; p < size; ++p)
        pixels[at * size + p] = static_cast<std::uint8_t>(std::lround(255 * (input[p] - look.dark) / (look.bright - look.dark)));
    }
  };
  model.infer(candidates, settings, fill, [&](Index i, const SampleResult& output) {
    auto& prediction = predictions[static_cast<std::size_t>(i)];
    prediction.label = predicted_class(output.logits, facts.classes);
    prediction.probability = class_probability(output.logits, prediction.label, true);
    prediction.length = output.length;
    prediction.tape = output.tape;
  });
  CheckpointInfo info;
  info.classes = look.classes;
  const auto grid = facts.bank_columns > 0 ? std::optional(BankGrid{facts.bank_columns, facts.bank_patch}) : std::nullopt;
  const TapePicture picture(look.title, facts.height, facts.width, facts.channels, grid, facts.longest, info, pixels, predictions, labels);
  image::write_png(path, picture.draw(count).picture());
}

}  // namespace adatape::examples
