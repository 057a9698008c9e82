#pragma once
/// The models of the parity task, named as --model and the sizes are: adatape-LENGTH-HIDDEN-LAYERS-TAPE, vit-LENGTH-HIDDEN-LAYERS, ut-act-LENGTH-HIDDEN-STEPS,
/// pondernet-LENGTH-HIDDEN-STEPS.
#include <string>

#include "adatape/model/parity.hpp"

namespace adatape::examples {

template <int length, int hidden, int layers, int tape>
struct AdaTape : model::ParityAdaTapeConfig<length, hidden, layers, tape> {
  static std::string name() { return "adatape-" + std::to_string(length) + "-" + std::to_string(hidden) + "-" + std::to_string(layers) + "-" + std::to_string(tape); }
};
template <int length, int hidden, int layers>
struct Vit : model::ParityVitConfig<length, hidden, layers> {
  static std::string name() { return "vit-" + std::to_string(length) + "-" + std::to_string(hidden) + "-" + std::to_string(layers); }
};
template <int length, int hidden, int steps>
struct Universal : model::ParityUniversalConfig<length, hidden, steps> {
  static std::string name() { return "ut-act-" + std::to_string(length) + "-" + std::to_string(hidden) + "-" + std::to_string(steps); }
};
template <int length, int hidden, int steps>
struct Ponder : model::ParityPonderNetConfig<length, hidden, steps> {
  static std::string name() { return "pondernet-" + std::to_string(length) + "-" + std::to_string(hidden) + "-" + std::to_string(steps); }
};

}  // namespace adatape::examples
