#pragma once
/// How many bank tokens one step of a read selects.
#include <cmath>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// k, the bank tokens of a step: min(floor(T / tau + 1e-9), bank_size) for T = num_tape_tokens. 0 < tau <= T. 1e-9 corrects a quotient that rounding leaves
/// just below an integer. The quotient of a tiny tau is too large for an Index, so it is compared as it is.
inline Index tokens_per_step(Index num_tape_tokens, double tau, Index bank_size) {
  const double tokens = std::floor(static_cast<double>(num_tape_tokens) / tau + 1e-9);
  return tokens < static_cast<double>(bank_size) ? static_cast<Index>(tokens) : bank_size;
}

}  // namespace adatape
