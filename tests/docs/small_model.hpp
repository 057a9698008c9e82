#pragma once
/// What the blocks of code in docs/*.md speak of: a model and its input.
#include "adatape/adatape.hpp"

using namespace adatape;

struct Mine : model::ModelDefaults {
  static constexpr const char* name = "mine";
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 8, num_heads = 2, split_tt = 2, mlp_dim = 8, tt_mlp_dim = 8, num_layers = 2;
  static constexpr int num_classes = 3, num_tape_tokens = 4;
};
using Model = model::Classifier<Mine>;
using Input = DenseSamples<float, Model::input_size>;
