#pragma once
/// What Trainer wants of a model, without the rows of its samples and without backward.
#include "adatape/train/trainer.hpp"

namespace adatape::testing {

struct ConstantModel {
  static constexpr int D = 1;
  template <class T>
  using Input = DenseSamples<T, 1>;
  template <class T>
  struct Params {
    Tensor<T, 1> value;
    static constexpr auto fields() { return std::tuple(field("value", &Params::value)); }
  };
  template <class T>
  struct Saved {};
  template <class T>
  struct Output {
    struct Gradient {
      const T* dlogits = nullptr;
    };
    static constexpr Index classes = 1;
    Index samples = 0;
    const T* logits = nullptr;
  };
  template <class T>
  static Output<T> forward(const Params<T>& p, const Input<T>& input, Saved<T>&, const Context&) {
    return {input.samples(), p.value.data()};
  }
};

}  // namespace adatape::testing
