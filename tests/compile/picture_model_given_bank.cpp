// wants: the programs for pictures have no bank to give
#include "../../examples/image/picture_model.hpp"

struct Given : adatape::model::ModelDefaults {
  static constexpr adatape::tape::BankType bank_type = adatape::tape::BankType::given;
};
auto facts = adatape::examples::picture_facts_of<Given>;
