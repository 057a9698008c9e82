// Smoothing of outlier channels: the function of the model stays, its products in int8 come nearer to those in float.
#include "adatape/model/smoothing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "check_invariance.hpp"
#include "own_layers.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <class Model, class Input>
model::SmoothedParameters<Model> smoothed_by(const Parameters<Model, float>& parameters, const Input& input) {
  return model::smooth_channels(parameters, [&](const auto& use) { use(input); });
}

template <class Config, class Stored>
std::vector<SampleResult<float>> results(const Parameters<model::Classifier<Config>, float>& parameters, const ModelProblem<Config, float>& problem) {
  Arena arena;
  const auto output = model::Engine<model::Classifier<Config>, Stored, float>(parameters).run(problem.all(), arena);
  std::vector<SampleResult<float>> all;
  for (Index b = 0; b < output.samples; ++b) all.push_back(sample_result<Config, float>(output, b));
  return all;
}

/// Every seventh channel behind each LayerNorm of the blocks becomes 64 times as large, and the rows of the kernels that read it 64 times as small.
template <class Model>
Parameters<Model, float> with_outliers(Parameters<Model, float> parameters) {
  for (const auto& entry : parameters.layout()) {
    const std::string_view name = entry.name();
    const bool of_norm = name.find("/LayerNorm_") != name.npos;
    const bool of_kernel =
        name.ends_with("/query/kernel") || name.ends_with("/key/kernel") || name.ends_with("/value/kernel") || name.ends_with("/Dense_0/kernel");
    if (name.find("encoderblock") == name.npos || !(of_norm || of_kernel)) continue;
    const auto values = parameters.values(entry);
    const std::size_t columns = of_norm ? 1 : values.size() / Model::D;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (i / columns % 7 == 3) values[i] *= of_norm ? 64.f : 1 / 64.f;
  }
  return parameters;
}

/// The names of the tensors that differ.
template <class Model>
std::vector<std::string> changed(const Parameters<Model, float>& a, const Parameters<Model, float>& b) {
  std::vector<std::string> names;
  for (const auto& entry : a.layout())
    if (!same_bits<float>(a.values(entry), b.values(entry))) names.emplace_back(entry.name());
  return names;
}

}  // namespace

TEST_CASE_TEMPLATE("smoothing: outlier channels no longer cost digits, and results in float and bf16 keep their bits", Config, Width64, Width192,
                   Width64OfBlocks, verify::VitToken, verify::LearnTwoReads, verify::InputTwoReads, verify::GivenTokens, verify::ActMixed,
                   verify::ActAccumulated, verify::PonderNetUnshared) {
  const ModelProblem<Config, float> problem(8, 3);
  const auto spoiled = with_outliers(problem.parameters);
  CHECK(results<Config, float>(spoiled, problem) == results<Config, float>(problem.parameters, problem));

  const auto plain = smoothed_by(problem.parameters, problem.all()), smoothed = smoothed_by(spoiled, problem.all());
  CHECK(results<Config, float>(smoothed.parameters, problem) == results<Config, float>(spoiled, problem));
  CHECK(results<Config, Bf16>(smoothed.parameters, problem) == results<Config, Bf16>(spoiled, problem));
  CHECK(results<Config, std::int8_t>(smoothed.parameters, problem) != results<Config, std::int8_t>(spoiled, problem));

  CHECK(plain.report.norms > 0);
  CHECK(plain.report.mean_after <= plain.report.mean_before);
  CHECK(plain.report.most_after <= plain.report.most_before);
  CHECK(smoothed.report.smoothed == smoothed.report.norms);
  CHECK(smoothed.report.norms == plain.report.norms);
  CHECK(smoothed.report.mean_before > 4 * plain.report.mean_before);
  CHECK(smoothed.report.mean_after < 1.1 * plain.report.mean_before);
  CHECK(smoothed.report.most_after < 1.1 * plain.report.most_before);
}

TEST_CASE("smoothing: what engines keep in float is not changed, nor what has no LayerNorm before it") {
  using Config = verify::LearnTwoReads;  // reads before blocks 1 and 2
  const ModelProblem<Config, float> problem(8, 4);
  const auto spoiled = with_outliers(problem.parameters);
  std::vector<std::string> wanted;
  for (const char* block : {"1", "2"})
    for (const char* tensor :
         {"LayerNorm_0/scale", "LayerNorm_0/bias", "MultiHeadDotProductAttention_0/query/kernel", "MultiHeadDotProductAttention_0/key/kernel",
          "MultiHeadDotProductAttention_0/value/kernel", "LayerNorm_1/scale", "LayerNorm_1/bias", "MlpBlock_0/Dense_0/kernel", "tape_mlp/Dense_0/kernel"})
      wanted.push_back(std::string("Transformer/encoderblock_") + block + "/" + tensor);
  CHECK(changed(smoothed_by(spoiled, problem.all()).parameters, spoiled) == wanted);
}

TEST_CASE("smoothing: blocks of one's own are left alone") {
  const ModelProblem<OwnTape, float> problem(4, 5);
  const auto smoothed = smoothed_by(problem.parameters, problem.all());
  CHECK(changed(smoothed.parameters, problem.parameters).empty());
  CHECK(smoothed.report.norms == 0);
}

TEST_CASE("smoothing: neither threads nor batches decide") {
  const ModelProblem<Width64, float> problem(12, 6);
  using Model = model::Classifier<Width64>;
  const auto spoiled = with_outliers(problem.parameters);
  const auto wanted = smoothed_by(spoiled, problem.all());
  for (const int count : {1, 3}) {
    const Threads threads(count);
    const auto found = smoothed_by(spoiled, problem.all());
    CHECK(changed(found.parameters, wanted.parameters).empty());
    CHECK(found.report.mean_after == wanted.report.mean_after);
  }
  const auto in_batches = model::smooth_channels<Model>(spoiled, [&](const auto& use) {
    for (Index first = 0; first < 12; first += 4) use(problem.all().part(first, 4));
  });
  CHECK(changed(in_batches.parameters, wanted.parameters).empty());
  CHECK(in_batches.report.mean_after == doctest::Approx(wanted.report.mean_after));
}

TEST_CASE("smoothing: a channel that is 0 stays as it is, in rows or in kernels") {
  ModelProblem<verify::VitGap, float> problem(4, 7);
  auto& block = problem.parameters->stack.early[0];
  block.first.first.layer.scale.values[2] = block.first.first.layer.bias.values[2] = 0;
  auto& kernel = block.second.second.layer.expand.kernel;
  std::fill_n(kernel.data() + 5 * 48, 48, 0.f);
  const auto smoothed = smoothed_by(with_outliers(problem.parameters), problem.all());
  const auto& after = smoothed.parameters->stack.early[0];
  CHECK(same_bits<float>(std::span(after.first.second.layer.value.kernel.data() + 2 * 24, 24),
                         std::span(block.first.second.layer.value.kernel.data() + 2 * 24, 24)));
  CHECK(after.second.first.layer.scale.values[5] == block.second.first.layer.scale.values[5]);
}

TEST_CASE("smoothing: what cannot be is refused") {
  ModelProblem<verify::VitGap, float> problem(2, 8);
  using Model = model::Classifier<verify::VitGap>;
  const auto smooth = [&](std::span<const float> input, Settings settings = {}) {
    return model::smooth_channels<Model>(
        problem.parameters, [&](const auto& use) { use(input); }, settings);
  };
  CHECK_THROWS_WITH_AS(smooth({}), "smooth_channels: wanted at least one sample, found none", Error);
  CHECK_THROWS_WITH_AS(model::smooth_channels<Model>(problem.parameters, [](const auto&) {}), "smooth_channels: wanted at least one sample, found none", Error);
  CHECK_THROWS_AS(smooth(problem.input, {.tau = -1}), Error);
  problem.input[3] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(smooth(problem.input), "smoothing: wanted finite values behind each LayerNorm, found one that is not (are the weights too large?)",
                       Error);
}
