#pragma once
/// The model that the tests of Trainer train.
#include "../model/model_problem.hpp"
#include "adatape/train/trainer.hpp"

namespace adatape::testing {

using Config = verify::LearnTokenTwoFfn;
using Model = model::Classifier<Config>;
using Trainer = train::Trainer<Model, float>;
constexpr Index sample_values = Model::own_tokens * Model::D;

}  // namespace adatape::testing
