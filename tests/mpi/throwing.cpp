/// throwing OVERLAP: a run of several processes in which the objective of the last process throws, in the second step, in its last leaf, while
/// gradients are summed. OVERLAP is 0 or 1, as ExchangeOptions has it. The run should end with the line of that process.
#include <cstdio>
#include <cstring>

#include "adatape/model/parity.hpp"
#include "adatape/mpi/exchange.hpp"
#include "adatape/train/trainer.hpp"
#include "random_values.hpp"

namespace {

using namespace adatape;

/// Leaves until the objective throws; below 0: it does not.
Index leaves_left = -1;

/// CrossEntropy of one thread, which may throw.
struct Throwing : train::CrossEntropy {
  template <class Output, class T>
  train::ObjectiveValue<typename Output::Gradient> operator()(const Output& output, const train::ClassTargets<T>& targets, std::span<const T> weights,
                                                              Index step, Arena& arena) const {
    if (leaves_left >= 0) require(leaves_left-- > 0, "the objective throws in step ", step);
    return train::CrossEntropy::operator()(output, targets, weights, step, arena);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const bool overlap = argc < 2 || std::strcmp(argv[1], "0") != 0;
  return mpi::run([&](const mpi::Session& session) {
    using Model = model::ParityAdaTape<16>;
    constexpr Index samples = 16, leaves = 8;
    set_threads(1);
    train::Trainer<Model, float, Throwing, train::AdamW, mpi::Exchange> trainer({.leaves = leaves}, mpi::Exchange(session, {.overlap = overlap}));
    const auto input = testing::random_values<float>(samples * Model::input_size, 7);
    const std::vector<std::int64_t> labels(samples, 1);
    for (Index step = 0; step < 3; ++step) {
      const auto mine = trainer.positions(samples);
      if (step == 1 && session.process() + 1 == session.processes()) leaves_left = mine.size() * leaves / samples - 1;  // in the last leaf
      const auto first = static_cast<std::size_t>(mine.first), count = static_cast<std::size_t>(mine.size());
      constexpr auto size = static_cast<std::size_t>(Model::input_size);
      decltype(trainer)::Batch batch{std::span(input).subspan(first * size, count * size), std::span(labels).subspan(first, count)};
      batch.first = mine.first;
      batch.whole = samples;
      trainer.step(batch);
      std::fprintf(stderr, "process %td of %td has made step %td\n", session.process(), session.processes(), step);
    }
    return 0;
  });
}
