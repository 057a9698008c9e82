// The type of stored weights and the type of activations are two: Engine<Model, float, double> computes in double from kernels that are stored as float.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "adatape/model/engine.hpp"
#include "larger.hpp"
#include "model_problem.hpp"
#include "own_layers.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

/// The largest |a - b| of the logits of a batch.
template <class Model>
double logit_distance(const model::ClassifierOutput<Model, double>& a, const model::ClassifierOutput<Model, double>& b) {
  double largest = 0;
  for (Index i = 0; i < a.samples * Model::classes; ++i) largest = larger(largest, std::abs(a.logits[i] - b.logits[i]));
  return largest;
}

template <class Model, class Stored>
std::size_t packed_bytes(const Parameters<Model, double>& parameters) {
  Arena arena;
  (void)pack_weights_as<Model, double, Stored>(*parameters, arena);
  return arena.in_use();
}

}  // namespace

TEST_CASE_TEMPLATE("stored weights: float kernels give the bits of double ones that have no more digits", Config, verify::LearnTwoReads,
                   verify::InputTokenTwoFfn, verify::InputOfBlocks, verify::GivenTokens, verify::ActMixed, verify::VitToken, OwnLayers<verify::LearnGap>) {
  using Model = model::Classifier<Config>;
  ModelProblem<Config, double> problem(3, 9);
  Arena arena, other;
  const model::Engine<Model, float, double> rounded_engine(problem.parameters);
  const double unrounded =
      logit_distance<Model>(model::Engine<Model, double>(problem.parameters).run(problem.all(), arena), rounded_engine.run(problem.all(), other));
  CHECK(unrounded > 0);
  CHECK(unrounded < 1e-4);
  for (double& value : problem.parameters.flat()) value = static_cast<double>(static_cast<float>(value));
  for (const auto& entry : problem.parameters.layout())  // a kernel that is multiplied with a power of two keeps its digits
    if (entry.name().ends_with("/gamma")) std::ranges::fill(problem.parameters.values(entry), 0.125);
  const double rounded = logit_distance<Model>(model::Engine<Model, double>(problem.parameters).run(problem.all(), arena),
                                               model::Engine<Model, float, double>(problem.parameters).run(problem.all(), other));
  CHECK(rounded == 0);
  CHECK(packed_bytes<Model, float>(problem.parameters) < packed_bytes<Model, double>(problem.parameters));
}

TEST_CASE("stored weights: every kernel of a block is stored in the narrow type, and a layer of one's own keeps its own") {
  using Block = nn::EncoderBlock<32, 2, 64, ops::GeluForm::tanh, 48>;
  const auto parameters = random_parameters<Block, double>(3, 0.2);
  const auto kernels = static_cast<double>(4 * 32 * 32 + 2 * 32 * 64 + 32 * 96 + 48 * 32);
  CHECK(static_cast<double>(packed_bytes<Block, double>(parameters) - packed_bytes<Block, float>(parameters)) == doctest::Approx(4 * kernels).epsilon(0.01));
  static_assert(std::is_same_v<packed_weights_as<AttentionPooling<32>, double, float>, AttentionPooling<32>::PackedWeights<double>>);
  static_assert(std::is_same_v<packed_weights_as<Block, double, double>, Block::PackedWeights<double>>);
}
