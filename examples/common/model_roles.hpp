#pragma once
/// What the three source files of a model give each other: declared here, defined in the header of each role.
#include "adatape/core/parameters.hpp"
#include "adatape/model/classifier.hpp"
#include "compiled_model.hpp"

// Declared only: the role "infer" does not look into it.
namespace adatape::inline ADATAPE_NAMESPACE::train {
template <class Model, class T>
struct AdamW;
}

namespace adatape::examples {

template <class Config>
using ModelParameters = Parameters<model::Classifier<Config>, float>;
template <class Config>
using ModelOptimizer = train::AdamW<model::Classifier<Config>, float>;

/// role_engine.hpp. Of the role "infer" where Stored is float, else of the role that is called as the storage.
template <class Config, class Stored>
CompiledEngine compiled_engine();

/// role_infer.hpp. As TrainedModel::infer.
template <class Config>
void infer_samples(const ModelParameters<Config>& parameters, Index samples, const Settings& settings, const FillInput& fill, const VisitResult& visit);

/// role_store.hpp. `optimizer` is null where only the weights are wanted, of which load_parameters then takes those that a trained model runs with
/// (io::load_used_weights). `average` is null where there is none.
template <class Config>
void save_parameters(const std::filesystem::path& path, const io::Metadata& metadata, const ModelParameters<Config>& parameters,
                     const ModelOptimizer<Config>* optimizer, const ModelParameters<Config>* average);
template <class Config>
void load_parameters(const io::SafetensorsFile& file, ModelParameters<Config>& parameters, ModelOptimizer<Config>* optimizer,
                     ModelParameters<Config>* average);
/// As ModelTrainer::initialise_from.
template <class Config>
std::string initialise_parameters(const io::SafetensorsFile& file, ModelParameters<Config>& parameters, bool fresh_head);

/// role_export.hpp. As CompiledModel::weights.
template <class Config>
std::unique_ptr<ExportableWeights> exportable_weights(const io::SafetensorsFile& file);
/// As CompiledModel::initial_weights.
template <class Config>
std::unique_ptr<ExportableWeights> initial_weights(std::uint64_t seed);

/// role_infer.hpp.
template <class Config>
ModelFacts facts_of();

}  // namespace adatape::examples
