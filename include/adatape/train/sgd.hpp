#pragma once
/// Stochastic gradient descent with momentum over flat parameters.
#include <cmath>

#include "adatape/ops/sgd.hpp"
#include "adatape/train/optimizer.hpp"
#include "adatape/train/state_buffer.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// The options of Sgd (see Sgd::update).
struct SgdOptions {
  double momentum = 0.9;    ///< mu; 0: no momentum
  double weight_decay = 0;  ///< added to the gradient, on every parameter whose rule decays
};

/// Throws Error unless momentum is in [0, 1) and the decay is finite and not negative.
inline void check(const SgdOptions& options) {
  require(options.momentum >= 0 && options.momentum < 1, "Sgd: momentum must be at least 0 and less than 1, found ", options.momentum);
  require(options.weight_decay >= 0 && std::isfinite(options.weight_decay), "Sgd: weight_decay must be a finite number that is not negative, found ",
          options.weight_decay);
}

/// Throws Error unless check(options) passes, momentum is less than 1 as T too, and the decay is finite as T.
template <class T>
void check_as(const SgdOptions& options) {
  check(options);
  require_share_as<T>("Sgd: momentum", options.momentum);
  require_decay_as<T>("Sgd: weight_decay", options.weight_decay);
}

/// Gradient descent for a model, with the velocity of the trained parameters, at first 0. Construction throws std::bad_alloc where there is no memory.
template <class Model, class T>
struct Sgd {
  using Options = SgdOptions;
  StateBuffer<Model, T> velocity;  ///< v of every trained parameter

  /// The velocity of all parameters.
  Sgd() = default;
  /// The velocity of the tensors that `ranges` train.
  explicit Sgd(std::span<const ParameterRange> ranges) : velocity(ranges) {}
  /// The velocity of the tensors that `ranges` train: kept where they were trained before, else 0. Throws std::bad_alloc where there is no memory; nothing has
  /// changed then.
  void set_ranges(std::span<const ParameterRange> ranges) { train::set_ranges(ranges, velocity); }

  /// One step with g = step.gradient_scale gradients and the rate and decay of each range, as torch.optim.SGD without dampening:
  ///     v = mu v + g + decay p,  p -= rate v
  /// A velocity below the smallest normal number becomes 0 (see ops/sgd.hpp). Ranges that are not trained keep values and velocity. parameters, gradients and
  /// velocity are three objects.
  /// Throws Error and changes nothing unless check_as<T>(options) and check_update pass, there is a velocity of every tensor that the ranges of the step train,
  /// and none of the objects was moved from. Throws Error after the change if a weight is no longer finite.
  void update(Parameters<Model, T>& parameters, const Parameters<Model, T>& gradients, const SgdOptions& options, const UpdateStep& step) {
    const ParameterRange everything{0, Parameters<Model, T>::flat_size};
    check_as<T>(options);
    check_update<T>("Sgd", step, options.weight_decay, everything);
    const auto ranges = ranges_of(step, everything);
    velocity.require_ranges("Sgd", ranges);
    const T* const g = gradients.flat().data();
    T* const p = parameters.flat().data();
    bool finite = true;
    for (const ParameterRange& range : ranges) {
      if (!range.rule.trained) continue;
      const ops::SgdStep<T> constants{
          .momentum = static_cast<T>(options.momentum),
          .rate = static_cast<T>(step.rate * range.rule.rate_scale),
          .decay = static_cast<T>(range.rule.decays ? options.weight_decay : 0),
          .gradient_scale = static_cast<T>(step.gradient_scale),
      };
      const Index at = range.begin;
      finite = ops::sgd(constants, g + at, range.end - at, velocity.data(at), p + at) && finite;
    }
    require(finite, "Sgd: after step ", step.number, " a weight is not finite");
  }

  /// A view of the velocity, valid as long as this object.
  ///@{
  auto state() { return std::tuple{StatePart{"sgd/velocity/", velocity}}; }
  auto state() const { return std::tuple{StatePart{"sgd/velocity/", velocity}}; }
  ///@}
};

}  // namespace adatape::train
