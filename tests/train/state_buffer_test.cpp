#include "adatape/train/state_buffer.hpp"

#include <doctest/doctest.h>

#include <cstdint>

#include "adatape/train/sgd.hpp"
#include "trained_model.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

using Buffer = train::StateBuffer<Model, float>;
using All = Parameters<Model, float>;

std::vector<train::ParameterRange> ranges(const train::ParameterRules& rules) { return train::parameter_ranges(All::layout(), All::flat_size, rules); }

const LayoutEntry& entry_of(std::string_view name) { return *std::ranges::find(All::layout(), name, &LayoutEntry::name); }

bool is_block(const LayoutEntry& entry) { return entry.name().find("encoderblock_") != std::string_view::npos; }

/// AdamW as a user may write it: without the members for rules, so with state of all tensors.
template <class M, class T>
struct WholeAdamW {
  using Options = train::AdamWOptions;
  train::AdamW<M, T> inner;
  void update(Parameters<M, T>& parameters, const Parameters<M, T>& gradients, const Options& options, const train::UpdateStep& step) {
    inner.update(parameters, gradients, options, step);
  }
  auto state() { return inner.state(); }
  auto state() const { return inner.state(); }
};
using WholeTrainer = train::Trainer<Model, float, train::CrossEntropy, WholeAdamW>;
using SgdTrainer = train::Trainer<Model, float, train::CrossEntropy, train::Sgd>;

template <class T>
typename T::Options options(train::ParameterRules rules = {}) {
  typename T::Options result{.schedule = {train::Decay::constant, 1e-2}, .optimizer = {.weight_decay = 0.01}, .rules = std::move(rules), .clip_norm = 1};
  result.settings.dropout = 0.1;
  return result;
}

template <class T>
void run(T& trainer, Index steps) {
  for (Index i = 0; i < steps; ++i) {
    const ModelProblem<Config, float> problem(5, static_cast<std::uint64_t>(50 + trainer.step_number()));
    trainer.step({problem.input, problem.labels, {}, problem.numbers});
  }
}

}  // namespace

TEST_CASE("state buffer: without rules it is laid out as the parameters") {
  const Buffer everything;
  const auto flat = everything.flat();
  CHECK(everything.bytes() == sizeof(float) * static_cast<std::size_t>(All::flat_size));
  CHECK(std::ranges::all_of(flat, [](float value) { return value == 0; }));
  for (const auto& entry : Buffer::layout()) CHECK(everything.values(entry).data() == flat.data() + entry.offset);
  CHECK(everything.fits({}));
  CHECK(everything.fits(ranges(train::decay_kernels_only)));
  CHECK(Buffer(ranges({})).bytes() == everything.bytes());
}

TEST_CASE("state buffer: it has memory for trained tensors only, whole and aligned") {
  const Buffer buffer(ranges(train::frozen("encoderblock_", train::decay_kernels_only)));
  std::size_t values = 0;
  const float* last = nullptr;
  for (std::size_t i = 0; i < All::layout().size(); ++i) {
    const auto& entry = All::layout()[i];
    CHECK(buffer.holds(entry) == !is_block(entry));
    if (is_block(entry)) continue;
    values += static_cast<std::size_t>((i + 1 < All::layout().size() ? All::layout()[i + 1].offset : All::flat_size) - entry.offset);
    const auto held = buffer.values(entry);
    CHECK(held.size() == static_cast<std::size_t>(entry.size));
    CHECK(reinterpret_cast<std::uintptr_t>(held.data()) % kAlignment == 0);
    CHECK((last == nullptr || held.data() > last));
    last = held.data() + held.size() - 1;
    CHECK(last < buffer.flat().data() + buffer.flat().size());
  }
  CHECK(buffer.flat().size() == values);
  CHECK(buffer.bytes() == sizeof(float) * values);
  CHECK(buffer.bytes() < Buffer().bytes() / 2);
  CHECK_THROWS_WITH_AS(buffer.values(entry_of("Transformer/encoderblock_0/LayerNorm_0/bias")),
                       "StateBuffer: wanted a trained tensor, found \"Transformer/encoderblock_0/LayerNorm_0/bias\"", Error);
  CHECK(Buffer(ranges(train::frozen(""))).bytes() == 0);

}

TEST_CASE("state buffer: a range that has a part of a tensor has room for that part, rounded outwards") {
  constexpr Index unit = kAlignment / sizeof(float);
  const auto& kernel = entry_of("output_projection/kernel");
  REQUIRE(kernel.size > 2 * unit);
  const train::ParameterRange part{kernel.offset + 3, kernel.offset + 5, {}};
  Buffer one(std::span(&part, 1));
  CHECK(!one.holds(kernel));
  CHECK_THROWS_AS(one.values(kernel), Error);
  CHECK(one.flat().size() == static_cast<std::size_t>(unit));
  CHECK(one.data(part.begin) == one.flat().data() + 3);
  CHECK_NOTHROW(one.require_ranges("test", std::span(&part, 1)));
  const train::ParameterRange longer{kernel.offset + 3, kernel.offset + unit + 1, {}};
  CHECK_THROWS_WITH_AS(one.require_ranges("test", std::span(&longer, 1)),
                       "test: wanted state of every trained tensor, found none of \"output_projection/kernel\"; set_ranges makes room for it", Error);

  // Parts of two buffers that overlap: what both hold stays.
  const std::vector<train::ParameterRange> two{{0, unit, {}}, {unit, kernel.offset, {.trained = false}}, {kernel.offset, kernel.offset + 2 * unit, {}}};
  *one.data(part.begin) = 7;
  Buffer both = one.for_ranges(two);
  CHECK(both.flat().size() == static_cast<std::size_t>(3 * unit));
  CHECK(*both.data(part.begin) == 7);
  CHECK(std::ranges::count(both.flat(), 0.f) == 3 * unit - 1);
  CHECK(*both.for_ranges(std::span(&longer, 1)).data(part.begin) == 7);
  CHECK(std::ranges::count(Buffer(both.for_ranges({})).flat(), 7.f) == 1);
}

TEST_CASE("state buffer: other ranges keep the values of tensors that stay") {
  Buffer buffer(ranges(train::frozen("encoderblock_1")));
  for (std::size_t i = 0; i < buffer.flat().size(); ++i) buffer.flat()[i] = static_cast<float>(i + 1);
  const auto wanted = ranges(train::frozen("encoderblock_0"));
  const Buffer other = buffer.for_ranges(wanted);
  CHECK(other.fits(wanted));
  CHECK(!buffer.fits(wanted));
  for (const auto& entry : All::layout()) {
    if (!other.holds(entry)) continue;
    if (buffer.holds(entry))
      CHECK(same_bits<float>(other.values(entry), std::as_const(buffer).values(entry)));
    else
      CHECK(std::ranges::all_of(other.values(entry), [](float value) { return value == 0; }));
  }
  Buffer copy = buffer, taken = std::move(buffer);
  CHECK(same_bits<float>(copy.flat(), taken.flat()));
  CHECK_THROWS_WITH_AS(buffer.flat(), "StateBuffer: wanted the state of an optimizer, found an object that was moved from", Error);
  CHECK_THROWS_AS(Buffer{buffer}, Error);
  CHECK_THROWS_AS(buffer.holds(entry_of("cls")), Error);
  buffer = taken;
  CHECK(same_bits<float>(buffer.flat(), taken.flat()));
}

TEST_CASE_TEMPLATE("optimizer: a step that trains a tensor without state is refused and changes nothing", Optimizer, train::AdamW<Model, float>,
                   train::Sgd<Model, float>) {
  auto parameters = random_parameters<Model, float>(1), gradients = random_parameters<Model, float>(2);
  const auto before = parameters;
  const auto most = ranges(train::frozen("cls"));
  Optimizer optimizer{std::span<const train::ParameterRange>(most)};
  const std::string sentence = ": wanted state of every trained tensor, found none of \"cls\"; set_ranges makes room for it";
  CHECK_THROWS_WITH_AS(optimizer.update(parameters, gradients, {}, {.rate = 0.1}), doctest::Contains(sentence.c_str()), Error);
  CHECK(same_bits<float>(parameters.flat(), before.flat()));
  CHECK_NOTHROW(optimizer.update(parameters, gradients, {}, {.rate = 0.1, .ranges = most}));
  optimizer.set_ranges({});
  CHECK_NOTHROW(optimizer.update(parameters, gradients, {}, {.rate = 0.1}));
  Optimizer taken = std::move(optimizer);
  CHECK_THROWS_AS(optimizer.update(parameters, gradients, {}, {.rate = 0.1}), Error);
}

TEST_CASE("trainer: frozen tensors have no moments, and the others have the bits of an optimizer with all moments") {
  const auto rules = train::frozen("encoderblock_1", train::frozen("cls", train::decay_kernels_only));
  Trainer some(options<Trainer>(rules)), everything(options<Trainer>());
  WholeTrainer whole(options<WholeTrainer>(rules));
  run(some, 4);
  run(whole, 4);
  CHECK(same_bits<float>(some.parameters().flat(), whole.parameters().flat()));
  CHECK(whole.optimizer().inner.first.bytes() == everything.optimizer().first.bytes());
  CHECK(some.optimizer().first.bytes() < everything.optimizer().first.bytes() * 4 / 5);
  CHECK(some.optimizer().second.bytes() == some.optimizer().first.bytes());
  for (const auto& entry : All::layout()) {
    CHECK(some.optimizer().first.holds(entry) == (entry.name() != "cls" && entry.name().find("encoderblock_1") == std::string_view::npos));
    if (!some.optimizer().first.holds(entry)) continue;
    CHECK(same_bits<float>(some.optimizer().first.values(entry), whole.optimizer().inner.first.values(entry)));
    CHECK(same_bits<float>(some.optimizer().second.values(entry), whole.optimizer().inner.second.values(entry)));
  }

  SgdTrainer still(options<SgdTrainer>(train::frozen("")));
  CHECK(still.optimizer().velocity.bytes() == 0);
  run(still, 1);
  CHECK(still.step_number() == 1);
}

TEST_CASE("trainer: tensors can be frozen and trained again in the middle of a run") {
  const auto& head = entry_of("output_projection/kernel");
  const auto& norm = entry_of("Transformer/encoder_norm/scale");
  Trainer trainer(options<Trainer>()), untouched(options<Trainer>());
  run(trainer, 2);
  run(untouched, 2);
  const auto first = trainer.optimizer().first;

  trainer.set_options(options<Trainer>());  // the same rules: the same memory
  CHECK(same_bits<float>(trainer.optimizer().first.flat(), first.flat()));

  trainer.set_options(options<Trainer>(train::frozen("output_projection")));
  CHECK(!trainer.optimizer().first.holds(head));
  CHECK(trainer.optimizer().first.bytes() < first.bytes());
  for (const auto& entry : All::layout())
    if (trainer.optimizer().first.holds(entry)) CHECK(same_bits<float>(std::as_const(trainer).optimizer().first.values(entry), first.values(entry)));
  const auto before = trainer.parameters();
  run(trainer, 1);
  CHECK(same_bits<float>(trainer.parameters().values(head), before.values(head)));
  CHECK(!same_bits<float>(trainer.parameters().values(norm), before.values(norm)));

  const std::vector<float> kept(trainer.optimizer().second.values(norm).begin(), trainer.optimizer().second.values(norm).end());
  trainer.set_options(options<Trainer>());
  CHECK(same_bits<float>(trainer.optimizer().second.values(norm), kept));
  for (const float value : trainer.optimizer().second.values(head)) CHECK(value == 0);
  run(trainer, 1);
  CHECK(!same_bits<float>(trainer.parameters().values(head), before.values(head)));
  for (std::size_t i = 0; i < static_cast<std::size_t>(head.size); ++i) {
    const auto g = std::abs(trainer.parameters().values(head)[i] - before.values(head)[i]);
    CHECK(g < 1e-2 * 3.3);  // rate times (1 - b1) / sqrt(1 - b2), and the decay
  }

  // A range that is frozen and trained again before any step differs from a run without in nothing but the state of that range.
  untouched.set_options(options<Trainer>(train::frozen("output_projection")));
  untouched.set_options(options<Trainer>());
  CHECK(std::ranges::all_of(untouched.optimizer().first.values(head), [](float value) { return value == 0; }));
  CHECK(same_bits<float>(std::as_const(untouched).optimizer().first.values(norm), first.values(norm)));
}

namespace {

/// An optimizer that finds no memory for other rules.
template <class M, class T>
struct NoRoom : WholeAdamW<M, T> {
  bool full = false;
  void set_ranges(std::span<const train::ParameterRange>) const {
    if (full) throw std::bad_alloc();
  }
};

}  // namespace

TEST_CASE("trainer: where the optimizer has no memory for other rules, no option has changed") {
  using NoRoomTrainer = train::Trainer<Model, float, train::CrossEntropy, NoRoom>;
  NoRoomTrainer trainer(options<NoRoomTrainer>());
  trainer.optimizer().full = true;
  auto other = options<NoRoomTrainer>(train::frozen("cls"));
  other.average = {.decay = 0.9};
  other.clip_norm = 3;
  CHECK_THROWS_AS(trainer.set_options(other), std::bad_alloc);
  CHECK(trainer.average() == nullptr);
  CHECK(trainer.options().clip_norm == 1);
  const auto before = trainer.parameters();
  run(trainer, 1);
  CHECK(!same_bits<float>(trainer.parameters().values(entry_of("cls")), before.values(entry_of("cls"))));
  trainer.optimizer().full = false;
  trainer.set_options(other);
  CHECK(trainer.average() != nullptr);
}
