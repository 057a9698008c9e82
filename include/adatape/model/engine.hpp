#pragma once
/// Inference: a model whose weights are laid out for the kernels once and then only read.
#include <algorithm>

#include "adatape/core/context.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/parameters.hpp"

namespace adatape::model {

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
  /// A batch runs in parts of a few samples, each on one core with its activations in cache; with fewer parts than cores the cores share one pass.
  /// Both ways give the same bits.
  Output run(const T* input, Index samples, Arena& workspace, double tau = 0) const {
    workspace.reset();
    const Index at_once = std::max<Index>(1, kRowsAtOnce / Model::own_tokens), parts = (samples + at_once - 1) / at_once;
    const auto infer = [&](Index first, Index count, Arena& arena) {
      return Model::infer(weights_, input + first * Model::input_size, count, Context{.arena = arena, .settings = {.tau = tau}});
    };
    if (parts < 2 || parts < available_threads()) return infer(0, samples, workspace);
    auto output = Model::template start_output<T>(samples, tau, workspace);
    parallel_for(parts, [&](Index part) {
      thread_local Arena arena;
      arena.reset();
      const Index first = part * at_once;
      output.place(infer(first, std::min(at_once, samples - first), arena), first);
    });
    return output;
  }

 private:
  /// Own tokens that run through the blocks together.
  static constexpr Index kRowsAtOnce = 256;

  Arena storage_;
  typename Model::template Packed<T> weights_;
};

}  // namespace adatape::model
