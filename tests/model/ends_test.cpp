#include "ends.hpp"

#include <doctest/doctest.h>

#include "adatape/core/initialise.hpp"
#include "adatape/core/layer_number.hpp"
#include "adatape/core/packed_weights.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <class Model>
std::span<const double> tensor_of(const Parameters<Model, double>& parameters, std::string_view name) {
  const auto entry = std::ranges::find(parameters.layout(), name, &LayoutEntry::name);
  require(entry != parameters.layout().end(), "no tensor ", name);
  return parameters.values(*entry);
}

/// x kernel + bias of a dense layer of a model, for one row x.
template <class Model>
std::vector<double> dense_of(const Parameters<Model, double>& parameters, const std::string& name, std::span<const double> x) {
  const auto kernel = tensor_of(parameters, name + "/kernel"), bias = tensor_of(parameters, name + "/bias");
  std::vector<double> y(bias.begin(), bias.end());
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < y.size(); ++j) y[j] += x[i] * kernel[i * y.size() + j];
  return y;
}

void check_near(std::span<const double> found, std::span<const double> wanted) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == doctest::Approx(wanted[i]).epsilon(1e-9));
}

}  // namespace

TEST_CASE_TEMPLATE("gap_without_prefix: the features are the mean of the tokens behind the prefix, tape included, in forward and inference", Config, TapePrefix,
                   GivenPrefix, ActPrefix, PonderPrefix) {
  using Model = model::Classifier<Config>;
  static_assert(model::PrefixTokens<Config>::count == 3);
  ModelProblem<Config, double> problem(4, 3);
  problem.settings.keep_tokens = true;
  Arena arena, other;
  typename Model::template Saved<double> saved;
  const auto check_output = [&](const auto& output) {
    REQUIRE(output.tokens.packing.samples() == output.rows());
    for (Index row = 0; row < output.rows(); ++row) {
      const auto tokens = output.tokens.sample(row);
      const Index read = Model::reads_tape ? output.tape_length(row) : 0;
      CHECK(tokens.rows() == output.own_length[static_cast<std::size_t>(row % output.samples)] + read);
      const RowMatrix<double, Model::D> mean = tokens.bottomRows(tokens.rows() - 3).colwise().mean();
      check_near({output.pooled + row * Model::D, std::size_t{Model::D}}, {mean.data(), std::size_t{Model::D}});
    }
  };
  check_output(problem.forward(saved, arena));
  check_output(model::Engine<Model, double>(problem.parameters).run(problem.all(), other, problem.settings));
}

TEST_CASE_TEMPLATE("inference gives the logits and features of forward, whatever stands at the ends", Config, verify::VitFcNorm, verify::VitRegisters,
                   verify::VitDistilled, verify::VitSincos, verify::InputRegisters, TapeDistilled, OwnEnd, OwnDistilled) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, double> problem(4, 3);
  Arena arena, other;
  typename Model::template Saved<double> saved;
  const auto trained = problem.forward(saved, arena), inferred = problem.infer(other);
  check_near({inferred.logits, 4 * std::size_t{Model::classes}}, {trained.logits, 4 * std::size_t{Model::classes}});
  check_near({inferred.pooled, 4 * std::size_t{Model::features}}, {trained.pooled, 4 * std::size_t{Model::features}});
}

TEST_CASE_TEMPLATE("narrow weights and weights in one piece, whatever stands at the ends", Config, verify::VitDistilled, verify::VitSincos,
                   verify::InputRegisters) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(4, 3);
  Arena arena, other;
  const auto exact = problem.infer(arena);
  const auto check_stored = [&]<class Stored>(StoredAs<Stored>, double bound) {
    const model::Engine<Model, Stored, float> engine(problem.parameters);
    const auto output = engine.run(problem.all(), other);
    for (Index i = 0; i < 4 * Model::classes; ++i) CHECK(std::abs(output.logits[i] - exact.logits[i]) < bound);
    const auto piece = pack_in_one_piece<Model, float, Stored>(problem.parameters);
    Pages pages(piece.contents().size());
    std::ranges::copy(piece.contents(), pages.data());
    Arena third;
    const auto mapped = model::Engine<Model, Stored, float>(std::move(pages));
    CHECK(same_bits<float>({mapped.run(problem.all(), third).logits, 4 * Model::classes}, {output.logits, 4 * Model::classes}));
  };
  check_stored(StoredAs<float>{}, 1e-6);
  check_stored(StoredAs<Bf16>{}, 0.1);
  check_stored(StoredAs<std::int8_t>{}, 0.1);
}

TEST_CASE("features are what enters the head") {
  using Representing = model::Classifier<verify::VitSincos>;
  static_assert(Representing::features == 10);
  const ModelProblem<verify::VitSincos, double> problem(2, 3);
  Arena arena;
  const auto output = problem.infer(arena);
  for (Index b = 0; b < 2; ++b) {
    const std::span<const double> features(output.pooled + b * 10, 10);
    CHECK(std::ranges::all_of(features, [](double value) { return std::abs(value) < 1; }));
    check_near({output.logits + b * 7, 7}, dense_of(problem.parameters, "output_projection", features));
  }
}

TEST_CASE("distillation: logits are the mean of two heads, features the mean of two tokens") {
  using Model = model::Classifier<verify::VitDistilled>;
  ModelProblem<verify::VitDistilled, double> problem(2, 3);
  problem.settings.keep_tokens = true;
  Arena arena;
  typename Model::Saved<double> saved;
  const auto output = problem.forward(saved, arena);
  for (Index b = 0; b < 2; ++b) {
    const auto size = std::size_t{Model::D};
    const std::span<const double> cls(output.tokens.row(b * Model::own_tokens), size), dist(output.tokens.row(b * Model::own_tokens + 1), size);
    const auto first = dense_of(problem.parameters, "output_projection", cls), second = dense_of(problem.parameters, "head_dist", dist);
    for (std::size_t c = 0; c < 7; ++c) CHECK(output.logits[b * 7 + static_cast<Index>(c)] == doctest::Approx((first[c] + second[c]) / 2).epsilon(1e-9));
    for (std::size_t d = 0; d < size; ++d) CHECK(output.pooled[b * Model::D + static_cast<Index>(d)] == doctest::Approx((cls[d] + dist[d]) / 2).epsilon(1e-9));
  }
}

TEST_CASE_TEMPLATE("a new model has the logits that it is told, with one head and with two", Config, verify::VitDistilled, verify::InputRegisters) {
  using Model = model::Classifier<Config>;
  ModelProblem<Config, float> problem(2, 3);
  initialise(problem.parameters, 5);
  Model::set_initial_logit(*problem.parameters, -1.5f);
  Arena arena;
  const auto output = problem.infer(arena);
  CHECK(std::all_of(output.logits, output.logits + 2 * Model::classes, [](float logit) { return logit == -1.5f; }));
}

TEST_CASE("depths and layer numbers of prefix tokens and of what stands behind the pooling") {
  const auto check_numbers = [](auto config, std::string_view name, int depth, int number) {
    using Config = decltype(config);
    const auto layout = Parameters<model::Classifier<Config>, float>::layout();
    const auto entry = std::ranges::find(layout, name, &LayoutEntry::name);
    CAPTURE(std::string(name));
    REQUIRE(entry != layout.end());
    CHECK(model::Classifier<Config>::depth_of(*entry) == depth);
    CHECK(layer_number(*entry, Config::num_layers, Config::add_tape_token_to_layers) == number);
  };
  for (const char* prefix : {"cls", "registers"}) check_numbers(verify::InputRegisters{}, prefix, 0, 0);
  for (const char* behind : {"fc_norm/scale", "pre_logits/kernel", "output_projection/bias"}) check_numbers(verify::InputRegisters{}, behind, 5, 3);
  check_numbers(verify::VitDistilled{}, "dist", 0, 0);
  check_numbers(verify::VitDistilled{}, "head_dist/kernel", 4, 2);
  check_numbers(verify::VitDistilled{}, "Transformer/encoder_norm/bias", 2, 2);
}

TEST_CASE("multiply-accumulates: representation and second head, and tokens that are no patches") {
  Arena arena;
  const auto macs = [&](const auto& problem) {
    arena.reset();
    return problem.infer(arena).macs(0);
  };
  const auto block = [](double tokens) { return 4 * tokens * 24 * 24 + 2 * tokens * tokens * 24 + 2 * tokens * 24 * 48; };
  CHECK(macs(ModelProblem<verify::VitSincos, float>(1, 3)) == 12 * 48 * 24 + block(12) + 24 * 10 + 10 * 7);
  CHECK(macs(ModelProblem<verify::VitDistilled, float>(1, 3)) == 9 * 48 * 24 + block(11) + 2 * 24 * 7);
  CHECK(macs(ModelProblem<verify::VitRegisters, float>(1, 3)) == 9 * 48 * 24 + block(13) + 24 * 7);
}

TEST_CASE("patches of 14 pixels: rows that fill no patch are dropped") {
  using Model = model::Classifier<verify::VitPatch14>;
  static_assert(Model::own_tokens == 4 && Model::input_size == 30 * 28);
  ModelProblem<verify::VitPatch14, double> problem(1, 3);
  Arena arena, other;
  const auto before = problem.infer(arena);
  for (std::size_t i = 28 * 28; i < problem.input.size(); ++i) problem.input[i] += 1;
  CHECK(same_bits<double>({problem.infer(other).logits, Model::classes}, {before.logits, Model::classes}));
}
