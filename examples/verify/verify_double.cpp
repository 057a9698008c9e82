#include "verify_model.hpp"
template adatape::verify::Report adatape::verify::verify_file<double>(const std::filesystem::path&);
