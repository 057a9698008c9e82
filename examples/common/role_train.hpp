#pragma once
/// The role "train" of a model.
#include "adatape/train/trainer.hpp"
#include "model_roles.hpp"

namespace adatape::examples {

template <class Config>
class ModelTrainerOf : public ModelTrainer {
 public:
  explicit ModelTrainerOf(const train::TrainingOptions& options) : trainer_(options) {}

  train::StepReport step(const SampleBatch& batch) override {
    return trainer_.step({batch.input, batch.targets, batch.weights, batch.sample_numbers});
  }
  Index step_number() const override { return trainer_.step_number(); }
  void set_step_number(Index step) override { trainer_.set_step_number(step); }
  void save(const std::filesystem::path& path, const io::Metadata& metadata, bool everything) const override {
    const bool finite = std::ranges::all_of(trainer_.parameters().flat(), [](float value) { return std::isfinite(value); });
    require(finite, path.string(), ": not written, because a weight is not finite");
    save_parameters<Config>(path, metadata, trainer_.parameters(), everything ? &trainer_.optimizer() : nullptr);
  }
  void load(const io::SafetensorsFile& file, bool everything) override {
    load_parameters<Config>(file, trainer_.parameters(), everything ? &trainer_.optimizer() : nullptr);
  }
  std::string initialise_from(const io::SafetensorsFile& file, bool fresh_head) override {
    return initialise_parameters<Config>(file, trainer_.parameters(), fresh_head);
  }
  void infer(Index samples, double tau, const FillInput& fill, const VisitResult& visit) const override {
    infer_samples<Config>(trainer_.parameters(), samples, tau, fill, visit);
  }

 private:
  train::Trainer<model::Classifier<Config>, float> trainer_;
};

template <class Config>
std::unique_ptr<ModelTrainer> make_trainer(const train::TrainingOptions& options) {
  return std::make_unique<ModelTrainerOf<Config>>(options);
}

}  // namespace adatape::examples
