#pragma once
/// How far a training run has got. Together with parameters, moments and step number this is all that resuming needs.
#include "adatape/io/json.hpp"
#include "adatape/train/options.hpp"

namespace adatape::examples {

struct RunState {
  Index epoch = 0;                   ///< finished epochs
  Index batch = 0;                   ///< finished batches of the next
  Index images = 0, correct = 0;     ///< of that epoch so far
  double loss = 0, tape_length = 0;  ///< sums over those images
  double best_accuracy = -1;
  Index best_epoch = 0;

  void add(const train::StepReport& report) {
    const auto counted = static_cast<double>(report.counted);
    ++batch;
    images += report.counted;
    correct += report.correct;
    loss += report.loss * counted;
    tape_length += report.mean_tape_length * counted;
  }
  void next_epoch() { *this = {.epoch = epoch + 1, .best_accuracy = best_accuracy, .best_epoch = best_epoch}; }

  double mean_loss() const { return loss / static_cast<double>(images); }
  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(images); }
  double mean_tape_length() const { return tape_length / static_cast<double>(images); }

  nlohmann::json to_json() const {
    return {{"epoch", epoch}, {"batch", batch}, {"images", images}, {"correct", correct}, {"loss", loss}, {"tape_length", tape_length},
            {"best_accuracy", best_accuracy}, {"best_epoch", best_epoch}};
  }
  /// Throws Error that names `where` and the key if a value is missing or cannot be.
  static RunState from_json(const nlohmann::json& json, const std::string& where) {
    const auto count = [&](const char* key) { return io::json_integer<Index>(json, key, where, 0, Index{1} << 52); };
    RunState state{.epoch = count("epoch"), .batch = count("batch"), .images = count("images"), .correct = count("correct"),
                   .loss = io::json_number(json, "loss", where), .tape_length = io::json_number(json, "tape_length", where, 0),
                   .best_accuracy = io::json_number(json, "best_accuracy", where, -1, 1), .best_epoch = count("best_epoch")};
    require(state.correct <= state.images && state.best_epoch <= state.epoch, where, ": its counts contradict each other");
    return state;
  }
};

}  // namespace adatape::examples
