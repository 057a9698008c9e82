// wants: Block of a configuration: must have Params, Saved, forward and backward for float and double (adatape/core/layer.hpp)
#include "small_model.hpp"

template <int D>
struct ForwardOnly {
  static constexpr int in = D, out = D;
  template <class T>
  struct Params {
    adatape::Tensor<T, D> gain;
    static constexpr auto fields() { return std::tuple(adatape::field("gain", &Params::gain)); }
  };
  template <class T>
  struct Saved {};
  template <class T>
  static void forward(const Params<T>&, adatape::Tokens<T, D>, adatape::Tokens<T, D>, Saved<T>&, const adatape::Context&) {}
};
struct Spoiled : Small {
  template <adatape::nn::BlockSizes size>
  using Block = ForwardOnly<size.D>;
  static constexpr std::string_view own_layers = "forward only";
};
USE(Spoiled)
