#pragma once
/// AdamW (Loshchilov and Hutter 2019) over flat parameters, with clipping by the global norm.
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/parameters.hpp"
#include "adatape/ops/adamw.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// sqrt(sum_i x_i^2), in double. Each chunk of 32 768 values has a sum of its own, and the sums are added in order, so threads do not change bits.
/// finish(begin, end) is called once for each chunk, before the values [begin, end) are read, and may still write them: so they come into the cache once.
/// Throws what finish throws, and std::bad_alloc where there is no memory.
template <class T, class Finish>
double global_norm(std::span<const T> values, const Finish& finish) {
  constexpr Index chunk = 1 << 15;
  const auto count = static_cast<Index>(values.size());
  Arena::Scope scope(thread_arena());
  const auto partial = thread_arena().take_span<double>((count + chunk - 1) / chunk);
  parallel_chunks(count, chunk, [&](Index begin, Index end) {
    finish(begin, end);
    constexpr Index lanes = 16;  // independent sums: with one sum every addition would wait for the one before it
    double sums[lanes] = {};
    const T* const x = values.data();
    Index i = begin;
    for (; i + lanes <= end; i += lanes)
      for (Index j = 0; j < lanes; ++j) sums[j] += static_cast<double>(x[i + j]) * static_cast<double>(x[i + j]);
    for (; i < end; ++i) sums[0] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    partial[static_cast<std::size_t>(begin / chunk)] = std::accumulate(std::begin(sums), std::end(sums), 0.0);
  });
  double total = 0;
  for (double sum : partial) total += sum;
  return std::sqrt(total);
}
/// The same without finish.
template <class T>
double global_norm(std::span<const T> values) {
  return global_norm(values, [](Index, Index) {});
}

/// The factor by which gradients of the given norm are clipped: min(1, max_norm / norm), or 1 where max_norm <= 0.
inline double clip_factor(double norm, double max_norm) { return max_norm > 0 && norm > max_norm ? max_norm / norm : 1.0; }

/// The constants of AdamW (see AdamW::update).
struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  ///< decoupled, applied to every parameter
};

/// Throws Error unless both betas are in [0, 1), epsilon is positive and finite, and the decay is finite and not negative.
inline void check(const AdamWOptions& options) {
  require(options.beta1 >= 0 && options.beta1 < 1, "AdamW: beta1 must be at least 0 and less than 1, found ", options.beta1);
  require(options.beta2 >= 0 && options.beta2 < 1, "AdamW: beta2 must be at least 0 and less than 1, found ", options.beta2);
  require(options.epsilon > 0 && std::isfinite(options.epsilon), "AdamW: epsilon must be a finite number greater than 0, found ", options.epsilon);
  require(options.weight_decay >= 0 && std::isfinite(options.weight_decay), "AdamW: weight_decay must be a finite number that is not negative, found ",
          options.weight_decay);
}

/// The optimizer of a model: its options, and the first and second moments m and v of all parameters, at first 0.
/// Construction throws std::bad_alloc where there is no memory.
template <class Model, class T>
struct AdamW {
  AdamWOptions options;
  Parameters<Model, T> first, second;

  /// Step number `step` (from 0) with g = gradient_scale gradients:
  ///     m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  p -= rate (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + decay p),  t = step + 1
  /// Moments below the smallest normal number become 0 (see ops/adamw.hpp). parameters, gradients, first and second are four objects.
  ///
  /// Throws Error and changes nothing
  ///   - unless check(options) passes, and epsilon is still a normal number as T,
  ///   - unless step >= 0,
  ///   - unless rate is in [0, 1e27],
  ///   - unless rate times decay is at most 1 (above 1 the sign of a weight that should shrink would change),
  ///   - unless gradient_scale is finite and not negative,
  ///   - unless none of the four objects was moved from.
  /// Throws Error after the change if a weight or second moment is no longer finite. Finite gradients lead to that only where the square of a scaled gradient
  /// overflows (in float from 1.8e19 on), or where moments were restored that no training makes.
  void update(Parameters<Model, T>& parameters, const Parameters<Model, T>& gradients, Index step, double rate, double gradient_scale = 1) {
    check(options);
    require(static_cast<T>(options.epsilon) >= std::numeric_limits<T>::min(), "AdamW: epsilon must be at least ", std::numeric_limits<T>::min(), ", found ",
            options.epsilon);
    require(step >= 0, "AdamW: the step's number must be at least 0, found ", step);
    require(rate >= 0 && rate <= largest_rate, "AdamW: the rate must be at least 0 and at most ", largest_rate, ", found ", rate);
    require(rate * options.weight_decay <= 1, "AdamW: rate times weight_decay must be at most 1, found ", rate, " times ", options.weight_decay);
    require(gradient_scale >= 0 && std::isfinite(gradient_scale), "AdamW: gradient_scale must be a finite number that is not negative, found ", gradient_scale);
    const auto t = static_cast<double>(step + 1);
    const ops::AdamWStep<T> constants{
        .beta1 = static_cast<T>(options.beta1),
        .beta2 = static_cast<T>(options.beta2),
        .first_correction = static_cast<T>(1 / (1 - std::pow(options.beta1, t))),
        .second_correction = static_cast<T>(1 / (1 - std::pow(options.beta2, t))),
        .epsilon = static_cast<T>(options.epsilon),
        .rate = static_cast<T>(rate),
        .decay = static_cast<T>(options.weight_decay),
        .gradient_scale = static_cast<T>(gradient_scale),
    };
    const bool finite =
        ops::adamw(constants, gradients.flat().data(), Parameters<Model, T>::flat_size, first.flat().data(), second.flat().data(), parameters.flat().data());
    require(finite, "AdamW: after step ", step, " a weight or second moment is not finite");
  }

  /// With this rate, rate times a direction that training makes (at most some thousand) is far below the largest float, 3.4e38.
  static constexpr double largest_rate = 1e27;
};

}  // namespace adatape::train
