#pragma once
/// How far a training run has got. Together with parameters, moments and step number this is all that resuming needs.
#include <string>

#include "../common/compiled_model.hpp"
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

  /// As the text of a JSON object, which checkpoints hold as metadata "progress".
  std::string text() const;
  /// What text() wrote, out of a checkpoint. Throws Error that names file and key if a value is missing or cannot be.
  static RunState read(const io::SafetensorsFile& file);
};

}  // namespace adatape::examples
