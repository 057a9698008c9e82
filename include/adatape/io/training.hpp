#pragma once
/// The whole state of a training run in one checkpoint: parameters, the optimizer's state, the moving average, and the step number.
#include <string>
#include <tuple>
#include <utility>

#include "adatape/io/checkpoint.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// Calls f(Stored), with a view of the moving average of a model's parameters, or f() where `average` is null. Returns what f returns.
template <class Parameters, class F>
decltype(auto) with_average(Parameters* average, const F& f) {
  return average ? f(Stored{"average/", *average}) : f();
}

/// Calls f(Stored...) with views of all parts of an optimizer's state, and of the moving average unless `average` is null: what save_checkpoint and
/// load_checkpoint take beside the parameters of a model. Returns what f returns. The views are valid as long as the optimizer and the average.
///     with_state(optimizer, average, [&](const auto&... state) { save_checkpoint(path, parameters, metadata, state...); });
template <class Optimizer, class Parameters, class F>
decltype(auto) with_state(Optimizer& optimizer, Parameters* average, const F& f) {
  const auto with_parts = [&](const auto&... parts) -> decltype(auto) {
    return with_average(average, [&](const auto&... last) -> decltype(auto) { return f(Stored{parts.prefix, parts.parameters}..., last...); });
  };
  return std::apply(with_parts, optimizer.state());
}

/// Writes the state of a train::Trainer with save_checkpoint, and its step number as metadata "step". Options are not stored: the caller gives them again.
/// AdamW and Sgd have state of the tensors that are trained; no other state is written. `optimizer` is that of the trainer; in a run of several processes it is
/// that of Trainer::whole_optimizer, which all processes call before one of them saves. Any number of processes can restore the file.
/// Throws Error, with an old file at `path` unchanged, where save_checkpoint does.
template <class Trainer, class Optimizer>
void save_training(const std::filesystem::path& path, const Trainer& trainer, const Optimizer& optimizer, Metadata metadata) {
  metadata["step"] = std::to_string(trainer.step_number());
  with_state(optimizer, trainer.average(), [&](const auto&... state) { save_checkpoint(path, trainer.parameters(), metadata, state...); });
}
/// The same of one process.
template <class Trainer>
void save_training(const std::filesystem::path& path, const Trainer& trainer, Metadata metadata = {}) {
  save_training(path, trainer, trainer.optimizer(), std::move(metadata));
}

/// Restores what save_training wrote, and returns the metadata. With equal options the next steps have the bits of a run that was not interrupted. A trainer
/// that keeps an average needs a file with one. The state of every tensor that the trainer trains must be in the file. State of tensors that it does not train
/// may be there too, and is skipped. To train tensors that were frozen when the file was written, load with the rules of then, and call set_options after that.
/// Throws Error where load_checkpoint or checkpoint_step does; nothing has changed then.
template <class Trainer>
Metadata load_training(const std::filesystem::path& path, Trainer& trainer) {
  const auto file = SafetensorsFile::open(path);
  const Index step = checkpoint_step(file);
  trainer.restore_optimizer([&](auto& optimizer) {
    with_state(optimizer, trainer.average(), [&](const auto&... state) { load_checkpoint(file, trainer.parameters(), state...); });
  });
  trainer.set_step_number(step);
  return file.metadata();
}

}  // namespace adatape::io
