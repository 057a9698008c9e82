#pragma once
/// The compile-time choices of adaptive computation time.
#include <cstdint>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// How the states of the steps become the output: out = state w + out (1 - w), or out + state w.
enum class ActType : std::uint8_t { basic, accumulated };

/// What halts: a whole example (halting probabilities averaged over its tokens), or every token for itself.
enum class ActLevel : std::uint8_t { per_example, per_token };

/// Defaults; configurations inherit and override.
struct HaltingDefaults {
  static constexpr int act_max_steps = 6;
  static constexpr double act_epsilon = 0.01;  ///< halting passes 1 - act_epsilon
  static constexpr ActType act_type = ActType::basic;
  static constexpr ActLevel act_level = ActLevel::per_example;
  static constexpr bool share_parameters = true;  ///< one block for all steps, or one block a step
};

}  // namespace adatape::act
