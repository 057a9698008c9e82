// A part: one translation unit of a program of several, compiled with flags of its own. PART is its name. This one runs a whole model.
#include <vector>

#include "../user/tiny.hpp"
#include "adatape/testing/random_values.hpp"

#define PASTE(a, b) a##b
#define NAME(a, b) PASTE(a, b)

/// 15 numbers: the 3 x 5 logits of a model with random weights, the same to rounding in every set. Returns the lanes of float.
extern "C" long NAME(part_, PART)(double* numbers) {
  const auto parameters = adatape::gradcheck::random_parameters<user::Model, float>(7);
  const auto input = adatape::gradcheck::random_values<float>(3 * user::Model::input_size, 1);
  adatape::Arena workspace;
  const auto output = adatape::model::Engine<user::Model>(parameters).run(input, workspace);
  for (int i = 0; i < 15; ++i) numbers[i] = static_cast<double>(output.logits[i]);
  return static_cast<long>(adatape::simd::lanes<float>);
}
