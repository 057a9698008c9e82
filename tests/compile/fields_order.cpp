// wants: parameter tree: fields() must list the members in order of declaration, each once
#include "adatape/core/parameters.hpp"

using adatape::Tensor, adatape::field;

struct Layer {
  template <class T>
  struct Params {
    Tensor<T, 4> scale, bias;
    static constexpr auto fields() { return std::tuple(field("bias", &Params::bias), field("scale", &Params::scale)); }
  };
};

adatape::Parameters<Layer, float> parameters;
const auto layout = parameters.layout();
