#include <doctest/doctest.h>

#include "model_problem.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

/// The same model without a tape.
template <class Config>
struct WithoutTape : Config {
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};

/// The tensor of that name; empty where there is none.
template <class Parameters>
auto values_named(Parameters& parameters, std::string_view name) -> decltype(parameters.values(parameters.layout()[0])) {
  for (const auto& entry : parameters.layout())
    if (entry.name() == name) return parameters.values(entry);
  return {};
}

/// A model with a tape whose reads are left out, and the model without a tape with the same parameters.
template <class Config, class T>
struct Pair {
  ModelProblem<Config, T> with{4, 3};
  ModelProblem<WithoutTape<Config>, T> without{4, 3};

  Pair() {
    with.settings.read_tape = false;
    without.input = with.input;
    without.input_offsets = with.input_offsets;
    for (const auto& entry : without.parameters.layout()) {
      const auto found = values_named(with.parameters, entry.name());
      REQUIRE(!found.empty());
      std::ranges::copy(found, without.parameters.values(entry).begin());
    }
  }
  /// The input of the model without a tape.
  auto own() const {
    if constexpr (ModelProblem<Config, T>::Model::has_given_bank)
      return with.all().own;
    else
      return without.all();
  }
};

template <class Output>
void check_same(const Output& with, const auto& without) {
  for (Index b = 0; b < with.samples; ++b) {
    CHECK(std::equal(with.logits + b * Output::classes, with.logits + (b + 1) * Output::classes, without.logits + b * Output::classes));
    CHECK(with.tape_length(b) == 0);
    CHECK(with.bank_length[static_cast<std::size_t>(b)] == 0);
    CHECK(with.ponder[b] == 0);
    CHECK(with.macs(b) == without.macs(b));
    CHECK(with.forward_macs(b) == without.forward_macs(b));
  }
}

}  // namespace

TEST_CASE_TEMPLATE("without reading, a model with a tape is the model without one, to the last bit, in inference", Config, verify::LearnTokenTwoFfn,
                   verify::LearnTwoReads, verify::InputGap, verify::InputTwoReads, verify::InputTokenTwoFfn, verify::FixedLearn, verify::FixedInput,
                   verify::GivenTokens) {
  const Pair<Config, float> pair;
  Arena arena, plain_arena;
  const model::Engine<model::Classifier<WithoutTape<Config>>> plain(pair.without.parameters);
  check_same(pair.with.infer(arena, {.read_tape = false}), plain.run(pair.own(), plain_arena));
  CHECK(pair.with.infer(arena, {}).tape_length(0) > 0);
}

TEST_CASE_TEMPLATE("the same in training: loss and gradients; those of the tape are 0", Config, verify::LearnTokenTwoFfn, verify::LearnTwoReads,
                   verify::InputGap, verify::InputTwoReads, verify::FixedLearn) {
  const Pair<Config, double> pair;
  using Model = model::Classifier<Config>;
  using Plain = model::Classifier<WithoutTape<Config>>;
  Arena arena;
  typename Model::template Saved<double> saved;
  typename Plain::template Saved<double> plain_saved;
  check_same(pair.with.forward(saved, arena), pair.without.forward(plain_saved, arena));
  Parameters<Model, double> gradients;
  Parameters<Plain, double> plain;
  auto dinput = pair.with.no_gradient(), plain_dinput = pair.without.no_gradient();
  CHECK(pair.with.backward(gradients, dinput) == pair.without.backward(plain, plain_dinput));
  CHECK(dinput == plain_dinput);
  for (const auto& entry : gradients.layout()) {
    const auto found = gradients.values(entry), wanted = values_named(plain, entry.name());
    CAPTURE(std::string(entry.name()));
    if (wanted.empty())
      CHECK(all_zero(found));
    else
      CHECK(std::ranges::equal(found, wanted));
  }
}

TEST_CASE("settings that contradict read_tape are refused") {
  const ModelProblem<verify::LearnGap, float> problem(1, 1);
  Arena arena;
  for (const Settings& settings : {Settings{.tau = 1, .read_tape = false}, Settings{.max_tape_tokens = 1, .read_tape = false},
                                   Settings{.exact_tape_tokens = 1, .read_tape = false}})
    CHECK_THROWS_WITH_AS(problem.infer(arena, settings), "settings: wanted neither tau nor a number of tape tokens where read_tape is false", Error);
}
