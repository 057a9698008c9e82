// Trains the small model for a few steps and runs it: the loss must fall, and Engine must answer as often as asked.
#include <cstdio>
#include <vector>

#include "adatape/core/assert.hpp"
#include "tiny.hpp"

int main() {
  constexpr std::size_t samples = 6, size = static_cast<std::size_t>(user::Model::input_size);
  std::vector<float> input(samples * size);
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(i * 37 % 101) / 101.F;
  std::vector<std::int64_t> labels(samples);
  for (std::size_t i = 0; i < samples; ++i) labels[i] = static_cast<std::int64_t>(i % 5);

  adatape::train::Trainer<user::Model> trainer({});
  double first = 0, last = 0;
  for (int step = 0; step < 30; ++step) {
    last = trainer.step({.input = input, .targets = labels}).loss;
    if (step == 0) first = last;
  }
  const adatape::model::Engine<user::Model> engine(trainer.parameters());
  adatape::Arena workspace;
  const auto output = engine.run(input, workspace);
  std::printf("openmp %d assertions %d ndebug %d loss falls %d rows %td\n",
#ifdef _OPENMP
              1,
#else
              0,
#endif
              ADATAPE_ASSERTIONS,
#ifdef NDEBUG
              1,
#else
              0,
#endif
              last < first, static_cast<std::ptrdiff_t>(output.samples));
  return last < first ? 0 : 1;
}
