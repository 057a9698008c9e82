#include "adatape/model/engine.hpp"

#include <doctest/doctest.h>

#include "model_problem.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <class T>
bool same_bits(const T* a, const T* b, Index count) {
  return std::equal(a, a + count, b);
}

void check_same_record(const act::ActTrace<float>& whole, const act::ActTrace<float>& alone, Index b) {
  CHECK(std::ranges::equal(whole.sample(b), alone.sample(0), [](const auto& x, const auto& y) { return x.updates == y.updates && x.remainder == y.remainder; }));
}
template <class Trace>
void check_same_record(const Trace& whole, const Trace& alone, Index b) {
  for (std::size_t r = 0; r < whole.read.size(); ++r) {
    const auto &all = whole.read[r], &one = alone.read[r];
    CHECK(all.length[static_cast<std::size_t>(b)] == one.length[0]);
    CHECK(all.ponder[static_cast<std::size_t>(b)] == one.ponder[0]);
    for (Index n = 0; n < all.steps; ++n) {
      CHECK(std::ranges::equal(all.step_indices(b, n), one.step_indices(0, n)));
      CHECK(std::ranges::equal(all.step_weights(b, n), one.step_weights(0, n)));
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("engine: a batch that runs in parts gives the bits of its samples alone", Config, verify::LearnTwoReads, verify::InputTokenTwoFfn,
                   verify::ActAccumulated, verify::VitGap) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(70, 9);
  const model::Engine<Model> engine(problem.parameters);
  for (int count : {1, 2}) {
    const Threads threads(count);
    Arena together, alone;
    const auto whole = engine.run(problem.input.data(), problem.samples, together);
    for (Index b = 0; b < problem.samples; ++b) {
      const auto one = engine.run(problem.input.data() + b * Model::input_size, 1, alone);
      CHECK(same_bits(whole.logits + b * Model::classes, one.logits, Model::classes));
      CHECK(whole.ponder[b] == one.ponder[0]);
      check_same_record(whole.trace, one.trace, b);
    }
  }
}

TEST_CASE("engine: a threshold out of range is refused before any thread starts") {
  using Model = model::Classifier<verify::LearnTwoReads>;
  const ModelProblem<verify::LearnTwoReads, float> problem(70, 9);
  const model::Engine<Model> engine(problem.parameters);
  Arena workspace;
  CHECK_THROWS_AS(engine.run(problem.input.data(), problem.samples, workspace, 7.5), Error);
  CHECK_THROWS_AS(engine.run(problem.input.data(), 1, workspace, -1), Error);
}
