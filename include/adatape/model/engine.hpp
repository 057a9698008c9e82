#pragma once
/// Inference: a model whose weights are laid out for the kernels once and then only read.
#include <algorithm>

#include "adatape/core/context.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/parameters.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// A trained model ready to run. Keeps a copy of the weights, so the parameters may change or go away; load() takes new ones. Any number of
/// threads may call run() at once on one engine, each with a workspace of its own. Workspaces, and the memory that every core keeps for its part of
/// a batch, touch no heap once they have seen their largest batch.
template <class Model, class T = float>
class Engine {
 public:
  using Output = typename Model::template Output<T>;

  explicit Engine(const Parameters<Model, T>& parameters) { load(parameters); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Replaces the weights. Not while another thread runs.
  void load(const Parameters<Model, T>& parameters) {
    storage_.reset();
    weights_ = Model::pack(*parameters, storage_);
  }

  /// The model's output for input [samples, Model::input_size]; views into `workspace`, valid until its next use. tau 0 takes the
  /// configuration's threshold. Throws Error unless 0 <= tau <= T.
  ///
  /// A batch runs in parts of a few samples, as many for every core, each with its activations in cache; where that would leave cores idle, all cores
  /// share one pass. Both ways give the same bits.
  Output run(const T* input, Index samples, Arena& workspace, double tau = 0) const {
    workspace.reset();
    const auto infer = [&](Index first, Index count, Arena& arena) {
      return Model::infer(weights_, input + first * Model::input_size, count, Context{.arena = arena, .settings = {.tau = tau}});
    };
    const Index parts = parts_of(samples, available_threads());
    if (parts == 1) return infer(0, samples, workspace);
    auto output = Model::template start_output<T>(samples, tau, workspace);
    parallel_for(parts, [&](Index part) {
      prepare_thread_arena();
      Arena::Scope scope(thread_arena());
      const Index first = samples * part / parts, end = samples * (part + 1) / parts;
      output.place(infer(first, end - first, thread_arena()), first);
    });
    return output;
  }

 private:
  /// Own tokens that run through the blocks together on one core.
  static constexpr Index kRowsAtOnce = 800;

  static Index parts_of(Index samples, Index threads) {
    const Index at_once = std::max(Index{1}, kRowsAtOnce / Model::own_tokens), least = (samples + at_once - 1) / at_once;
    const Index parts = (least + threads - 1) / threads * threads;
    if (parts <= 1 || parts > samples) return 1;
    const Index largest = (samples + parts - 1) / parts;
    return largest * parts * 4 > samples * 5 ? 1 : parts;
  }

  Arena storage_;
  typename Model::template Packed<T> weights_;
};

}  // namespace adatape::model
