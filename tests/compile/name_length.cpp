// wants: parameter tree: the name of a tensor may have at most 112 characters
#include "adatape/core/parameters.hpp"

using adatape::Tensor, adatape::field;

struct Layer {
  template <class T>
  struct Params {
    Tensor<T, 4> gain;
    static constexpr auto fields() {
      return std::tuple(
          field("a_name_of_one_hundred_and_thirteen_characters_which_is_one_more_than_the_layout_of_a_parameter_tree_has_room_for_", &Params::gain));
    }
  };
};

adatape::Parameters<Layer, float> parameters;
const auto layout = parameters.layout();
