#pragma once
/// An exponential moving average (EMA) of the parameters.
#include <algorithm>
#include <cmath>

#include "adatape/core/multiply_add.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/parameters.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Whether parameters are averaged, and how far back the average looks (see decay_after).
struct AverageOptions {
  double decay = 0;      ///< share of the average that stays in an update, in [0, 1); 0: no average is kept
  bool warm_up = false;  ///< whether the decay rises from 0
  Index start = 0;       ///< updates before averaging begins

  /// The decay at update number u, from 1, as timm's ModelEmaV3 has it:
  ///     0                                        for n = u - start - 1 <= 0, so the average is the parameters
  ///     decay                                    without warm-up
  ///     min(decay, 1 - (1 + n)^(-2/3))           with warm-up
  double decay_after(Index update) const {
    const Index n = update - start - 1;
    if (n <= 0) return 0;
    return warm_up ? std::min(decay, 1 - std::pow(1 + static_cast<double>(n), -2.0 / 3)) : decay;
  }
};

/// Throws Error unless decay is in [0, 1) and start is at least 0.
inline void check(const AverageOptions& options) {
  require(options.decay >= 0 && options.decay < 1, "average: decay must be at least 0 and less than 1, found ", options.decay);
  require(options.start >= 0, "average: start must be at least 0 updates, found ", options.start);
}

/// average += (1 - decay) (parameters - average), for all values. Throws Error where one of the two was moved from.
template <class Model, class T>
void update_average(Parameters<Model, T>& average, const Parameters<Model, T>& parameters, double decay) {
  const T share = static_cast<T>(1 - decay);
  T* const a = average.flat().data();
  const T* const p = parameters.flat().data();
  parallel_chunks(Parameters<Model, T>::flat_size, 1 << 14, [=](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) a[i] = decay == 0 ? p[i] : multiply_add(share, p[i] - a[i], a[i]);
  });
}

}  // namespace adatape::train
