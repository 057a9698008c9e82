// wants: TapeEncoder: add_tape_token_to_layers must be ascending, distinct block numbers below num_layers
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr std::array<int, 2> add_tape_token_to_layers{2, 1};
};
USE(Spoiled)
