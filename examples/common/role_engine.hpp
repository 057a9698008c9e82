#pragma once
/// The engine of a model for one type of stored kernels.
#include <algorithm>

#include "adatape/core/parallel.hpp"
#include "adatape/model/engine.hpp"
#include "flat_samples.hpp"
#include "model_roles.hpp"

namespace adatape::examples {

/// Sample b of an output. Its multiply-accumulates are those of forward: studies compare models by the equations, not by what inference saves.
template <class Model, class Output>
SampleResult sample_result(const Output& output, Index b) {
  SampleResult result{.logits = {output.logits + b * Model::classes, static_cast<std::size_t>(Model::classes)},
                      .features = {output.pooled + b * Model::features, static_cast<std::size_t>(Model::features)},
                      .finite = output.is_finite(b),
                      .macs = output.forward_macs(b),
                      .tape = {},
                      .read_lengths = {}};
  if constexpr (model::repeats_block(Model::Config::encoder))
    result.length = output.trace.steps(b);
  else
    result.length = output.tape_length(b);
  if constexpr (Model::reads_tape)
    for (const auto& read : output.trace.read) {
      result.read_lengths.push_back(read.length[static_cast<std::size_t>(b)]);
      for (Index n = 0; n < read.length[static_cast<std::size_t>(b)]; ++n) {
        TapeToken token;
        const auto indices = read.step_indices(b, n);
        for (std::size_t j = 0; j < indices.size() && indices[j] >= 0; ++j) {
          token.bank.push_back(indices[j]);
          token.weights.push_back(static_cast<double>(read.step_weights(b, n)[j]));
        }
        result.tape.push_back(std::move(token));
      }
    }
  return result;
}

/// Weights: parameters, or packed weights.
template <class Config, class Stored>
class EngineModel : public TrainedModel {
 public:
  template <class Weights>
  explicit EngineModel(Weights&& weights) : engine_(std::forward<Weights>(weights)) {}

  void infer(Index samples, const Settings& settings, const FillInput& fill, const VisitResult& visit) const override {
    using Samples = FlatSamples<Config>;
    constexpr Index chunk = 64;
    parallel_chunks(samples, chunk, [&](Index begin, Index end) {
      thread_local Arena workspace;
      Arena::Scope scope(thread_arena());
      const auto input = thread_arena().template take_span<float>((end - begin) * Samples::input_size);
      fill(begin, end, input.data());
      const auto output = engine_.run(Samples::input(input, thread_arena()), workspace, settings);
      for (Index b = 0; b < end - begin; ++b) visit(begin + b, sample_result<model::Classifier<Config>>(output, b));
    });
  }

 private:
  model::Engine<model::Classifier<Config>, Stored, float> engine_;
};

template <class Config, class Stored>
CompiledEngine compiled_engine() {
  static constexpr auto read = [](const io::SafetensorsFile& file) {
    ModelParameters<Config> parameters;
    load_parameters<Config>(file, parameters, nullptr, nullptr);
    return parameters;
  };
  return {.storage = storage_name<Stored>(),
          .load = [](const io::SafetensorsFile& file) -> std::unique_ptr<TrainedModel> { return std::make_unique<EngineModel<Config, Stored>>(read(file)); },
          .map = [](Pages weights) -> std::unique_ptr<TrainedModel> { return std::make_unique<EngineModel<Config, Stored>>(std::move(weights)); }};
}

}  // namespace adatape::examples
