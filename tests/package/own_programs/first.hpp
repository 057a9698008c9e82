#pragma once
#include "adatape/model/classifier.hpp"

struct First : adatape::model::ModelDefaults {
  static constexpr const char* name = "first";
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 12, num_heads = 2, split_tt = 3, mlp_dim = 16, num_layers = 2, num_classes = 5;
  static constexpr int num_tape_tokens = 4, tt_mlp_dim = 8;
};
