#pragma once
/// What a configuration must be for the programs for pictures.
#include "../common/model_roles.hpp"

namespace adatape::examples {

/// facts_of, of a model for pictures. Any other configuration does not compile.
template <class Config>
ModelFacts picture_facts_of() {
  static_assert(Config::input == model::Input::image, "the programs for pictures take configurations whose input is Input::image");
  static_assert(Config::image[2] == 1 || Config::image[2] == 3, "the programs for pictures take configurations with image[2] == 1 (grey) or 3 (colour)");
  static_assert(Config::bank_type != tape::BankType::given, "the programs for pictures have no bank to give: a configuration's bank_type is input or learn");
  return facts_of<Config>();
}

}  // namespace adatape::examples
