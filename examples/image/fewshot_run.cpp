#include "fewshot_run.hpp"

#include "features.hpp"

namespace adatape::examples {

namespace {

/// A label is one byte, so there are at most this many classes. The data set may have other classes than the model was trained with.
constexpr Index kMostClasses = 256;

data::ImageDataset load_split(const FewShotFlags& flags, data::Split split, const ModelFacts& facts) {
  auto images = load_images(flags.data, split, facts, kMostClasses);
  if (flags.limit == 0 || images.count <= flags.limit) return images;
  images.count = flags.limit;
  images.pixels.resize(static_cast<std::size_t>(images.count * images.image_size()));
  images.labels.resize(static_cast<std::size_t>(images.count));
  return images;
}

}  // namespace

FewShotReport run_fewshot(const FewShotFlags& flags, const CompiledModel& compiled, const io::SafetensorsFile& file, const CheckpointInfo& info) {
  const auto& facts = compiled.facts;
  const auto model = compiled.load(file);
  const auto train = load_split(flags, data::Split::train, facts), test = load_split(flags, data::Split::test, facts);
  const Index classes = 1 + std::max(std::ranges::max(train.labels), std::ranges::max(test.labels));
  const fewshot::Evaluation evaluation(train.labels, classes, flags.protocol);
  FewShotReport report{.model = facts.name,
                       .features = facts.features,
                       .train_images = train.count,
                       .test_images = test.count,
                       .classes = classes,
                       .chosen_images = std::ssize(evaluation.images()),
                       .results = {}};
  fmt::print("{}: {} features of {} chosen of {} training images and of {} test images, {} classes\n", report.model, report.features, report.chosen_images,
             report.train_images, report.test_images, report.classes);
  flush_output();

  std::vector<Index> all(static_cast<std::size_t>(test.count));
  std::iota(all.begin(), all.end(), Index{0});
  const PixelTable table(info.pixels);
  const auto start = Clock::now();
  const Index images = report.chosen_images + test.count;
  Progress progress(images, 0, "img");
  const auto features = [&](const data::ImageDataset& split, std::span<const Index> wanted, Index before, const char* where) {
    return image_features(*model, facts, info.tau, split.pixels, wanted, table, progress, before, where);
  };
  const auto of_train = features(train, evaluation.images(), 0, "training images");
  const auto of_test = features(test, all, report.chosen_images, "test images");
  const double seconds = seconds_since(start);
  progress.keep(fmt::format("features in {}, {:.0f} images/s", minutes(seconds), static_cast<double>(images) / seconds));
  report.results = fewshot::report(flags.protocol, evaluation.run(of_train, of_test, test.labels));
  return report;
}

}  // namespace adatape::examples
