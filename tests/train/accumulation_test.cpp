#include <doctest/doctest.h>

#include <limits>
#include <optional>

#include "adatape/train/sgd.hpp"
#include "trained_model.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

using SgdTrainer = train::Trainer<Model, float, train::CrossEntropy, train::Sgd>;

Trainer::Options options() {
  return {.objective = {.label_smoothing = 0.1}, .schedule = {train::Decay::constant, 1e-2}, .optimizer = {.weight_decay = 0.01}, .clip_norm = 1, .seed = 4};
}

struct Data {
  ModelProblem<Config, float> problem{6, 50};
  Trainer::Batch whole() const { return {problem.input, problem.labels, {}, problem.numbers}; }
  Trainer::Batch part(std::size_t first, std::size_t count) const {
    const auto size = static_cast<std::size_t>(Model::input_size);
    return {std::span(problem.input).subspan(first * size, count * size), std::span(problem.labels).subspan(first, count), {},
            std::span(problem.numbers).subspan(first, count)};
  }
};

/// Cross-entropy that throws in the middle of a pass where it is broken.
struct Breakable : train::CrossEntropy {
  bool broken = false;
  template <class... Arguments>
  auto operator()(Arguments&&... arguments) const {
    require(!broken, "objective: broken");
    return train::CrossEntropy::operator()(std::forward<Arguments>(arguments)...);
  }
};

}  // namespace

TEST_CASE("trainer: accumulated batches that are cut alike give the bits of one batch") {
  const Data data;
  auto one_leaf = options();
  one_leaf.leaves = 1;
  one_leaf.values_at_once = sample_values;
  Trainer whole(one_leaf), several(one_leaf);
  for (int step = 0; step < 3; ++step) {
    const auto wanted = whole.step(data.whole());
    several.zero_gradients();
    CHECK(several.accumulate(data.part(0, 1)).counted == 1);
    several.accumulate(data.part(1, 3));
    several.accumulate(data.part(4, 2));
    CHECK(several.accumulated_weight() == 6);
    CHECK(same_bits<float>(several.gradients().flat(), whole.gradients().flat()));
    const auto found = several.apply();
    CHECK(found.loss == doctest::Approx(wanted.loss).epsilon(1e-14));
    CHECK(found.counted == 6);
    CHECK(found.correct == wanted.correct);
    CHECK(found.gradient_norm == wanted.gradient_norm);
    CHECK(found.mean_tape_length == doctest::Approx(wanted.mean_tape_length));
  }
  CHECK(same_bits<float>(several.parameters().flat(), whole.parameters().flat()));
}

TEST_CASE("trainer: accumulation with several leaves adds up to one batch") {
  const Data data;
  auto two_leaves = options();
  two_leaves.values_at_once = sample_values;
  Trainer whole(two_leaves), several(two_leaves);
  whole.accumulate(data.whole());
  several.accumulate(data.part(0, 4));
  several.accumulate(data.part(4, 2));
  const auto wanted = whole.gradients().flat(), found = several.gradients().flat();
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] != doctest::Approx(wanted[i]).epsilon(1e-4)) {
      if (!(std::abs(found[i] - wanted[i]) <= 1e-6f)) FAIL_CHECK("gradient " << i << ": " << found[i] << ", wanted " << wanted[i]);
    }
}

TEST_CASE("trainer: gradients can be changed between accumulate and apply") {
  const Data data;
  Trainer changed(options()), plain(options());
  plain.step(data.whole());
  changed.zero_gradients();
  changed.accumulate(data.whole());
  for (float& value : changed.gradients()->end.head.kernel.values) value = 0;
  for (float& value : changed.gradients()->end.head.bias.values) value = 0;
  const auto before = changed.parameters();
  changed.set_options([] {
    auto without_decay = options();
    without_decay.optimizer.weight_decay = 0;
    return without_decay;
  }());
  changed.apply();
  CHECK(std::ranges::equal(changed.parameters()->end.head.kernel.values, before->end.head.kernel.values));
  CHECK(!std::ranges::equal(plain.parameters()->end.head.bias.values, before->end.head.bias.values));
}

TEST_CASE("trainer: it can be moved in the middle of a step, and takes part in later steps") {
  const Data data;
  auto averaging = options();
  averaging.average = {.decay = 0.9};
  averaging.leaves = 3;
  Trainer plain(averaging), other(averaging);
  std::optional<Trainer> first(averaging);
  first->accumulate(data.part(0, 4));
  Trainer second(std::move(*first));
  first.reset();
  second.accumulate(data.part(4, 2));
  other = std::move(second);
  other.apply();
  other.step(data.whole());
  plain.accumulate(data.part(0, 4));
  plain.accumulate(data.part(4, 2));
  plain.apply();
  plain.step(data.whole());
  CHECK(other.step_number() == 2);
  CHECK(same_bits<float>(other.parameters().flat(), plain.parameters().flat()));
  CHECK(same_bits<float>(other.average()->flat(), plain.average()->flat()));
}

TEST_CASE("trainer: without samples apply changes nothing") {
  Trainer trainer(options());
  const auto before = trainer.parameters();
  trainer.zero_gradients();
  const auto report = trainer.apply();
  CHECK(report.counted == 0);
  CHECK(report.rate == 0);
  CHECK(trainer.step_number() == 0);
  CHECK(same_bits<float>(trainer.parameters().flat(), before.flat()));
  for (float value : trainer.gradients().flat()) CHECK(value == 0);
}

TEST_CASE("trainer: a batch that does not fit leaves the accumulated gradients as they were") {
  const Data data;
  Trainer trainer(options());
  trainer.accumulate(data.part(0, 3));
  const std::vector<float> before(trainer.gradients().flat().begin(), trainer.gradients().flat().end());
  const std::vector<std::int64_t> wrong{0, 99};
  auto bad = data.part(3, 2);
  bad.targets = wrong;
  CHECK_THROWS_AS(trainer.accumulate(bad), Error);
  CHECK(trainer.accumulated_weight() == 3);
  CHECK(same_bits<float>(trainer.gradients().flat(), before));
}

TEST_CASE("trainer: an objective that throws while a batch is computed leaves gradients of 0, those of earlier batches included") {
  const Data data;
  for (const Index leaves : {1, 3}) {
    train::BasicTrainingOptions<Breakable> of_run{.leaves = leaves};
    train::Trainer<Model, float, Breakable> trainer(of_run);
    trainer.accumulate(data.part(0, 3));
    CHECK(trainer.accumulated_weight() == 3);
    of_run.objective.broken = true;
    trainer.set_options(of_run);
    CHECK_THROWS_WITH_AS(trainer.accumulate(data.part(3, 3)), "objective: broken", Error);
    CHECK(trainer.accumulated_weight() == 0);
    CHECK(std::ranges::all_of(trainer.gradients().flat(), [](float value) { return value == 0; }));
    CHECK(trainer.apply().counted == 0);
  }
}

TEST_CASE("trainer: weights of samples are factors of their losses") {
  const Data data;
  Trainer weighted(options()), repeated(options());
  const std::vector<float> weights{2, 1};
  auto batch = data.part(0, 2);
  batch.weights = weights;
  const auto found = weighted.accumulate(batch);
  const auto first = repeated.accumulate(data.part(0, 1)), pair = repeated.accumulate(data.part(0, 2));
  CHECK(found.weight == 3);
  CHECK(found.loss * 3 == doctest::Approx(first.loss + 2 * pair.loss));
  for (std::size_t i = 0; i < weighted.gradients().flat().size(); ++i)
    CHECK(std::abs(weighted.gradients().flat()[i] - repeated.gradients().flat()[i]) < 2e-5f);
  const std::vector<float> negative{1, -1};
  batch.weights = negative;
  CHECK_THROWS_WITH_AS(weighted.accumulate(batch), "training batch: wanted weights that are finite and not negative, found -1", Error);
}

TEST_CASE_TEMPLATE("trainer: weights whose sum has no inverse in float are refused, and nothing has changed", Of, Trainer, SgdTrainer) {
  const Data data;
  Of trainer({.schedule = {train::Decay::constant, 0.05}});
  trainer.step(data.whole());
  const auto parameters = trainer.parameters();
  const auto state = std::get<0>(trainer.optimizer().state()).parameters;
  const std::vector<float> tiny(6, std::numeric_limits<float>::denorm_min());
  auto batch = data.whole();
  batch.weights = tiny;
  CHECK_THROWS_WITH_AS(trainer.step(batch), doctest::Contains("gradient_scale must be at least 0 and at most 3.40282e+38"), Error);
  CHECK(same_bits<float>(trainer.parameters().flat(), parameters.flat()));
  CHECK(same_bits<float>(std::get<0>(trainer.optimizer().state()).parameters.flat(), state.flat()));
  CHECK(trainer.step_number() == 1);
}

TEST_CASE("trainer: rows of probabilities train as labels do") {
  const Data data;
  std::vector<float> rows(static_cast<std::size_t>(6 * Model::classes), 0.f);
  for (std::size_t b = 0; b < 6; ++b) rows[b * Model::classes + static_cast<std::size_t>(data.problem.labels[b])] = 1;
  Trainer by_label(options()), by_row(options());
  by_label.step(data.whole());
  auto batch = data.whole();
  batch.targets = rows;
  by_row.step(batch);
  CHECK(same_bits<float>(by_label.parameters().flat(), by_row.parameters().flat()));
  const std::vector<float> weights{1, 0, 1, 1, 0, 1};
  auto fewer = batch, fewer_labels = data.whole();
  fewer.weights = fewer_labels.weights = weights;
  by_label.step(fewer_labels);
  by_row.step(fewer);
  CHECK(same_bits<float>(by_label.parameters().flat(), by_row.parameters().flat()));
}

TEST_CASE("trainer: rules decide what is frozen, what decays and how fast it learns") {
  const Data data;
  auto rules = options();
  rules.rules = train::frozen("head", train::frozen("embedding", train::decay_kernels_only));
  rules.clip_norm = 0;
  Trainer trainer(rules);
  const auto before = trainer.parameters();
  const auto report = trainer.step(data.whole());
  double squares = 0;
  for (const auto& entry : before.layout()) {
    const std::string name(entry.name());
    CAPTURE(name);
    const bool changed = !std::ranges::equal(trainer.parameters().values(entry), before.values(entry));
    const bool is_frozen = name.find("embedding") != name.npos || name.find("head") != name.npos;
    if (is_frozen) {
      CHECK(!changed);
    } else if (name.ends_with("/kernel")) {
      CHECK(changed);
    }
    if (!is_frozen)
      for (float value : trainer.gradients().values(entry)) squares += static_cast<double>(value) * static_cast<double>(value) / 36;
  }
  CHECK(report.gradient_norm == doctest::Approx(std::sqrt(squares)).epsilon(1e-6));

  auto all_frozen = options();
  all_frozen.rules = train::frozen("");
  Trainer still(all_frozen);
  const auto start = still.parameters();
  CHECK(still.step(data.whole()).gradient_norm == 0);
  CHECK(same_bits<float>(still.parameters().flat(), start.flat()));

  auto twice = options(), scaled = options();
  twice.schedule.base = 2e-2;
  scaled.rules = [](const LayoutEntry&) { return train::ParameterRule{.rate_scale = 2}; };
  Trainer fast(twice), also_fast(scaled);
  fast.step(data.whole());
  also_fast.step(data.whole());
  CHECK(same_bits<float>(fast.parameters().flat(), also_fast.parameters().flat()));

  auto bad = options();
  bad.rules = [](const LayoutEntry&) { return train::ParameterRule{.rate_scale = -1}; };
  CHECK_THROWS_AS(Trainer{bad}, Error);
}

TEST_CASE("rules: what decays, by name and rank") {
  std::vector<std::string> kept;
  for (const auto& entry : Parameters<Model, float>::layout())
    if (!train::decay_kernels_only(entry).decays) kept.emplace_back(entry.name());
  for (const char* name : {"cls", "posembed_input/pos_embedding", "Transformer/encoder_norm/scale", "output_projection/bias", "embedding/bias"})
    if (std::ranges::any_of(Parameters<Model, float>::layout(), [&](const auto& entry) { return entry.name() == name; }))
      CHECK(std::ranges::find(kept, name) != kept.end());
  for (const auto& name : kept) CHECK(!name.ends_with("kernel"));
  const auto biases = std::ranges::count_if(Parameters<Model, float>::layout(), [](const auto& entry) { return entry.name().ends_with("bias"); });
  CHECK(std::ranges::count_if(kept, [](const auto& name) { return name.ends_with("bias"); }) == biases);
}

TEST_CASE("trainer: gradient descent with momentum, by its equations") {
  const Data data;
  SgdTrainer trainer({.schedule = {train::Decay::constant, 0.05}, .optimizer = {.momentum = 0.8, .weight_decay = 0.01}});
  std::vector<double> velocity(trainer.parameters().flat().size(), 0), parameters(trainer.parameters().flat().begin(), trainer.parameters().flat().end());
  for (int step = 0; step < 3; ++step) {
    trainer.step(data.whole());
    for (std::size_t i = 0; i < velocity.size(); ++i) {
      velocity[i] = 0.8 * velocity[i] + static_cast<double>(trainer.gradients().flat()[i]) / 6 + 0.01 * parameters[i];
      parameters[i] -= 0.05 * velocity[i];
      if (!(std::abs(parameters[i] - static_cast<double>(trainer.parameters().flat()[i])) <= 1e-6)) FAIL_CHECK("parameter " << i);
    }
  }
  CHECK(std::get<0>(trainer.optimizer().state()).prefix == "sgd/velocity/");
  CHECK(&std::get<0>(trainer.optimizer().state()).parameters == &trainer.optimizer().velocity);
  CHECK_THROWS_AS(check(train::SgdOptions{.momentum = 1}), Error);
  CHECK_THROWS_AS(check(train::SgdOptions{.weight_decay = -1}), Error);
}

TEST_CASE_TEMPLATE("gradient descent: a velocity never stays subnormal, and weights without gradient are left alone", T, float, double) {
  constexpr T smallest = std::numeric_limits<T>::min();
  const ops::SgdStep<T> step{.momentum = T(0.9), .rate = T(0.1), .decay = T(0), .gradient_scale = T(1)};
  std::vector<T> gradient(37, T(0)), v(37, smallest * T(1.05)), p(37, T(0.7));
  v[3] = -smallest;
  v[5] = smallest * T(0.25);
  CHECK(ops::sgd(step, gradient.data(), 37, v.data(), p.data()));
  for (std::size_t i = 0; i < 37; ++i) CHECK((v[i] == 0 && p[i] == T(0.7)));
  gradient[1] = smallest;
  CHECK(ops::sgd(step, gradient.data(), 37, v.data(), p.data()));
  CHECK(v[1] == smallest);
}

TEST_CASE("trainer: the average follows the parameters") {
  const Data data;
  auto averaging = options();
  averaging.average = {.decay = 0.9};
  Trainer trainer(averaging);
  REQUIRE(trainer.average());
  CHECK(same_bits<float>(trainer.average()->flat(), trainer.parameters().flat()));
  std::vector<double> wanted;
  for (int step = 1; step <= 4; ++step) {
    trainer.step(data.whole());
    const auto now = trainer.parameters().flat();
    if (step == 1) wanted.assign(now.begin(), now.end());  // timm: the first update copies
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (step > 1) wanted[i] = 0.9 * wanted[i] + 0.1 * static_cast<double>(now[i]);
      if (!(std::abs(wanted[i] - static_cast<double>(trainer.average()->flat()[i])) <= 1e-6)) FAIL_CHECK("average " << i);
    }
  }
  const train::AverageOptions warm{.decay = 0.9999, .warm_up = true, .start = 2};
  CHECK(warm.decay_after(3) == 0);
  CHECK(warm.decay_after(4) == doctest::Approx(1 - std::pow(2.0, -2.0 / 3)));
  CHECK(warm.decay_after(1000000000) == 0.9999);
  CHECK_THROWS_AS(check(train::AverageOptions{.decay = 1}), Error);
  Trainer without(options());
  CHECK(without.average() == nullptr);
}
