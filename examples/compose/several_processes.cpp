/// Training in several processes: mpirun -n 4 compose_several_processes. The model learns the parity of 12 symbols. Any number of processes up to 16, the
/// number of leaves, gives the same bits, so the loss of each line is that of one process.
#include <cstdio>

#include "adatape/mpi/exchange.hpp"
#include "adatape/mpi/session.hpp"
#include "parity_batch.hpp"

using namespace adatape;

using Model = model::Classifier<ParityConfig>;
using Trainer = train::Trainer<Model, float, train::CrossEntropy, train::AdamW, mpi::Exchange>;

int train_together(const mpi::Session& session) {
  constexpr Index steps = 800, samples = 64;
  Trainer trainer({.schedule = {train::Decay::cosine, 5e-3, 100, steps}, .clip_norm = 1, .leaves = 16}, mpi::Exchange(session));
  const auto mine = trainer.positions(samples);  // this process needs no other samples
  ParityBatch batch(static_cast<std::size_t>(mine.size()));
  for (Index step = 0; step < steps; ++step) {
    batch.draw(step, static_cast<std::size_t>(mine.first));
    Trainer::Batch own{batch.input, batch.labels};
    own.first = mine.first;
    own.whole = samples;
    const auto report = trainer.step(own);
    if (session.process() == 0 && step % 200 == 199)
      std::printf("step %td: loss %.6f, %td of %td right\n", step + 1, report.loss, report.correct, report.counted);
  }
  return accuracy_of(trainer.parameters()) > 0.9 ? 0 : 1;  // every process has all parameters
}

int main() { return mpi::run(train_together); }
