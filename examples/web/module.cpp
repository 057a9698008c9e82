#include "module.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "../image/models.hpp"
#include "adatape/model/classifier.hpp"
#include "adatape/model/engine.hpp"

namespace {

using namespace adatape;
using Model = model::Classifier<examples::AdatapeFashion>;

struct State {
  Parameters<Model, float> parameters;
  std::unique_ptr<model::Engine<Model>> engine;
  std::array<float, std::size_t{Model::input_size}> input{};
  Arena workspace;
  model::Engine<Model>::Output output;
  std::vector<std::int32_t> indices;
};

State& state() {
  static State of_module;
  return of_module;
}

const tape::ReadTrace<float>& read() { return state().output.trace.read.front(); }

}  // namespace

const char* adatape_description() {
  static const std::string text = [] {
    const auto& layout = Parameters<Model, float>::layout();
    std::string tensors;
    for (const auto& entry : layout) {
      std::string shape;
      for (Index i = 0; i < entry.rank; ++i) shape += (i > 0 ? ", " : "") + std::to_string(entry.dims[static_cast<std::size_t>(i)]);
      tensors += (tensors.empty() ? "" : ", ") + ("{\"name\": \"" + std::string(entry.name())) + "\", \"shape\": [" + shape + "], \"first\": " +
                 std::to_string(entry.offset) + "}";
    }
    return "{\"config\": " + Model::description() + ", \"weights\": " + std::to_string(adatape_weight_count()) + ", \"tensors\": [" + tensors + "]}";
  }();
  return text.c_str();
}

float* adatape_weights() { return state().parameters.flat().data(); }
std::int32_t adatape_weight_count() { return static_cast<std::int32_t>(state().parameters.flat_size); }
void adatape_load() { state().engine = std::make_unique<model::Engine<Model>>(state().parameters); }

float* adatape_input() { return state().input.data(); }
std::int32_t adatape_input_size() { return static_cast<std::int32_t>(state().input.size()); }
void adatape_run(double tau) {
  require(state().engine != nullptr, "adatape_run: wanted weights, which adatape_load takes, found none");
  state().output = state().engine->run(state().input, state().workspace, {.tau = tau});
  const auto used = static_cast<std::ptrdiff_t>(read().length.front() * read().tokens_per_step);
  state().indices.assign(read().indices.begin(), read().indices.begin() + used);
}

const float* adatape_logits() { return state().output.logits; }
std::int32_t adatape_classes() { return static_cast<std::int32_t>(Model::classes); }
std::int32_t adatape_tape_length() { return static_cast<std::int32_t>(read().length.front()); }
std::int32_t adatape_tokens_per_step() { return static_cast<std::int32_t>(read().tokens_per_step); }
const std::int32_t* adatape_indices() { return state().indices.data(); }
const float* adatape_merge_weights() { return read().weights.data(); }
double adatape_macs() { return state().output.macs(0); }
