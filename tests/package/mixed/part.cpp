// One translation unit of a program of several: compiled with flags of its own, it packs a matrix, trains nothing, and gives back a plain number.
// PART is its name. With HANDS_OVER it also declares a function that takes an object of the library, and calls it; with TAKES it defines that function.
#include <vector>

#include "../user/tiny.hpp"
#include "adatape/ops/gemm.hpp"

#define PASTE(a, b) a##b
#define NAME(a, b) PASTE(a, b)

adatape::Index rows_of(const adatape::Arena& arena);
#ifdef TAKES
adatape::Index rows_of(const adatape::Arena& arena) { return static_cast<adatape::Index>(arena.in_use()); }
#endif

/// The logits of a freshly initialised model: the same to rounding in every set, and exact sums beside it. Returns lanes * 1000000 + checksum.
extern "C" long NAME(part_, PART)(double* logits) {
  adatape::Parameters<user::Model, float> parameters;
  adatape::initialise(parameters, 7);
  const std::vector<float> input(static_cast<std::size_t>(3 * user::Model::input_size), 0.5F);
  adatape::Arena workspace;
  const auto output = adatape::model::Engine<user::Model>(parameters).run(input, workspace);
  for (int i = 0; i < 15; ++i) logits[i] = static_cast<double>(output.logits[i]);
#ifdef HANDS_OVER
  return rows_of(workspace);
#else
  return static_cast<long>(adatape::simd::lanes<float>);
#endif
}
