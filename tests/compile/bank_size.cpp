// wants: AddTapeToken: tape_bank_size (K) must be at least 1
#include "small_model.hpp"

struct Spoiled : Small {
  static constexpr adatape::tape::BankType bank_type = adatape::tape::BankType::learn;
  static constexpr int tape_bank_size = 0;
};
USE(Spoiled)
