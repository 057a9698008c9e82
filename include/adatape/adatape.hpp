#pragma once
/// Includes models, inference, autograd and training. It does not include
/// - files: adatape/io/*.hpp, adatape/onnx/*.hpp, adatape/weights/*.hpp and adatape/data/idx.hpp (target adatape::io),
/// - pictures, their data sets and the loader: adatape/image/*.hpp and the rest of adatape/data/*.hpp (target adatape::image),
/// - several processes: adatape/mpi/*.hpp (target adatape::mpi),
/// - few-shot evaluation: adatape/fewshot/*.hpp,
/// - Eigen's tensors as views, the version, the watch for tape lengths: adatape/core/tensor_map.hpp, core/version.hpp, train/length_watch.hpp,
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
