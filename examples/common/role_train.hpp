#pragma once
/// The role "train" of a model.
#include "adatape/train/trainer.hpp"
#include "fingerprint.hpp"
#include "flat_samples.hpp"
#include "model_roles.hpp"

namespace adatape::examples {

template <class Config>
class ModelTrainerOf : public ModelTrainer {
 public:
  ModelTrainerOf(const train::TrainingOptions& options, ProcessGroup& group) : group_(group), trainer_(options, SharedExchange(group.exchange())) {}

  train::Share positions(Index whole) override { return trainer_.positions(whole); }
  void accumulate(const SampleBatch& batch) override {
    input_.reset();
    trainer_.accumulate({FlatSamples<Config>::input(batch.input, input_), batch.targets, batch.weights, batch.sample_numbers, batch.first, batch.whole});
  }
  train::StepReport apply() override {
    const auto report = trainer_.apply();
    trainer_.zero_gradients();
    return report;
  }
  void forget() override { trainer_.zero_gradients(); }
  Index step_number() const override { return trainer_.step_number(); }
  void set_step_number(Index step) override { trainer_.set_step_number(step); }
  std::uint64_t fingerprint() const override {
    Fingerprint of_values;
    of_values.add(trainer_.parameters().flat());
    if (trainer_.average()) of_values.add(trainer_.average()->flat());
    return of_values.value();
  }
  void save(const std::filesystem::path& path, const io::Metadata& metadata, bool everything) override {
    const bool finite = std::ranges::all_of(trainer_.parameters().flat(), [](float value) { return std::isfinite(value); });
    require(finite, path.string(), ": not written, because a weight is not finite");
    const auto write_all = [&](const ModelOptimizer<Config>& optimizer) {
      save_parameters<Config>(path, metadata, trainer_.parameters(), &optimizer, trainer_.average());
    };
    if (everything && group_.is_alone()) return write_all(trainer_.optimizer());
    if (everything) {
      const auto whole = trainer_.whole_optimizer();
      if (group_.is_first()) write_all(whole);
    } else if (group_.is_first()) {
      save_parameters<Config>(path, metadata, used(), nullptr, nullptr);
    }
  }
  void load(const io::SafetensorsFile& file) override {
    trainer_.restore_optimizer([&](auto& optimizer) { load_parameters<Config>(file, trainer_.parameters(), &optimizer, trainer_.average()); });
  }
  std::string initialise_from(const io::SafetensorsFile& file, bool fresh_head) override {
    auto summary = initialise_parameters<Config>(file, trainer_.parameters(), fresh_head);
    if (auto* const average = trainer_.average()) *average = trainer_.parameters();
    return summary;
  }
  void infer(Index samples, const Settings& settings, const FillInput& fill, const VisitResult& visit) const override {
    infer_samples<Config>(used(), samples, settings, fill, visit);
  }

 private:
  /// The weights that the trained model has in use.
  const ModelParameters<Config>& used() const { return trainer_.average() ? *trainer_.average() : trainer_.parameters(); }

  ProcessGroup& group_;
  train::Trainer<model::Classifier<Config>, float, train::CrossEntropy, train::AdamW, SharedExchange> trainer_;
  Arena input_;
};

template <class Config>
std::unique_ptr<ModelTrainer> make_trainer(const train::TrainingOptions& options, ProcessGroup& group) {
  return std::make_unique<ModelTrainerOf<Config>>(options, group);
}

}  // namespace adatape::examples
