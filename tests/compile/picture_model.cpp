// compiles
#include "../../examples/common/role_infer.hpp"
#include "../../examples/image/picture_model.hpp"

struct Value : adatape::model::ModelDefaults {
  static constexpr const char* name = "value";
};
struct Function : adatape::model::ModelDefaults {
  static std::string name() { return "function"; }
};
std::string names = adatape::examples::name_of<Value>() + adatape::examples::name_of<Function>();
auto facts = adatape::examples::picture_facts_of<Value>;
