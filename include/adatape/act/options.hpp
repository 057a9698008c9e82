#pragma once
/// The compile-time choices of adaptive computation over one block: ACT and PonderNet.
#include <cstdint>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// How the results of the steps become the output: out = state w + out (1 - w) (basic), or out + state w (accumulated).
enum class ActType : std::uint8_t { basic, accumulated };

/// The halting unit: a sample (its probability is the mean over its tokens), or a token.
enum class ActLevel : std::uint8_t { per_example, per_token };

/// Defaults. Configurations derive from this struct and override members.
struct HaltingDefaults {
  static constexpr int act_max_steps = 6;                       ///< the most applications of the block; at least 1, for PonderNet 2
  static constexpr double act_epsilon = 0.01;                   ///< a unit halts when its sum of probabilities would exceed 1 - act_epsilon; in [0, 1)
  static constexpr ActType act_type = ActType::basic;           ///< of ACT; PonderNet does not use it
  static constexpr ActLevel act_level = ActLevel::per_example;  ///< of ACT; PonderNet takes per_example only
  static constexpr double lambda_p = 0.2;         ///< PonderNet: parameter of the geometric prior over steps, 1 / (mean number of steps); in (0, 1)
  static constexpr bool share_parameters = true;  ///< true: one block for all steps; false: a block of its own for every step
};

}  // namespace adatape::act
