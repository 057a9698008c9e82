#pragma once
/// The whole state of a training run in one checkpoint: parameters, the optimizer's state, the moving average, and the step number.
#include <string>
#include <tuple>

#include "adatape/io/checkpoint.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// Writes the state of a train::Trainer with save_checkpoint, and its step number as metadata "step". Options are not stored: the caller gives them again.
/// Throws Error, with an old file at `path` unchanged, where save_checkpoint does.
template <class Trainer>
void save_training(const std::filesystem::path& path, const Trainer& trainer, Metadata metadata = {}) {
  metadata["step"] = std::to_string(trainer.step_number());
  std::apply(
      [&](const auto&... parts) {
        if (const auto* average = trainer.average())
          save_checkpoint(path, trainer.parameters(), metadata, Stored{parts.prefix, parts.parameters}..., Stored{"average/", *average});
        else
          save_checkpoint(path, trainer.parameters(), metadata, Stored{parts.prefix, parts.parameters}...);
      },
      trainer.optimizer().state());
}

/// Restores what save_training wrote, and returns the metadata. With equal options the next steps have the bits of a run that was not interrupted. A trainer
/// that keeps an average needs a file with one. Throws Error where load_checkpoint or checkpoint_step does; nothing has changed then.
template <class Trainer>
Metadata load_training(const std::filesystem::path& path, Trainer& trainer) {
  const auto file = SafetensorsFile::open(path);
  const Index step = checkpoint_step(file);
  std::apply(
      [&](const auto&... parts) {
        if (auto* average = trainer.average())
          load_checkpoint(file, trainer.parameters(), Stored{parts.prefix, parts.parameters}..., Stored{"average/", *average});
        else
          load_checkpoint(file, trainer.parameters(), Stored{parts.prefix, parts.parameters}...);
      },
      trainer.optimizer().state());
  trainer.set_step_number(step);
  return file.metadata();
}

}  // namespace adatape::io
