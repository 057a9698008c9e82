#pragma once
/// Everything that decides what a training run computes. It is recorded in every checkpoint, so that a resumed run is the same run.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "adatape/train/options.hpp"
#include "augmentation.hpp"

namespace CLI {
class App;
}

namespace adatape::examples {

/// One setting, its flag and the values that flag and file may give it.
struct Setting {
  std::string name, help;
  std::variant<std::string*, Index*, int*, double*, bool*, std::uint64_t*> value;
  double min = 0, max = 0;           ///< of a number
  std::vector<std::string> choices;  ///< of a word
};

/// The defaults are the demo's: about two minutes on two cores.
struct Recipe {
  std::string model, loss = "softmax";
  Index epochs = 8, schedule_epochs = 0, batch_size = 128;
  double lr = 3e-3, weight_decay = 0.1, warmup_epochs = 0.3, clip_grad = 1, smoothing = 0.05;
  double tau = 0, ponder_weight = 0.003;
  double dropout = 0, stochastic_depth = 0, query_noise = 0, bernoulli_p = 0;
  Augmentation augmentation{.flip = true};
  std::uint64_t seed = 0;

  /// All settings; the pointers are into this recipe. The model is the program's default unless it has been set.
  std::vector<Setting> settings();
  void add_flags(CLI::App& app);
  nlohmann::json to_json() const;
  /// Takes over what a checkpoint recorded, with the same checks as for flags; Error names file and key. Only the length of the run may be another:
  /// --epochs and --schedule-epochs. Throws UsageError for any other flag of the command line that says otherwise.
  void resume(const nlohmann::json& recorded, const CLI::App& app, const std::string& where);
  /// The epochs over which the learning rate falls to 0.
  Index scheduled_epochs() const { return schedule_epochs > 0 ? schedule_epochs : epochs; }
  train::TrainingOptions options(Index batches_per_epoch) const;
};

}  // namespace adatape::examples
