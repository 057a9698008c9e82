#include "run.hpp"

namespace adatape::parity {

namespace {

template <int length, int hidden, int layers, int tape>
bool run_if(const Options& o) {
  const bool asked = o.length == length && o.hidden == hidden && o.layers == layers && o.tape == tape;
  if (asked) run<model::ParityAdaTape<length, hidden, layers, tape>>(o);
  return asked;
}

template <int length>
bool run_length(const Options& o) {
  return run_if<length, 64, 2, 8>(o) || run_if<length, 64, 2, 16>(o) || run_if<length, 64, 2, 32>(o) || run_if<length, 64, 4, 16>(o) ||
         run_if<length, 128, 2, 16>(o);
}

}  // namespace

bool run_adatape(const Options& options) { return run_length<16>(options) || run_length<32>(options); }

}  // namespace adatape::parity
