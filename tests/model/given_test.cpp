#include <doctest/doctest.h>

#include "adatape/train/trainer.hpp"
#include "model_problem.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

/// Images with a bank that the caller gives.
struct ImageWithBank : verify::Golden {
  static constexpr tape::BankType bank_type = tape::BankType::given;
  static constexpr int num_layers = 2;
};
/// Given tokens that no bank is read for.
struct TokensAlone : verify::GivenTokens {
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};
/// Given tokens and a learned bank.
struct TokensWithLearnedBank : verify::GivenTokens {
  static constexpr tape::BankType bank_type = tape::BankType::learn;
};
/// Given tokens and a given bank that enter as they are, read before the first block: the parameters of the stem and of the tape bank are absent.
struct RawTokensFirst : verify::GivenRaw {
  static constexpr nn::Pool classifier = nn::Pool::gap, query_type = nn::Pool::gap;
  static constexpr std::array<int, 1> add_tape_token_to_layers{0};
};

/// Random values for `samples` samples, whatever the model takes.
template <class Config>
struct Values {
  using Model = model::Classifier<Config>;
  std::vector<float> own, bank;
  std::vector<Index> own_offsets{0}, bank_offsets{0};
  std::vector<std::int64_t> labels;

  explicit Values(Index samples) {
    for (Index b = 0; b < samples; ++b) {
      own_offsets.push_back(own_offsets.back() + 1 + b * 3 % 5);
      bank_offsets.push_back(bank_offsets.back() + b * 7 % 11);
      labels.push_back(b % Model::classes);
    }
    const Index own_size = Config::input == model::Input::tokens ? own_offsets.back() * Config::token_width : samples * Model::input_size;
    own = random_values<float>(own_size, 1);
    bank = random_values<float>(bank_offsets.back() * Model::D, 2);
  }
  typename Model::template Input<float> all() const {
    if constexpr (Config::input == model::Input::tokens)
      return {own, own_offsets};
    else
      return {own, {bank, bank_offsets}};
  }
};

}  // namespace

TEST_CASE("inputs that do not fit are refused where they are made") {
  const std::vector<double> six(6), none;
  const std::vector<Index> two{0, 1, 3}, late{1, 3}, empty_sample{0, 3, 3}, descending{0, 3, 2}, nothing;
  using Rows = RaggedSamples<double, 2, 1>;
  CHECK(Rows(six, two).samples() == 2);
  CHECK(Rows().samples() == 0);
  CHECK_THROWS_WITH_AS(Rows(six, nothing), "input: wanted offsets that start at 0, found -1", Error);
  CHECK_THROWS_WITH_AS(Rows(six, late), "input: wanted offsets that start at 0, found 1", Error);
  CHECK_THROWS_WITH_AS(Rows(six, empty_sample), "input: wanted at least 1 rows of every sample, found 0 of sample 1", Error);
  CHECK_THROWS_WITH_AS((RaggedSamples<double, 2>(six, descending)), "input: wanted ascending offsets, found 3 and 2 of sample 1", Error);
  // The differences of these offsets overflow to numbers above 0, and the last one fits the values.
  const std::vector<Index> wrapping{0, std::numeric_limits<Index>::max(), -2, 3};
  CHECK_THROWS_WITH_AS((RaggedSamples<double, 2>(six, wrapping)), "input: wanted ascending offsets, found 9223372036854775807 and -2 of sample 1", Error);
  CHECK((RaggedSamples<double, 2>(six, empty_sample).length(1) == 0));
  CHECK_THROWS_WITH_AS((RaggedSamples<double, 3>(six, two)), "input: wanted 3 rows of 3 values, found 6 values", Error);
  const std::vector<Index> huge{0, Index{1} << 62};  // 4 values in each of so many rows are 0 modulo 2^64
  CHECK_THROWS_WITH_AS((RaggedSamples<double, 4>(none, huge)), "input: wanted 4611686018427387904 rows of 4 values, found 0 values", Error);
  using WithBank = SamplesWithBank<Rows, double, 1>;
  CHECK_THROWS_WITH_AS(WithBank(Rows(six, two), RaggedSamples<double, 1>(none, std::span(two).first(1))), "input: wanted a bank for each of 2 samples, found 0",
                       Error);
  CHECK_THROWS_WITH_AS((DenseSamples<double, 4>(six)), "input: wanted a multiple of 4 values, found 6", Error);
}

TEST_CASE("Eigen matrices: row-major ones are views, others do not convert") {
  using Input = DenseSamples<float, 3>;
  const RowMatrix<float> rows = RowMatrix<float>::Random(4, 3);
  CHECK(Input(rows).data() == rows.data());
  CHECK(Input(rows).samples() == 4);
  CHECK(Input(rows.middleRows(1, 2)).data() == rows.data() + 3);
  CHECK_THROWS_WITH_AS(Input(rows.leftCols(2)), "input: wanted a matrix of 3 columns, found 2", Error);
  const RowMatrix<float> wide = RowMatrix<float>::Random(4, 5);
  CHECK_THROWS_WITH_AS(Input(wide.leftCols(3)), "input: wanted a matrix whose rows are adjacent in memory, found row and column strides of 5 and 1", Error);
  static_assert(!std::is_convertible_v<Eigen::MatrixXf, Input>);
  static_assert(!std::is_convertible_v<Eigen::VectorXf, Input> && std::is_convertible_v<Eigen::VectorXf, DenseSamples<float, 1>>);
  static_assert(!std::is_convertible_v<RowMatrix<float, 2>, Input> && std::is_convertible_v<RowMatrix<float, 3>, Input>);
  static_assert(!std::is_convertible_v<RowMatrix<double>, Input>);
  static_assert(!std::is_convertible_v<std::vector<double>, Input>);
  const std::vector<Index> offsets{0, 1, 4};
  CHECK(RaggedSamples<float, 3>(rows, offsets).data() == rows.data());
}

TEST_CASE_TEMPLATE("given input trains, and a batch in parts has the bits of the whole", Config, ImageWithBank, TokensAlone, TokensWithLearnedBank) {
  using Model = model::Classifier<Config>;
  const Values<Config> values(7);
  train::TrainingOptions options{.schedule = {.base = 5e-3}, .leaves = 1};
  options.values_at_once = 1;  // parts of one sample
  train::Trainer<Model> whole(options), parts(options);
  const auto first = whole.step({values.all(), values.labels});
  parts.zero_gradients();
  const std::vector<std::uint64_t> numbers{0, 1, 2, 3, 4, 5, 6};
  for (const auto& [begin, count] : {std::pair<std::size_t, std::size_t>{0, 3}, {3, 4}})
    parts.accumulate({values.all().part(static_cast<Index>(begin), static_cast<Index>(count)), std::span(values.labels).subspan(begin, count), {},
                      std::span(numbers).subspan(begin, count)});
  parts.apply();
  CHECK(same_bits<float>(whole.parameters().flat(), parts.parameters().flat()));
  train::StepReport last;
  for (int i = 0; i < 100; ++i) last = whole.step({values.all(), values.labels});
  CHECK(last.loss < first.loss / 2);
  CHECK(last.correct == 7);
}

TEST_CASE("absent parts take no memory") {
  CHECK(Parameters<model::Classifier<RawTokensFirst>, float>::layout().front().name() == "Transformer/AddTapeToken_0/TapeBank_0/bank_norm/scale");
}

TEST_CASE("samples of weight 0 are left out of ragged input") {
  using Model = model::Classifier<ImageWithBank>;
  const Values<ImageWithBank> values(5);
  const std::vector<float> weights{1, 0, 2, 0, 1}, kept_weights{1, 2, 1};
  const std::vector<Index> kept{0, 2, 4};
  const std::vector<std::uint64_t> numbers{0, 2, 4};
  const std::vector<std::int64_t> labels{values.labels[0], values.labels[2], values.labels[4]};
  train::Trainer<Model> all({}), chosen({});
  all.step({values.all(), values.labels, weights});
  Arena arena;
  chosen.step({values.all().chosen(kept, arena), labels, kept_weights, numbers});
  CHECK(same_bits<float>(all.parameters().flat(), chosen.parameters().flat()));
}

TEST_CASE("final tokens on request: own tokens, then the tape, and their mean is what enters the head") {
  using Model = model::Classifier<verify::GivenTokens>;
  const ModelProblem<verify::GivenTokens, float> problem(7, 3);
  const model::Engine<Model> engine(problem.parameters);
  Arena plain_workspace, workspace;
  const auto plain = engine.run(problem.all(), plain_workspace);
  CHECK(plain.tokens.data == nullptr);
  const auto output = engine.run(problem.all(), workspace, {.keep_tokens = true});
  CHECK(same_bits<float>({plain.pooled, 7 * Model::D}, {output.pooled, 7 * Model::D}));
  for (Index b = 0; b < 7; ++b) {
    CHECK(output.own_length[static_cast<std::size_t>(b)] == problem.all().own.length(b));
    CHECK(output.bank_length[static_cast<std::size_t>(b)] == problem.all().bank.length(b));
    CHECK(output.tokens.packing.length(b) == problem.all().own.length(b) + output.tape_length(b));
    const Eigen::RowVectorXf mean = output.tokens.sample(b).colwise().mean();
    CHECK((mean - output.pooled_matrix().row(b)).cwiseAbs().maxCoeff<Eigen::PropagateNaN>() < 1e-5f);
  }
}

TEST_CASE("a largest and an exact number of tape tokens a call") {
  using Model = model::Classifier<verify::GivenTokens>;
  ModelProblem<verify::GivenTokens, float> problem(7, 3);
  problem.sharpen(1.5);
  const model::Engine<Model> engine(problem.parameters);
  Arena workspace;
  std::vector<std::vector<Index>> free;
  for (const auto& read : engine.run(problem.all(), workspace).trace.read) free.emplace_back(read.length.begin(), read.length.end());
  const auto& banks = problem.all().bank;
  const auto tokens_per_step = tape::tokens_per_step<verify::GivenTokens>(verify::GivenTokens::threshold, 1000);
  for (const Index tokens : {1, 2, 4, 6}) {
    const auto most = engine.run(problem.all(), workspace, {.max_tape_tokens = tokens});
    for (std::size_t r = 0; r < 2; ++r)
      for (std::size_t b = 0; b < 7; ++b)
        if (r == 0) CHECK(most.trace.read[r].length[b] == std::min(free[r][b], tokens));
    const auto exact = engine.run(problem.all(), workspace, {.exact_tape_tokens = tokens});
    for (std::size_t b = 0; b < 7; ++b)
      for (const auto& read : exact.trace.read) CHECK(read.length[b] == std::min(tokens, (banks.length(static_cast<Index>(b)) + tokens_per_step - 1) / tokens_per_step));
  }
  CHECK_THROWS_WITH_AS(engine.run(problem.all(), workspace, {.max_tape_tokens = 7}),
                       "settings: wanted at most 6 tape tokens (the largest number of this model), found 7", Error);
  CHECK_THROWS_AS(engine.run(problem.all(), workspace, {.exact_tape_tokens = -1}), Error);
  CHECK_THROWS_WITH_AS(engine.run(problem.all(), workspace, {.max_tape_tokens = 1, .exact_tape_tokens = 1}),
                       "settings: wanted max_tape_tokens or exact_tape_tokens, found both", Error);
}
