#include <cstdio>
#include "adatape/model/parity.hpp"
#include "adatape/train/trainer.hpp"
#include "adatape/mpi/exchange.hpp"
#include "random_values.hpp"
using namespace adatape;
int main() {
  mpi::Session session;
  set_threads(1);
  using M = model::ParityAdaTape<16>;
  train::TrainingOptions options;
  options.leaves = 16; options.clip_norm = .1; options.settings.dropout = .1;
  train::Trainer<M, float, train::CrossEntropy, train::AdamW, mpi::Exchange> trainer(options, mpi::Exchange(session));
  const Index n = 37;
  const auto input = testing::random_values<float>(n * M::input_size, 3);
  std::vector<std::int64_t> labels(n);
  for (Index i = 0; i < n; ++i) labels[i] = i % 3 == 0;
  std::uint64_t h = 1469598103934665603ull;
  for (int s = 0; s < 5; ++s) {
    const auto mine = trainer.positions(n);
    decltype(trainer)::Batch b{std::span(input).subspan(mine.first * M::input_size, mine.size() * M::input_size), std::span(labels).subspan(mine.first, mine.size())};
    b.first = mine.first; b.whole = n;
    trainer.step(b);
  }
  for (float v : trainer.parameters().flat()) { std::uint32_t u; memcpy(&u, &v, 4); h = (h ^ u) * 1099511628211ull; }
  std::printf("%td of %td: %016lx\n", session.process(), session.processes(), h);
}
