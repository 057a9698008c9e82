#pragma once
/// Includes models, autograd and training. It does not include
/// - files: adatape/io/*.hpp and adatape/data/idx.hpp (target adatape::io),
/// - checks for layers of one's own: adatape/testing/*.hpp.
#include "adatape/data/parity.hpp"
#include "adatape/data/sampler.hpp"
#include "adatape/model/classifier.hpp"
#include "adatape/model/describe.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/model/parity.hpp"
#include "adatape/model/sizes.hpp"
#include "adatape/model/smoothing.hpp"
#include "adatape/train/layer_rates.hpp"
#include "adatape/train/sgd.hpp"
#include "adatape/train/trainer.hpp"
