// wants: image[2] == 1 (grey) or 3 (colour)
#include "../../examples/image/picture_model.hpp"

struct Five : adatape::model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 5};
};
auto facts = adatape::examples::picture_facts_of<Five>;
