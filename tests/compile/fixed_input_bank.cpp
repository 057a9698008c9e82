// wants: Classifier: a fixed read needs a bank of at least num_tape_tokens (K >= T)
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr bool dynamic = false;
  static constexpr int patch_bank_size = 5;
};
USE(Spoiled)
