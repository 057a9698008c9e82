#pragma once
/// A user's model, as small as a model with tape can be. Its name and its functions stand in the library's namespace of this translation unit, so that
/// units with other flags have theirs (adatape/core/namespace.hpp).
#include "adatape/adatape.hpp"

namespace user::inline ADATAPE_NAMESPACE {

struct Tiny : adatape::model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 12, num_heads = 2, split_tt = 3, mlp_dim = 16, num_layers = 2, num_classes = 5;
  static constexpr int num_tape_tokens = 4, tape_bank_size = 20, tt_mlp_dim = 8;
};
using Model = adatape::model::Classifier<Tiny>;

}  // namespace user
