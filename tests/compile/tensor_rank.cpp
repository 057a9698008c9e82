// wants: parameter tree: a tensor may have at most 4 dimensions
#include "adatape/core/parameters.hpp"

using adatape::Tensor, adatape::field;

struct Layer {
  template <class T>
  struct Params {
    Tensor<T, 2, 2, 2, 2, 2> kernel;
    static constexpr auto fields() { return std::tuple(field("kernel", &Params::kernel)); }
  };
};

adatape::Parameters<Layer, float> parameters;
const auto layout = parameters.layout();
