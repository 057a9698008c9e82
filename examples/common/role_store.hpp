#pragma once
/// The role "store" of a model.
#include "adatape/io/checkpoint.hpp"
#include "model_roles.hpp"

namespace adatape::examples {

template <class Config>
void save_parameters(const std::filesystem::path& path, const io::Metadata& metadata, const ModelParameters<Config>& parameters,
                     const ModelParameters<Config>* first, const ModelParameters<Config>* second) {
  if (first)
    io::save_checkpoint(path, parameters, metadata, io::Stored{"adamw/m/", *first}, io::Stored{"adamw/v/", *second});
  else
    io::save_checkpoint(path, parameters, metadata);
}

template <class Config>
void load_parameters(const io::SafetensorsFile& file, ModelParameters<Config>& parameters, ModelParameters<Config>* first,
                     ModelParameters<Config>* second) {
  if (first)
    io::load_checkpoint(file, parameters, io::Stored{"adamw/m/", *first}, io::Stored{"adamw/v/", *second});
  else
    io::load_checkpoint(file, parameters);
}

}  // namespace adatape::examples
