#pragma once
/// A shared block of width 6 that runs at most five times.
#include "adatape/act/act_encoder.hpp"

namespace adatape::testing {

struct Small : act::HaltingDefaults {
  static constexpr int hidden_size = 6, num_heads = 2, mlp_dim = 7, act_max_steps = 5;
  static constexpr ops::GeluForm gelu = ops::GeluForm::tanh;
};

}  // namespace adatape::testing
