#pragma once
/// From a name to a compiled-in model, and what is said of all of them.
#include <fmt/format.h>

#include <algorithm>

#include "../common/compiled_model.hpp"
#include "../common/guarded_main.hpp"
#include "adatape/io/text.hpp"

namespace adatape::examples {

/// The entry of the model called `name`. Throws Error if there is none, or more than one.
template <class Compiled>
const Compiled& find_model(const std::vector<Compiled>& models, const std::string& name) {
  const auto is_called = [&](const auto& model) { return model.facts.name == name; };
  const auto found = std::ranges::find_if(models, is_called);
  require(found != models.end(), "no model is called ", io::in_quotes(name), "; --list-models prints the names");
  require(std::none_of(found + 1, models.end(), is_called), "two models are called ", io::in_quotes(name), ": each configuration needs a name of its own");
  return *found;
}

/// The engine of the model whose kernels are stored as `storage`. Throws Error that names `where` if the program was compiled without it.
inline const CompiledEngine& find_engine(const CompiledModel& compiled, std::string_view storage, const std::string& where) {
  const auto found = std::ranges::find(compiled.engines, storage, &CompiledEngine::storage);
  require(found != compiled.engines.end(), where, ": this program was compiled without engines for ", io::in_quotes(storage));
  return *found;
}

/// Throws UsageError unless the model takes the halting threshold `tau`; 0 is its own.
inline void check_tau(const ModelFacts& facts, double tau) {
  if (facts.reads_tape && tau > facts.largest_tau)
    throw UsageError(fmt::format("--tau: {} is out of range, {} takes more than 0 and at most {}", tau, facts.name, facts.largest_tau));
  if (!facts.reads_tape && tau > 0) throw UsageError(fmt::format("--tau: {} reads no tape, so there is nothing to halt", facts.name));
}

/// The table of --list-models.
template <class Compiled>
void print_models(const std::vector<Compiled>& models) {
  fmt::print("{:<24}{:>12}{:>20}{:>8}{:>12}{:>8}\n", "name", "parameters", "MACs per image <=", "tokens", "tape <=", "bank");
  for (const auto& model : models) {
    const auto& facts = model.facts;
    fmt::print("{:<24}{:>12}{:>20.0f}{:>8}{:>12}{:>8}\n", facts.name, facts.parameters, facts.largest_macs, facts.own_tokens,
               facts.reads_tape ? facts.longest : 0, facts.bank_size);
  }
}

}  // namespace adatape::examples
