// wants: a configuration has a name
#include "../../examples/common/role_infer.hpp"

struct Nameless : adatape::model::ModelDefaults {};
std::string name = adatape::examples::name_of<Nameless>();
