// wants: Norm of a configuration: in and out must be hidden_size
#include "small_model.hpp"

struct Spoiled : Small {
  template <int D>
  using Norm = adatape::nn::Linear<D, D / 2>;
  static constexpr std::string_view own_layers = "narrow norm";
};
USE(Spoiled)
