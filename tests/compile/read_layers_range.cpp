// wants: TapeEncoder: add_tape_token_to_layers must be ascending, distinct block numbers below num_layers
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr std::array<int, 1> add_tape_token_to_layers{3};
};
USE(Spoiled)
