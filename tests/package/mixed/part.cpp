// One translation unit of a program of several: compiled with flags of its own, it runs a model and gives back plain numbers. PART is its name.
#include <vector>

#include "../user/tiny.hpp"
#include "adatape/testing/random_values.hpp"

#define PASTE(a, b) a##b
#define NAME(a, b) PASTE(a, b)

/// The 3 x 5 logits of a model with random weights, the same to rounding in every set. Returns the lanes of float.
extern "C" long NAME(part_, PART)(double* logits) {
  const auto parameters = adatape::gradcheck::random_parameters<user::Model, float>(7);
  const auto input = adatape::gradcheck::random_values<float>(3 * user::Model::input_size, 1);
  adatape::Arena workspace;
  const auto output = adatape::model::Engine<user::Model>(parameters).run(input, workspace);
  for (int i = 0; i < 15; ++i) logits[i] = static_cast<double>(output.logits[i]);
  return static_cast<long>(adatape::simd::lanes<float>);
}
