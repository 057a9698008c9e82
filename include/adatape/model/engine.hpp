#pragma once
/// Inference: a model whose weights are laid out for the kernels once and then only read.
#include "adatape/core/context.hpp"
#include "adatape/core/parameters.hpp"

namespace adatape::model {

/// A trained model ready to run. Keeps a copy of the weights, so the parameters may change or go away; load() takes new ones. Any number of
/// threads may call run() at once on one engine, each with a workspace of its own; after the first call with the largest batch a workspace
/// touches no heap.
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
  Output run(const T* input, Index samples, Arena& workspace, double tau = 0) const {
    workspace.reset();
    return Model::infer(weights_, input, samples, Context{.arena = workspace, .settings = {.tau = tau}});
  }

 private:
  Arena storage_;
  typename Model::template Packed<T> weights_;
};

}  // namespace adatape::model
