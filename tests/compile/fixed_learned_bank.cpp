// wants: AddTapeToken: a fixed read needs a bank of at least num_tape_tokens (K >= T)
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::tape::BankType bank_type = adatape::tape::BankType::learn;
  static constexpr bool dynamic = false;
  static constexpr int tape_bank_size = 3;
};
USE(Spoiled)
