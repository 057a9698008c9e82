#pragma once
/// The role "store" of a model.
#include "adatape/io/fine_tuning.hpp"
#include "adatape/io/training.hpp"
#include "adatape/train/adamw.hpp"
#include "model_roles.hpp"

namespace adatape::examples {

template <class Config>
void save_parameters(const std::filesystem::path& path, const io::Metadata& metadata, const ModelParameters<Config>& parameters,
                     const ModelOptimizer<Config>* optimizer, const ModelParameters<Config>* average) {
  const auto save = [&](const auto&... state) { io::save_checkpoint(path, parameters, metadata, state...); };
  if (optimizer)
    io::with_state(*optimizer, average, save);
  else
    io::with_average(average, save);
}

template <class Config>
void load_parameters(const io::SafetensorsFile& file, ModelParameters<Config>& parameters, ModelOptimizer<Config>* optimizer,
                     ModelParameters<Config>* average) {
  const auto load = [&](const auto&... state) { io::load_checkpoint(file, parameters, state...); };
  if (optimizer)
    io::with_state(*optimizer, average, load);
  else
    io::load_used_weights(file, parameters);
}

template <class Config>
std::string initialise_parameters(const io::SafetensorsFile& file, ModelParameters<Config>& parameters, bool fresh_head) {
  return io::load_for_fine_tuning(file, parameters, {.fresh_head = fresh_head}).summary();
}

}  // namespace adatape::examples
