#pragma once
/// Draws from the gamma and the beta distribution.
#include <cmath>

#include "adatape/core/error.hpp"
#include "adatape/core/random.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// log x for x ~ Gamma(shape, 1). Marsaglia and Tsang 2000: for shape >= 1 with d = shape - 1/3 and c = 1 / sqrt(9 d), z ~ N(0, 1) and u ~ U(0, 1), x = d (1 +
/// c z)^3 is taken where 1 + c z > 0 and log u < z^2 / 2 + d - x + d log(x / d), else drawn again (fewer than 5 % of draws). Below 1, x of shape + 1 is
/// multiplied by u^(1 / shape); the logarithm stays finite where x is too small for a double. Throws Error unless 0 < shape <= 10^6.
inline double draw_log_gamma(double shape, Draws& draws) {
  require(0 < shape && shape <= 1e6, "gamma: wanted a shape above 0, at most 1000000, found ", shape);
  const double boost = shape < 1 ? std::log(draws.uniform()) / shape : 0.0;
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double z = draws.normal(), root = 1 + c * z;
    if (root <= 0) continue;
    const double log_ratio = 3 * std::log(root), x = d * root * root * root;
    if (std::log(draws.uniform()) < z * z / 2 + d - x + d * log_ratio) return std::log(d) + log_ratio + boost;
  }
}

/// Beta(alpha, alpha): x / (x + y) of two gamma draws, computed as 1 / (1 + exp(log y - log x)). In [0, 1]. Throws Error unless 0 < alpha <= 10^6.
inline double draw_beta(double alpha, Draws& draws) {
  const double x = draw_log_gamma(alpha, draws), y = draw_log_gamma(alpha, draws);
  return 1 / (1 + std::exp(y - x));
}

}  // namespace adatape::image
