// A small model on the emulated instructions: inference with kernels of bf16 and int8, with attention in bf16, and a gradient with products of bf16.
#include <doctest/doctest.h>

#include "../model/compare_results.hpp"
#include "../train/gradient_pass.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

/// Heads that are wide enough for factors of bf16 inside attention, and samples that are long enough.
struct WideHeads : Width64 {
  static constexpr int num_heads = 2;
};
using Model = model::Classifier<WideHeads>;
static_assert(simd::reads_bf16 && simd::reads_int8 && Model::own_tokens > ops::kShortLength && WideHeads::hidden_size / WideHeads::num_heads >= 32);

}  // namespace

TEST_CASE_TEMPLATE("emulated instructions: an engine is near that of fp32, and a sample's bits do not depend on its batch", Stored, Bf16, std::int8_t) {
  constexpr Index samples = 7;
  const ModelProblem<WideHeads, float> problem(samples, 21);
  const model::Engine<Model, Stored, float> engine(problem.parameters);
  Arena of_float, of_all, of_one, of_input;
  const auto wanted = model::Engine<Model>(problem.parameters).run(problem.all(), of_float);
  for (const int count : {1, 3}) {
    const Threads threads(count);
    const auto found = engine.run(problem.all(), of_all);
    const auto comparison = compare<WideHeads>(found, wanted);
    CHECK(comparison.samples >= 2);
    CHECK(comparison.error > 0);
    CHECK(comparison.error < (std::is_same_v<Stored, Bf16> ? 0.02 : 0.1));
    for (Index b = 0; b < samples; ++b) {
      const std::vector<Index> alone{b};
      const auto one = engine.run(problem.all().chosen(alone, of_input), of_one);
      CHECK(sample_result<WideHeads, float>(one, 0) == sample_result<WideHeads, float>(found, b));
    }
  }
}

TEST_CASE("emulated instructions: a gradient with products of bf16 has almost the direction of that of fp32") { check_bf16_gradients<WideHeads>(4, 1); }
