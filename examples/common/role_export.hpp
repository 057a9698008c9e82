#pragma once
/// The role "export" of a model.
#include "adatape/io/stored_checkpoint.hpp"
#include "model_roles.hpp"

namespace adatape::examples {

template <class Config>
void store_checkpoint(const io::SafetensorsFile& file, std::string_view storage, const std::filesystem::path& path) {
  ModelParameters<Config> parameters;
  io::load_checkpoint(file, parameters);
  if (storage == storage_name<Bf16>())
    io::save_stored_checkpoint<Bf16>(path, parameters, file.metadata());
  else if (storage == storage_name<std::int8_t>())
    io::save_stored_checkpoint<std::int8_t>(path, parameters, file.metadata());
  else
    io::save_checkpoint(path, parameters, file.metadata());
}

}  // namespace adatape::examples
