// wants: Trainer: the objective must have the members that adatape/train/objective.hpp lists, for the outputs of this model
#include "adatape/train/trainer.hpp"
#include "small_model.hpp"

struct Nothing {
  template <class T>
  using Targets = adatape::train::ClassTargets<T>;
};
void check(const Nothing&) {}

adatape::train::Trainer<adatape::model::Classifier<Small>, float, Nothing> trainer({});
