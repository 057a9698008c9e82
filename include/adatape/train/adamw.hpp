#pragma once
/// AdamW (Loshchilov and Hutter 2019) over flat parameters.
#include <cmath>
#include <limits>

#include "adatape/core/error.hpp"
#include "adatape/ops/adamw.hpp"
#include "adatape/train/optimizer.hpp"
#include "adatape/train/state_buffer.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// The options of AdamW (see AdamW::update). Training rounds them to the scalar type of the model.
struct AdamWOptions {
  double beta1 = 0.9;       ///< b1, in [0, 1)
  double beta2 = 0.999;     ///< b2, in [0, 1)
  double epsilon = 1e-8;    ///< eps, greater than 0; a normal number of the scalar type
  double weight_decay = 0;  ///< decoupled; on every parameter whose rule decays
};

/// Throws Error unless both betas are in [0, 1), epsilon is positive and finite, and the decay is finite and not negative.
inline void check(const AdamWOptions& options) {
  require(options.beta1 >= 0 && options.beta1 < 1, "AdamW: beta1 must be at least 0 and less than 1, found ", options.beta1);
  require(options.beta2 >= 0 && options.beta2 < 1, "AdamW: beta2 must be at least 0 and less than 1, found ", options.beta2);
  require(options.epsilon > 0 && std::isfinite(options.epsilon), "AdamW: epsilon must be a finite number greater than 0, found ", options.epsilon);
  require(options.weight_decay >= 0 && std::isfinite(options.weight_decay), "AdamW: weight_decay must be a finite number that is not negative, found ",
          options.weight_decay);
}

/// Throws Error unless check(options) passes, the betas are less than 1 and the decay is finite as T too, and epsilon is a normal number of T.
template <class T>
void check_as(const AdamWOptions& options) {
  check(options);
  require_share_as<T>("AdamW: beta1", options.beta1);
  require_share_as<T>("AdamW: beta2", options.beta2);
  constexpr auto least = static_cast<double>(std::numeric_limits<T>::min()), largest = static_cast<double>(std::numeric_limits<T>::max());
  require(options.epsilon >= least && options.epsilon <= largest, "AdamW: epsilon must be from ", least, " to ", largest,
          ", the normal numbers of the model's scalar type, found ", options.epsilon);
  require_decay_as<T>("AdamW: weight_decay", options.weight_decay);
}

/// AdamW for a model: the first and second moments m and v of the trained parameters, at first 0. Construction throws std::bad_alloc where there is no memory.
template <class Model, class T>
struct AdamW {
  using Options = AdamWOptions;
  StateBuffer<Model, T> first;   ///< m, the first moments
  StateBuffer<Model, T> second;  ///< v, the second moments

  /// Moments of all parameters.
  AdamW() = default;
  /// Moments of the tensors that `ranges` train.
  explicit AdamW(std::span<const ParameterRange> ranges) : first(ranges), second(ranges) {}
  /// Moments of the tensors that `ranges` train. A tensor that was trained before keeps its moments. The moments of a new one start at 0, while the corrections
  /// are those of the run. So its n-th change is up to (1 - b1^n) / sqrt(1 - b2^n) times the rate: by default 3.2 at first, and at most 6.6. Throws
  /// std::bad_alloc where there is no memory; nothing has changed then.
  void set_ranges(std::span<const ParameterRange> ranges) { train::set_ranges(ranges, first, second); }

  /// Step t = step.number + 1 with g = step.gradient_scale gradients and the rate and decay of each range:
  ///     m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  p -= rate (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + decay p)
  /// Moments below the smallest normal number become 0 (see ops/adamw.hpp). Ranges that are not trained keep values and moments. parameters, gradients, first
  /// and second are four objects.
  ///
  /// Throws Error and changes nothing
  ///   - unless check_as<T>(options) passes,
  ///   - unless check_update passes (optimizer.hpp),
  ///   - unless there are moments of every tensor that the ranges of the step train,
  ///   - unless none of the four objects was moved from.
  /// Throws Error after the change if a weight or second moment is no longer finite. Finite gradients lead to that only where the square of a scaled gradient
  /// overflows (in float from 1.8e19 on), where b1^2 is above b2 (m / sqrt(v) then grows without gradients, up to m / eps), or where moments were restored that
  /// no training makes.
  void update(Parameters<Model, T>& parameters, const Parameters<Model, T>& gradients, const AdamWOptions& options, const UpdateStep& step) {
    const ParameterRange everything{0, Parameters<Model, T>::flat_size};
    check_as<T>(options);
    check_update<T>("AdamW", step, options.weight_decay, everything);
    const auto ranges = ranges_of(step, everything);
    for (const auto* moments : {&first, &second}) moments->require_ranges("AdamW", ranges);
    const auto t = static_cast<double>(step.number + 1);
    const T* const g = gradients.flat().data();
    T* const p = parameters.flat().data();
    ops::AdamWStep<T> constants{
        .beta1 = static_cast<T>(options.beta1),
        .beta2 = static_cast<T>(options.beta2),
        .first_correction = static_cast<T>(1 / (1 - std::pow(options.beta1, t))),
        .second_correction = static_cast<T>(1 / (1 - std::pow(options.beta2, t))),
        .epsilon = static_cast<T>(options.epsilon),
        .rate = 0,
        .decay = 0,
        .gradient_scale = static_cast<T>(step.gradient_scale),
    };
    bool finite = true;
    for (const ParameterRange& range : ranges) {
      if (!range.rule.trained) continue;
      constants.rate = static_cast<T>(step.rate * range.rule.rate_scale);
      constants.decay = static_cast<T>(range.rule.decays ? options.weight_decay : 0);
      const Index at = range.begin;
      finite = ops::adamw(constants, g + at, range.end - at, first.data(at), second.data(at), p + at) && finite;
    }
    require(finite, "AdamW: after step ", step.number, " a weight or second moment is not finite");
  }

  /// Views of the moments, valid as long as this object.
  ///@{
  auto state() { return std::tuple{StatePart{"adamw/m/", first}, StatePart{"adamw/v/", second}}; }
  auto state() const { return std::tuple{StatePart{"adamw/m/", first}, StatePart{"adamw/v/", second}}; }
  ///@}
};

}  // namespace adatape::train
