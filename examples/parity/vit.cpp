#include "run.hpp"

namespace adatape::parity {

namespace {

template <int length, int hidden, int layers>
bool run_if(const Options& o) {
  const bool asked = o.length == length && o.hidden == hidden && o.layers == layers;
  if (asked) run<model::ParityVit<length, hidden, layers>>(o);
  return asked;
}

template <int length>
bool run_length(const Options& o) {
  return run_if<length, 64, 2>(o) || run_if<length, 64, 4>(o) || run_if<length, 128, 2>(o);
}

}  // namespace

bool run_vit(const Options& options) { return run_length<16>(options) || run_length<32>(options); }

}  // namespace adatape::parity
