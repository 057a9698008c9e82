#include "adatape/train/layer_rates.hpp"

#include <doctest/doctest.h>

#include "trained_model.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

/// The scale of every tensor is 0.75^(blocks + 1 - layer), where the first row whose text is in the name says the layer. Every row is of some tensor.
template <class C>
void check_scales(int blocks, std::span<const int> reads, std::initializer_list<std::pair<const char*, int>> layers) {
  const auto rules = train::layer_wise_rate_decay(0.75, blocks, reads);
  std::vector<bool> seen(layers.size(), false);
  for (const auto& entry : Parameters<model::Classifier<C>, float>::layout()) {
    const std::string name(entry.name());
    CAPTURE(name);
    const auto row = std::ranges::find_if(layers, [&](const auto& r) { return name.find(r.first) != name.npos; });
    REQUIRE(row != layers.end());
    seen[static_cast<std::size_t>(row - layers.begin())] = true;
    CHECK(rules(entry).rate_scale == doctest::Approx(std::pow(0.75, blocks + 1 - row->second)).epsilon(1e-12));
    CHECK((rules(entry).decays && rules(entry).trained));
  }
  CHECK(std::ranges::all_of(seen, [](bool row) { return row; }));
}

template <class C>
const LayoutEntry& entry_of(std::string_view name) {
  return *std::ranges::find(Parameters<model::Classifier<C>, float>::layout(), name, &LayoutEntry::name);
}

}  // namespace

TEST_CASE("layer-wise rate decay: embeddings, blocks, reads and the rest") {
  check_scales<verify::LearnTwoReads>(3, verify::LearnTwoReads::add_tape_token_to_layers,
                                      {{"AddTapeToken_0/", 2}, {"AddTapeToken_1/", 3}, {"encoderblock_0/", 1}, {"encoderblock_1/", 2}, {"encoderblock_2/", 3},
                                       {"embedding/", 0}, {"cls", 0}, {"posembed_input/", 0}, {"encoder_norm/", 4}, {"output_projection/", 4}});
  check_scales<verify::InputTwoReads>(3, verify::InputTwoReads::add_tape_token_to_layers,
                                      {{"AddTapeToken_0/", 1}, {"AddTapeToken_1/", 3}, {"encoderblock_0/", 1}, {"encoderblock_1/", 2}, {"encoderblock_2/", 3},
                                       {"embedding/", 0}, {"embedding_bank/", 0}, {"pre_bank/", 0}, {"posembed_input_bank/", 0}, {"posembed_input/", 0},
                                       {"encoder_norm/", 4}, {"output_projection/", 4}});
  check_scales<verify::ParityToken>(2, verify::ParityToken::add_tape_token_to_layers,
                                    {{"AddTapeToken_0/", 2}, {"encoderblock_0/", 1}, {"encoderblock_1/", 2}, {"embedding/", 0}, {"cls", 0}, {"pre_bank/", 0},
                                     {"encoder_norm/", 3}, {"output_projection/", 3}});
  check_scales<verify::VitToken>(3, {}, {{"encoderblock_0/", 1}, {"encoderblock_1/", 2}, {"encoderblock_2/", 3}, {"embedding", 0}, {"cls", 0},
                                         {"encoder_norm/", 4}, {"output_projection/", 4}});
  check_scales<verify::ActBasic>(1, {}, {{"encoderblock/", 1}, {"act/step_halting_prob", 2}, {"embedding", 0}, {"cls", 0}, {"encoder_norm/", 2},
                                         {"output_projection/", 2}});
  check_scales<verify::ActAccumulated>(4, {}, {{"encoderblock_0/", 1}, {"encoderblock_3/", 4}, {"encoderblock_1/", 2}, {"encoderblock_2/", 3},
                                               {"act/step_halting_prob", 5}, {"embedding", 0}, {"encoder_norm/", 5}, {"output_projection/", 5}});
}

TEST_CASE("layer-wise rate decay: it multiplies the rates of other rules, and keeps their decay and freezing") {
  const train::ParameterRules half = [](const LayoutEntry& entry) {
    auto rule = train::decay_kernels_only(entry);
    rule.rate_scale = 0.5;
    return rule;
  };
  const auto rules = train::frozen("pos_embed", train::layer_wise_rate_decay(0.5, Config::num_layers, Config::add_tape_token_to_layers, half));
  const auto rule = [&](std::string_view name) { return rules(entry_of<Config>(name)); };
  CHECK(rule("Transformer/encoderblock_2/LayerNorm_0/scale").rate_scale == 0.25);
  CHECK(!rule("Transformer/encoderblock_2/LayerNorm_0/scale").decays);
  CHECK(rule("output_projection/kernel").rate_scale == 0.5);
  CHECK(rule("output_projection/kernel").decays);
  CHECK(rule("posembed_input/pos_embedding").rate_scale == 0.5 / 16);
  CHECK(!rule("posembed_input/pos_embedding").trained);
}

TEST_CASE("layer-wise rate decay: in a trainer a tensor's change is its share of the rate") {
  const ModelProblem<Config, float> problem(5, 50);
  const auto options = [](train::ParameterRules rules) {
    return Trainer::Options{.schedule = {train::Decay::constant, 1e-2}, .rules = std::move(rules), .seed = 4};
  };
  Trainer plain(options({})), layered(options(train::layer_wise_rate_decay(0.5, Config::num_layers, Config::add_tape_token_to_layers)));
  const auto before = plain.parameters();
  for (auto* trainer : {&plain, &layered}) trainer->step({problem.input, problem.labels, {}, problem.numbers});
  const auto change = [&](const Trainer& trainer, const LayoutEntry& entry) {
    double sum = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(entry.size); ++i)
      sum += std::abs(static_cast<double>(trainer.parameters().values(entry)[i]) - static_cast<double>(before.values(entry)[i]));
    return sum;
  };
  const auto& head = entry_of<Config>("output_projection/kernel");
  const auto& block = entry_of<Config>("Transformer/encoderblock_0/MlpBlock_0/Dense_0/kernel");
  CHECK(change(layered, head) == change(plain, head));
  CHECK(change(layered, block) == doctest::Approx(change(plain, block) / 8).epsilon(1e-3));
}

TEST_CASE("layer-wise rate decay: numbers that do not fit the model are refused") {
  using train::layer_wise_rate_decay;
  for (const double decay : {0.0, -0.5, 1.5, std::nan("")})
    CHECK_THROWS_WITH_AS(layer_wise_rate_decay(decay, 3), doctest::Contains("decay must be greater than 0"), Error);
  CHECK_THROWS_WITH_AS(layer_wise_rate_decay(0.5, 0), "layer-wise rate decay: wanted at least 1 block, found 0", Error);
  const std::array<int, 1> read{3};
  CHECK_THROWS_WITH_AS(layer_wise_rate_decay(0.5, 3, read), "layer-wise rate decay: a read layer must be at least 0 and below 3, found 3", Error);
  const auto refused = [](const train::ParameterRules& rules, const char* sentence) {
    Trainer::Options options;
    options.rules = rules;
    CHECK_THROWS_WITH_AS(Trainer{options}, doctest::Contains(sentence), Error);
  };
  refused(layer_wise_rate_decay(0.5, 2, Config::add_tape_token_to_layers), "wanted a block below 2, the number of blocks that was given, found 2");
  refused(layer_wise_rate_decay(0.5, 3), "wanted a read below 0, the number of read layers that were given, found 0");
}
