#pragma once
// A small model that compiles; the tests spoil one member of it.
#include "adatape/model/classifier.hpp"
#include "adatape/model/engine.hpp"

struct Small : adatape::model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 12, num_heads = 2, split_tt = 3, mlp_dim = 16, num_layers = 3, num_classes = 5;
  static constexpr int num_tape_tokens = 4, tape_bank_size = 20, tt_mlp_dim = 8;
};

/// Instantiates the forward pass of a configuration.
template <class Config>
auto use(const adatape::Parameters<adatape::model::Classifier<Config>, float>& parameters, std::span<const float> input, adatape::Arena& arena) {
  return adatape::model::Engine<adatape::model::Classifier<Config>>(parameters).run(input, arena);
}
#define USE(Config) template auto use<Config>(const adatape::Parameters<adatape::model::Classifier<Config>, float>&, std::span<const float>, adatape::Arena&);
