// compiles
#include "constant_model.hpp"

using namespace adatape;

// With what the tests leave out it is a model, so each of them lacks one thing only.
struct Constant : testing::ConstantModel {
  static constexpr int own_tokens = 1;
  template <class T>
  static void backward(const Params<T>&, const Saved<T>&, const typename Output<T>::Gradient&, Params<T>&, const T*, const Context&) {}
};

train::Trainer<Constant> trainer({});
