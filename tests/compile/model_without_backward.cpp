// wants: Trainer: the model must have the members that adatape/core/model.hpp lists for TrainableModel
#include "constant_model.hpp"

using namespace adatape;

struct Constant : testing::ConstantModel {
  static constexpr int own_tokens = 1;
};

train::Trainer<Constant> trainer({});
