// wants: Classifier: inference needs pack_weights, PackedWeights and infer of Pooling, and pack_weights, PackedWeights and one of infer, infer_add and
// infer_in_place of Block
#include "small_model.hpp"

template <int D>
struct TrainsOnly {
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
  template <class T>
  static void backward(const Params<T>&, const Saved<T>&, adatape::Tokens<T, D>, adatape::Tokens<T, D>, Params<T>&, const adatape::Context&) {}
};
struct Spoiled : Small {
  template <int D>
  using Norm = TrainsOnly<D>;
  static constexpr std::string_view own_layers = "trains only";
};
USE(Spoiled)
