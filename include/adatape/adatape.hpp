#pragma once
/// Everything but files: models, autograd, training. Files are in adatape/io/*.hpp and adatape/data/idx.hpp (target adatape::io).
#include "adatape/data/parity.hpp"
#include "adatape/data/sampler.hpp"
#include "adatape/model/classifier.hpp"
#include "adatape/model/describe.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/model/parity.hpp"
#include "adatape/model/sizes.hpp"
#include "adatape/train/trainer.hpp"
