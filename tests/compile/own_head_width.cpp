// wants: Head of a configuration: in must be hidden_size (or representation_size), and out must be num_classes
#include "small_model.hpp"

struct Spoiled : Small {
  template <int D, int classes>
  using Head = adatape::nn::Linear<D, classes + 1>;
  static constexpr std::string_view own_layers = "wide head";
};
USE(Spoiled)
