// wants: Engine<Model, Stored, T>: Stored must be T, Bf16 or int8 where T is float, or float where T is double
#include "adatape/model/engine.hpp"
#include "small_model.hpp"

adatape::model::Engine<adatape::model::Classifier<Small>, adatape::Bf16, double>* engine;
static_assert(sizeof(*engine) > 0);
