#include <doctest/doctest.h>

#include <algorithm>

#include "adatape/model/describe.hpp"
#include "adatape/model/parity.hpp"
#include "adatape/model/sizes.hpp"
#include "model_problem.hpp"

using namespace adatape;
using namespace adatape::testing;
using model::AdaTape;
using model::Size;
using model::Vit;

namespace {

template <class Model>
constexpr Index count = parameter_count<typename Model::template Params<float>>;

static_assert(count<Vit<Size::Ti, 16>> == 5'717'032);
static_assert(count<Vit<Size::S, 16>> == 22'049'896);
static_assert(count<Vit<Size::B, 16>> == 86'566'120);
static_assert(count<Vit<Size::L, 16>> == 304'324'584);
static_assert(count<Vit<Size::B, 8>> == 86'575'336);
static_assert(count<Vit<Size::B, 32>> == 88'222'696);

static_assert(count<AdaTape<Size::Ti, 16>> == 6'386'152);
static_assert(count<AdaTape<Size::S, 16>> == 24'346'600);
static_assert(count<AdaTape<Size::B, 16>> == 94'993'384);
static_assert(count<AdaTape<Size::L, 16>> == 318'968'808);

using tape::BankType;
static_assert(count<AdaTape<Size::Ti, 16, BankType::learn>> == 8'081'512);
static_assert(count<AdaTape<Size::S, 16, BankType::learn>> == 27'663'592);
static_assert(count<AdaTape<Size::B, 16, BankType::learn>> == 101'332'456);
static_assert(count<AdaTape<Size::L, 16, BankType::learn>> == 327'158'760);

static_assert(count<model::Classifier<verify::VitNoQkvBias>> == count<model::Classifier<verify::SmallVit>> - 2 * 3 * 12);
static_assert(count<model::Classifier<verify::VitLayerScale>> == count<model::Classifier<verify::SmallVit>> + 2 * 2 * 12);
static_assert(count<model::Classifier<verify::VitEpsilon>> == count<model::Classifier<verify::SmallVit>>);

static_assert(AdaTape<Size::S, 16>::bank_size == 784);
static_assert(AdaTape<Size::S, 16, BankType::learn>::bank_size == 10'000);
static_assert(Vit<Size::S, 8>::own_tokens == 784);

/// One block over `tokens` tokens of width D.
constexpr double block(double tokens, double D, double mlp) { return 4 * tokens * D * D + 2 * tokens * tokens * D + 2 * tokens * D * mlp; }

template <class Config>
auto run(Arena& arena) {
  const ModelProblem<Config, double> problem(3, 1);
  return problem.infer(arena);
}

/// An input bank in inference: the factor [patch, min(patch, D)] for each of K patches, of less than a strip of columns.
constexpr double folded_bank(double K, double patch, double D) { return K * patch * std::min(patch, D); }
/// The scores of a step: the query in the space of patches, then K dots with patches and K with constants.
constexpr double folded_score(double K, double patch, double keys) { return patch * keys + K * (patch + keys); }
/// `values` values of a token merged from k: sums of k patches and k constants, then one row.
constexpr double folded_merge(double k, double patch, double values) { return k * (patch + values) + patch * values; }

}  // namespace

TEST_CASE("multiply-accumulates: an input bank, counted by hand") {
  Arena arena;
  const auto output = run<verify::InputGap>(arena);
  for (Index b = 0; b < 3; ++b) {
    const auto n = static_cast<double>(output.tape_length(b));
    const double embed = 9 * 48 * 32, bank = 36 * 12 * 32 + 36 * 32 * 32, head = 32 * 7;
    const double read = n * (36 * 8 + 5 * 32), tape_mlp = n * (32 * 64 + 32 * 32);
    const double others = embed + block(9, 32, 48) + tape_mlp + 2 * block(9 + n, 32, 48) + head;
    CHECK(output.forward_macs(b) == others + bank + read);
    const double folded_read = n * (folded_score(36, 12, 8) + folded_merge(5, 12, 32)) + (n - 1) * folded_merge(5, 12, 8);
    CHECK(output.macs(b) == others + folded_bank(36, 12, 32) + folded_read);
  }
  const ModelProblem<verify::InputGap, double> problem(3, 1);
  typename decltype(problem)::Model::Saved<double> saved;
  Arena other;
  const auto trained = problem.forward(saved, other);
  for (Index b = 0; b < 3; ++b) {
    CHECK(trained.macs(b) == output.forward_macs(b));
    CHECK(trained.forward_macs(b) == trained.macs(b));
  }
}

TEST_CASE("multiply-accumulates: the input banks of the named models") {
  using BankS = AdaTape<Size::S, 16>::Stem::Bank;
  using BankB = AdaTape<Size::B, 32>::Stem::Bank;
  CHECK(BankS::macs(1) == 784. * (192 * 384 + 384 * 384));
  CHECK(BankS::inference_macs(1) == 784. * 32 * (192 + 160 + 128 + 96 + 64 + 32));
  CHECK(BankB::inference_macs(1) == BankS::inference_macs(1));
  CHECK(BankB::macs(1) > 34 * BankB::inference_macs(1));
}

TEST_CASE("multiply-accumulates: a fixed read with the tape's own FFN, a plain ViT, ACT") {
  Arena arena;
  const double embed = 9 * 48 * 24, head = 24 * 7, bank = 36 * 12 * 24 + 36 * 24 * 24;
  // Blocks behind the read: own tokens (9 and cls) through the FFN of 48, the 5 tape tokens through the GLU FFN of 24.
  const double late = 4 * 15 * 24 * 24 + 2 * 15 * 15 * 24 + 2 * 10 * 24 * 48 + 5 * (24 * 48 + 24 * 24);
  const double read = 36 * 8 + 5 * (24 * 64 + 32 * 24);
  const auto fixed = run<verify::FixedInput>(arena);
  CHECK(fixed.forward_macs(0) == embed + bank + block(10, 24, 48) + read + 2 * late + head);
  const double folded = folded_bank(36, 12, 24) + folded_score(36, 12, 8) + 5 * folded_merge(1, 12, 24) + 5 * (24 * 64 + 32 * 24);
  CHECK(fixed.macs(0) == embed + folded + block(10, 24, 48) + 2 * late + head);
  CHECK(run<verify::VitGap>(arena).macs(2) == embed + 3 * block(9, 24, 48) + head);
  const auto output = run<verify::ActMixed>(arena);
  for (Index b = 0; b < 3; ++b) CHECK(output.macs(b) == embed + static_cast<double>(output.trace.sample(b)[0].updates) * (block(9, 24, 48) + 9 * 24) + head);
}

TEST_CASE("multiply-accumulates: those of a sample with a given bank do not depend on the banks beside it") {
  using Model = model::Classifier<verify::GivenTokens>;
  const ModelProblem<verify::GivenTokens, double> problem(7, 1);
  const model::Engine<Model, double> engine(problem.parameters);
  Arena of_all, of_one, of_input;
  const auto all = engine.run(problem.all(), of_all);
  for (Index b = 0; b < 7; ++b) {
    CAPTURE(b);
    const std::vector<Index> chosen{b};
    const auto alone = engine.run(problem.all().chosen(chosen, of_input), of_one);
    CHECK(alone.macs(0) == all.macs(b));
    CHECK(alone.forward_macs(0) == all.forward_macs(b));
  }
}

TEST_CASE("multiply-accumulates: PonderNet counts the steps taken, and a head for each prediction") {
  using Model = model::Classifier<verify::PonderNetUnshared>;
  const ModelProblem<verify::PonderNetUnshared, double> problem(3, 1);
  const model::Engine<Model, double> engine(problem.parameters);
  const double embed = 9 * 48 * 24, head = 24 * 7, halting = 9 * 24;
  Arena arena;
  const auto median = engine.run(problem.input, arena);
  for (Index b = 0; b < 3; ++b) {
    const int steps = median.trace.steps(b);
    CHECK(median.macs(b) == embed + steps * block(9, 24, 48) + std::min(steps, 3) * halting + head);
  }
  CHECK(engine.run(problem.input, arena, {.halting = HaltingRule::softmax_expectation}).macs(1) == embed + 4 * block(9, 24, 48) + 3 * halting + 4 * head);
}

TEST_CASE("configurations as JSON hold the keys that their models use") {
  CHECK(model::describe<verify::InputOfBlocks>().find(
            R"("gelu": "tanh", "layer_norm_epsilon": 0.001, "qkv_bias": false, "layer_scale": 0.1, "add_tape_token_to_layers")") != std::string::npos);
  CHECK(model::describe<verify::VitToken>() ==
        R"({"model": "vit", "image": [12, 12, 3], "patch_size": 4, "hidden_size": 20, "num_heads": 5, "mlp_dim": 36, "num_layers": 3, "num_classes": 7, )"
        R"("classifier": "token", "gelu": "erf", "add_tape_token_to_layers": []})");
  CHECK(model::describe<verify::PonderNetUnshared>() ==
        R"({"model": "pondernet", "image": [12, 12, 3], "patch_size": 4, "hidden_size": 24, "num_heads": 3, "mlp_dim": 48, "num_classes": 7, )"
        R"("classifier": "gap", "gelu": "tanh", "act_max_steps": 4, "lambda_p": 0.35, "share_parameters": false})");
  const std::string parity = model::describe<model::ParityAdaTapeConfig<8>>();
  CHECK(parity.find(R"("dynamic": {"threshold": 8, "loss_type": "entropy", "complex_query": true})") != std::string::npos);
}
