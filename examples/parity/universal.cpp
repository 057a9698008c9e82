#include "run.hpp"

namespace adatape::parity {

namespace {

/// --layers is the largest number of steps.
template <int length, int hidden, int steps>
bool run_if(const Options& o) {
  const bool asked = o.length == length && o.hidden == hidden && o.layers == steps;
  if (asked) run<model::ParityUniversal<length, hidden, steps>>(o);
  return asked;
}

template <int length>
bool run_length(const Options& o) {
  return run_if<length, 64, 2>(o) || run_if<length, 64, 4>(o) || run_if<length, 64, 6>(o) || run_if<length, 128, 2>(o);
}

}  // namespace

bool run_universal(const Options& options) { return run_length<16>(options) || run_length<32>(options); }

}  // namespace adatape::parity
