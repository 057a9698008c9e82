// wants: the programs for pictures take configurations whose input is Input::image
#include "../../examples/image/picture_model.hpp"

struct Sequence : adatape::model::ModelDefaults {
  static constexpr adatape::model::Input input = adatape::model::Input::whole_sequence;
};
auto facts = adatape::examples::picture_facts_of<Sequence>;
