#include <doctest/doctest.h>

#include "../model/model_problem.hpp"
#include "adatape/train/trainer.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

/// Trains with `rules` and, beside it, with all gradients computed and those of frozen tensors removed by the caller.
template <class Config>
void check_frozen(const train::ParameterRules& rules) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(5, 3);
  train::TrainingOptions options{.rules = rules};
  train::Trainer<Model> frozen(options), everything({});
  frozen.parameters() = everything.parameters() = problem.parameters;
  frozen.accumulate({problem.input, problem.labels});
  everything.accumulate({problem.input, problem.labels});
  Index trained = 0, not_trained = 0;
  for (const auto& entry : Parameters<Model, float>::layout()) {
    CAPTURE(std::string(entry.name()));
    if (!rules(entry).trained) {
      ++not_trained;
      continue;
    }
    ++trained;
    CHECK(same_bits<float>(frozen.gradients().values(entry), everything.gradients().values(entry)));
  }
  CHECK(trained > 0);
  CHECK(not_trained > 0);
  frozen.apply();
  for (const auto& entry : Parameters<Model, float>::layout()) {
    if (std::ranges::all_of(everything.gradients().values(entry), [](float value) { return value == 0; })) continue;  // key/bias, FFNs of no use
    CAPTURE(std::string(entry.name()));
    CHECK(same_bits<float>(frozen.parameters().values(entry), problem.parameters.values(entry)) == !rules(entry).trained);
  }
}

/// Only tensors whose names contain `part` are trained.
train::ParameterRules only(std::string part) {
  return [part](const LayoutEntry& entry) { return train::ParameterRule{.trained = entry.name().find(part) != std::string_view::npos}; };
}

}  // namespace

TEST_CASE_TEMPLATE("backward ends at the lowest trained tensor, and what it computes has the same bits", Config, verify::LearnTwoReads, verify::InputGap,
                   verify::VitToken) {
  for (const char* part : {"output_projection", "encoder_norm", "encoderblock_2", "encoderblock_1", "encoderblock_0"}) check_frozen<Config>(only(part));
  check_frozen<Config>(train::frozen("output_projection"));
}

TEST_CASE("backward ends at the lowest trained tensor: reads, ACT and PonderNet") {
  check_frozen<verify::LearnTwoReads>(only("AddTapeToken_0"));
  check_frozen<verify::LearnTwoReads>(only("AddTapeToken_1"));
  check_frozen<verify::InputGap>(only("pre_bank"));
  check_frozen<verify::ActAccumulated>(only("encoderblock_0"));
  check_frozen<verify::ActAccumulated>(only("step_halting_prob"));
  check_frozen<verify::ActMixed>(only("output_projection"));
  check_frozen<verify::ActMixed>(only("pos_embedding"));
  check_frozen<verify::PonderNetUnshared>(only("encoderblock_0"));
  check_frozen<verify::PonderNetShared>(only("step_halting_prob"));
  check_frozen<verify::PonderNetShared>(only("output_projection"));
  for (const char* part : {"registers", "fc_norm", "pre_logits"}) check_frozen<verify::InputRegisters>(only(part));
  for (const char* part : {"dist", "head_dist", "encoder_norm"}) check_frozen<verify::VitDistilled>(only(part));
}

TEST_CASE("training the head alone computes no gradient below it") {
  using Model = model::Classifier<verify::LearnGap>;
  const ModelProblem<verify::LearnGap, float> problem(5, 3);
  train::Trainer<Model> trainer({.rules = only("output_projection")});
  trainer.parameters() = problem.parameters;
  trainer.accumulate({problem.input, problem.labels});
  for (const auto& entry : Parameters<Model, float>::layout()) {
    const bool of_head = entry.name().starts_with("output_projection");
    CHECK(std::ranges::all_of(trainer.gradients().values(entry), [](float value) { return value == 0; }) == !of_head);
  }
}
