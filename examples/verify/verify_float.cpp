#include "verify_model.hpp"
template adatape::verify::Report adatape::verify::verify_file<float>(const std::filesystem::path&);
