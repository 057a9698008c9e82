// Engine<Model, Bf16, float> and Engine<Model, std::int8_t, float>: dense kernels stored as bf16 or int8, and products computed from these.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "compare_results.hpp"
#include "own_layers.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <class Model, class Stored>
std::size_t engine_bytes(const Parameters<Model, float>& parameters) {
  Arena arena;
  (void)pack_weights_as<Model, float, Stored>(*parameters, arena);
  return arena.in_use();
}

/// The first read of all samples has the bits that it has in fp32.
template <class Output>
void check_first_read(const Output& found, const Output& wanted) {
  const auto &x = found.trace.read[0], &y = wanted.trace.read[0];
  CHECK(std::ranges::equal(x.length, y.length));
  CHECK(std::ranges::equal(x.indices, y.indices));
  CHECK(same_bits<float>(x.weights, y.weights));
  CHECK(same_bits<float>(x.ponder, y.ponder));
}

/// Results with Stored against those of fp32: not equal, and within `bound` of the largest value.
template <class Config, class Stored>
void check_near(double bound) {
  using Model = model::Classifier<Config>;
  Index compared = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    const ModelProblem<Config, float> problem(8, seed);
    Arena arena, other;
    const auto wanted = model::Engine<Model>(problem.parameters).run(problem.all(), arena);
    const auto found = model::Engine<Model, Stored, float>(problem.parameters).run(problem.all(), other);
    const auto comparison = compare<Config>(found, wanted);
    compared += comparison.samples;
    if (comparison.samples > 0) CHECK(comparison.error > 0);
    CHECK(comparison.error < bound);
    if constexpr (model::Stem<Config>::reads_tape) check_first_read(found, wanted);
    if constexpr (Config::hidden_size >= 64)  // kernels of smaller models are filled up with zeros, to whole groups of k and strips of columns
      CHECK(engine_bytes<Model, Stored>(problem.parameters) < engine_bytes<Model, float>(problem.parameters));
  }
  CHECK(compared >= 10);
}

/// A sample's results alone, and in batches of any order with any number of threads.
template <class Config, class Stored>
void check_invariance_of() {
  using Model = model::Classifier<Config>;
  constexpr Index samples = 9;
  const ModelProblem<Config, float> problem(samples, 21);
  const model::Engine<Model, Stored, float> engine(problem.parameters);
  const auto run = [&](std::vector<Index> order) {
    Arena of_input, arena;
    const auto output = engine.run(problem.all().chosen(order, of_input), arena);
    std::vector<SampleResult<float>> results;
    for (Index b = 0; b < output.samples; ++b) results.push_back(sample_result<Config, float>(output, b));
    return results;
  };
  std::vector<SampleResult<float>> alone;
  for (Index b = 0; b < samples; ++b) alone.push_back(run({b})[0]);
  std::vector<Index> order(samples);
  std::iota(order.begin(), order.end(), 0);
  for (const int count : {1, 2, 3}) {
    const Threads threads(count);
    shuffle<Index>(order, Stream(static_cast<std::uint64_t>(count), Purpose::shuffle));
    const auto together = run(order);
    for (std::size_t i = 0; i < order.size(); ++i) CHECK(together[i] == alone[static_cast<std::size_t>(order[i])]);
  }
}

/// Bytes of one encoder block's weights. Each kernel fills whole strips of columns, in every storage and instruction set.
template <class Stored>
double bytes_of_block() {
  using Block = nn::EncoderBlock<96, 2, 192, ops::GeluForm::tanh, 144>;
  const auto parameters = random_parameters<Block, float>(3, 0.2);
  Arena arena;
  (void)pack_weights_as<Block, float, Stored>(*parameters, arena);
  return static_cast<double>(arena.in_use());
}

}  // namespace

TEST_CASE_TEMPLATE("narrow weights: results are near those of fp32, in less memory", Config, verify::VitToken, verify::LearnTwoReads, verify::InputTokenTwoFfn,
                   verify::InputReduced, verify::ParityToken, verify::ActMixed, verify::ActAccumulated, verify::PonderNetShared, verify::GivenTokens,
                   OwnLayers<verify::LearnGap>, Width64, Width64OfBlocks, Width192) {
  check_near<Config, Bf16>(0.02);
  check_near<Config, std::int8_t>(0.1);
}

TEST_CASE_TEMPLATE("narrow weights: a sample's bits depend neither on its batch nor on the number of threads", Config, Width64, Width192, verify::VitToken,
                   verify::InputTwoReads, verify::ActMixed) {
  check_invariance_of<Config, Bf16>();
  check_invariance_of<Config, std::int8_t>();
}

TEST_CASE("narrow weights: kernels take half or a quarter of the memory, and everything else stays fp32") {
  // [rows, columns]. In fewer bits the rows are filled up to whole groups.
  constexpr std::array<Index, 2> kernels[] = {{96, 4 * 96}, {96, 192}, {192, 96}, {96, 288}, {144, 96}};
  Index fewer_as_bf16 = 0, fewer_as_int8 = 0;
  for (const auto [rows, columns] : kernels) {
    const auto filled_up = [](Index count, Index group) { return (count + group - 1) / group * group; };
    fewer_as_bf16 += (4 * rows - 2 * filled_up(rows, simd::bf16_group)) * columns;
    fewer_as_int8 += (4 * rows - filled_up(rows, simd::int8_group) - 8) * columns;
  }
  CHECK(bytes_of_block<float>() - bytes_of_block<Bf16>() == doctest::Approx(static_cast<double>(fewer_as_bf16)).epsilon(0.01));
  CHECK(bytes_of_block<float>() - bytes_of_block<std::int8_t>() == doctest::Approx(static_cast<double>(fewer_as_int8)).epsilon(0.01));

  using Model = model::Classifier<verify::InputTokenTwoFfn>;
  using Packed = Model::PackedWeights<float, Bf16>;
  using PackedFloat = Model::PackedWeights<float>;
  static_assert(std::is_same_v<decltype(Packed::end.norm), decltype(PackedFloat::end.norm)>);
  static_assert(std::is_same_v<decltype(std::declval<Packed>().stem.bank), decltype(std::declval<PackedFloat>().stem.bank)>);
  static_assert(std::is_same_v<decltype(std::declval<Packed>().stack.read[0].bank), tape::NormalisedBank<float>>);
  static_assert(!std::is_same_v<decltype(std::declval<Packed>().stack.read[0].mlp), decltype(std::declval<PackedFloat>().stack.read[0].mlp)>);
  static_assert(!std::is_same_v<decltype(Packed::end.head), decltype(PackedFloat::end.head)>);

  // What comes before the first read stays fp32. A model without reads stores all blocks.
  static_assert(std::is_same_v<decltype(std::declval<Packed>().stem.embedding), decltype(std::declval<PackedFloat>().stem.embedding)>);
  static_assert(std::is_same_v<decltype(std::declval<Packed>().stack.early[0]), decltype(std::declval<PackedFloat>().stack.early[0])>);
  static_assert(!std::is_same_v<decltype(std::declval<Packed>().stack.late[0]), decltype(std::declval<PackedFloat>().stack.late[0])>);
  using Plain = model::Classifier<verify::VitToken>;
  using PlainPacked = Plain::PackedWeights<float, Bf16>;
  using PlainFloat = Plain::PackedWeights<float>;
  static_assert(!std::is_same_v<decltype(std::declval<PlainPacked>().stem.embedding), decltype(std::declval<PlainFloat>().stem.embedding)>);
  static_assert(!std::is_same_v<decltype(std::declval<PlainPacked>().stack.early[0]), decltype(std::declval<PlainFloat>().stack.early[0])>);
}
