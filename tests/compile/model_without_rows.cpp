// wants: Trainer: the model must have the members that adatape/core/model.hpp lists for TrainableModel
#include "constant_model.hpp"

using namespace adatape;

struct Constant : testing::ConstantModel {  // neither own_tokens nor own_rows
  template <class T>
  static void backward(const Params<T>&, const Saved<T>&, const typename Output<T>::Gradient&, Params<T>&, const T*, const Context&) {}
};

train::Trainer<Constant> trainer({});
