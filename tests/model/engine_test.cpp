#include "adatape/model/engine.hpp"

#include <doctest/doctest.h>

#include "model_problem.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <class T>
bool same_bits(const T* a, const T* b, Index count) {
  return std::equal(a, a + count, b);
}

std::span<const float> sample(const std::vector<float>& input, Index b, Index size) {
  return std::span(input).subspan(static_cast<std::size_t>(b * size), static_cast<std::size_t>(size));
}

void check_same_record(const act::ActTrace<float>& whole, const act::ActTrace<float>& alone, Index b) {
  CHECK(
      std::ranges::equal(whole.sample(b), alone.sample(0), [](const auto& x, const auto& y) { return x.updates == y.updates && x.remainder == y.remainder; }));
}
template <class Trace>
void check_same_record(const Trace& whole, const Trace& alone, Index b) {
  for (std::size_t r = 0; r < whole.read.size(); ++r) {
    const auto &all = whole.read[r], &one = alone.read[r];
    CHECK(all.length[static_cast<std::size_t>(b)] == one.length[0]);
    CHECK(all.ponder[static_cast<std::size_t>(b)] == one.ponder[0]);
    for (Index n = 0; n < all.num_tape_tokens; ++n) {
      CHECK(std::ranges::equal(all.step_indices(b, n), one.step_indices(0, n)));
      CHECK(std::ranges::equal(all.step_weights(b, n), one.step_weights(0, n)));
    }
  }
}

/// A small model of two reads with 70 samples, and its engine.
struct TwoReads {
  using Config = verify::LearnTwoReads;
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem{70, 9};
  const model::Engine<Model> engine{problem.parameters};
};

/// 145 tokens of 384 values: a part is one sample (kValuesAtOnce).
struct LargeSamples : verify::LearnTwoReads {
  static constexpr std::array<int, 3> image{48, 48, 1};
  static constexpr int hidden_size = 384, num_heads = 2, mlp_dim = 16;
};

/// The outputs of a batch, of at most 100 of its samples, have the bits of the samples alone, with each number of threads. Three threads compute seven large
/// samples together, one after the other; two threads compute them in eight parts, of which one is empty.
template <class Config>
void check_parts(Index samples, std::initializer_list<int> threads) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(samples, 9);
  const model::Engine<Model> engine(problem.parameters);
  for (int count : threads) {
    const Threads of_scope(count);
    Arena together, alone;
    const auto whole = engine.run(problem.input, together);
    for (Index b = 0; b < samples; b += 1 + samples / 100) {
      const auto one = engine.run(sample(problem.input, b, Model::input_size), alone);
      CHECK(same_bits(whole.logits + b * Model::classes, one.logits, Model::classes));
      CHECK(whole.ponder[b] == one.ponder[0]);
      CHECK(same_bits(whole.pooled + b * Model::D, one.pooled, Model::D));
      check_same_record(whole.trace, one.trace, b);
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("engine: a batch that runs in parts gives the bits of its samples alone", Config, verify::LearnTwoReads, verify::InputTokenTwoFfn,
                   verify::ActAccumulated, verify::VitGap) {
  check_parts<Config>(600, {1, 2});  // three or more parts
}
TEST_CASE("engine: large samples that run alone, by one thread or by all, give the same bits") { check_parts<LargeSamples>(7, {1, 2, 3}); }

#if defined(_OPENMP)
TEST_CASE_FIXTURE(TwoReads, "engine: inside a parallel region of the caller it computes the same bits, and refuses what it refuses elsewhere") {
  Arena of_all;
  const auto expected = engine.run(problem.input, of_all);
  for (const int team : {1, 3}) {
    std::vector<int> right(6), refused(6);
#pragma omp parallel for num_threads(team)
    for (std::size_t i = 0; i < 6; ++i) {
      Arena workspace;
      const auto output = engine.run(problem.input, workspace);
      right[i] = same_bits(output.logits, expected.logits, 70 * Model::classes);
      try {
        engine.run(std::span(problem.input).first(5), workspace);
      } catch (const Error&) {
        refused[i] = 1;
      }
    }
    CHECK(right == std::vector<int>(6, 1));
    CHECK(refused == std::vector<int>(6, 1));
  }
}
#endif

TEST_CASE_TEMPLATE("engine: the features are what the head makes logits of", Config, verify::LearnTwoReads, verify::ActMixed, verify::VitToken) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(3, 9);
  Arena arena, training_arena;
  const auto output = model::Engine<Model>(problem.parameters).run(problem.input, arena);
  const auto& head = problem.parameters->end.head;
  typename Model::template Saved<float> saved;
  const auto trained = problem.forward(saved, training_arena);
  for (Index b = 0; b < 3; ++b)
    for (Index c = 0; c < Model::classes; ++c) {
      float wanted = head.bias.data()[c];
      for (Index d = 0; d < Model::D; ++d) wanted += output.pooled_matrix()(b, d) * head.kernel.data()[d * Model::classes + c];
      CHECK(output.logits_matrix()(b, c) == doctest::Approx(wanted).epsilon(1e-4));
      CHECK(trained.pooled_matrix()(b, c) == doctest::Approx(output.pooled_matrix()(b, c)).epsilon(1e-4));
    }
}

TEST_CASE("output: what a pass returns, and the gradients that backward takes, as Eigen matrices") {
  using Model = model::Classifier<verify::LearnTwoReads>;
  const ModelProblem<verify::LearnTwoReads, float> problem(3, 9);
  Arena arena;
  const auto output = model::Engine<Model>(problem.parameters).run(problem.input, arena);
  CHECK(output.ponder_vector().size() == 3);
  CHECK(output.ponder_vector().data() == output.ponder);
  const RowMatrix<float> dlogits = RowMatrix<float>::Random(3, Model::classes), wide = RowMatrix<float>::Random(3, Model::classes + 1);
  const Eigen::VectorXf dponder = Eigen::VectorXf::Random(3);
  const auto gradient = output.gradient(dlogits, dponder);
  CHECK(gradient.dlogits == dlogits.data());
  CHECK(gradient.dponder == dponder.data());
  CHECK_THROWS_WITH_AS(output.gradient(dlogits.topRows(2), dponder), "gradient of the logits: wanted a matrix of 3 rows, found 2", Error);
  CHECK_THROWS_AS(output.gradient(wide, dponder), Error);
  CHECK_THROWS_AS(output.gradient(wide.leftCols(Model::classes), dponder), Error);
  CHECK_THROWS_WITH_AS(output.gradient(dlogits, dponder.head(2)), "gradient of ponder: wanted a matrix of 3 rows, found 2", Error);
  const auto takes = []<class Out, class Logits>(const Out& of, const Logits& matrix) {
    return requires { of.gradient(matrix); };
  };
  CHECK(!takes(output, dlogits));  // the model ponders
  const model::Classifier<verify::VitGap>::Output<float> plain;
  CHECK(takes(plain, dlogits));
  CHECK(!takes(plain, Eigen::MatrixXf(dlogits)));
}

TEST_CASE_FIXTURE(TwoReads, "engine: a threshold out of range is refused before any thread starts") {
  Arena workspace;
  CHECK_THROWS_AS(engine.run(problem.input, workspace, {.tau = 7.5}), Error);
  CHECK_THROWS_AS(engine.run(sample(problem.input, 0, Model::input_size), workspace, {.tau = -1}), Error);
}

TEST_CASE_FIXTURE(TwoReads, "engine: input of a wrong size or inside the workspace, and a workspace in use, are refused") {
  Arena workspace;
  CHECK_THROWS_AS(engine.run(std::span(problem.input).first(problem.input.size() - 1), workspace), Error);
  const auto inside = workspace.take_span<float>(std::ssize(problem.input));
  std::ranges::copy(problem.input, inside.begin());
  CHECK_THROWS_WITH_AS(engine.run(inside, workspace), "Engine::run: wanted input outside of the workspace, which this call overwrites", Error);
  {
    const Arena::Scope scope(workspace);
    CHECK_THROWS_AS(engine.run(problem.input, workspace), Error);
  }
  CHECK_THROWS_AS(engine.run(problem.input, thread_arena()), Error);
  CHECK(engine.run(std::span<const float>{}, workspace).samples == 0);
  CHECK(engine.run(problem.input, workspace).samples == 70);
}

TEST_CASE("engine: Eigen matrices of either storage order give the bits of the span") {
  using Config = verify::LearnTwoReads;
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(6, 9);
  const model::Engine<Model> engine(problem.parameters);
  Arena of_span, of_matrix;
  const auto expected = engine.run(problem.input, of_span);
  const Eigen::Map<const RowMatrix<float>> rows(problem.input.data(), 6, Model::input_size);
  const Eigen::MatrixXf columns = rows;
  RowMatrix<float> wider(6, Model::input_size + 3);
  wider.setZero();
  wider.leftCols(Model::input_size) = rows;
  const auto check = [&](const auto& output) { CHECK(same_bits(output.logits, expected.logits, 6 * Model::classes)); };
  check(engine.run(rows, of_matrix));
  check(engine.run(columns, of_matrix));
  check(engine.run(wider.leftCols(Model::input_size), of_matrix));
}

TEST_CASE("engine: Eigen matrices of another number of columns are refused, of either storage order") {
  using Config = verify::LearnTwoReads;
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(1, 9);
  const model::Engine<Model> engine(problem.parameters);
  Arena workspace;
  for (const Index columns : {Index{0}, Model::input_size - 1, Model::input_size + 1}) {
    CAPTURE(columns);
    const std::string sentence = "Engine::run: wanted a matrix of " + std::to_string(Model::input_size) + " columns, found " + std::to_string(columns);
    CHECK_THROWS_WITH_AS(engine.run(Eigen::MatrixXf(2, columns), workspace), sentence.c_str(), Error);
    CHECK_THROWS_WITH_AS(engine.run(RowMatrix<float>(2, columns), workspace), sentence.c_str(), Error);
    CHECK_THROWS_WITH_AS(engine.run(2 * RowMatrix<float>::Zero(2, columns), workspace), sentence.c_str(), Error);
  }
}

TEST_CASE("engine: offsets and sample numbers inside the workspace are refused, as values are") {
  using Given = verify::GivenTokens;
  const ModelProblem<Given, float> given(7, 3);
  const model::Engine<model::Classifier<Given>> engine(given.parameters);
  Arena workspace;
  const auto inside = [&](const auto& values) {
    const auto copy = workspace.take_span<std::remove_cvref_t<decltype(values[0])>>(std::ssize(values));
    std::ranges::copy(values, copy.begin());
    return copy;
  };
  constexpr const char* sentence = "Engine::run: wanted input outside of the workspace, which this call overwrites";
  CHECK_THROWS_WITH_AS(engine.run({{given.input, inside(given.input_offsets)}, {given.bank, given.bank_offsets}}, workspace), sentence, Error);
  CHECK_THROWS_WITH_AS(engine.run({{given.input, given.input_offsets}, {given.bank, inside(given.bank_offsets)}}, workspace), sentence, Error);
  CHECK_NOTHROW(engine.run(given.all(), workspace));
  using Ponders = verify::PonderNetShared;
  const ModelProblem<Ponders, float> problem(4, 3);
  const model::Engine<model::Classifier<Ponders>> pondering(problem.parameters);
  workspace.reset();
  CHECK_THROWS_WITH_AS(pondering.run(problem.input, workspace, {.halting = HaltingRule::sample}, {.sample_numbers = inside(problem.numbers)}), sentence, Error);
}

TEST_CASE("engine: it can be moved, and one that was moved from is refused until it loads") {
  using Config = verify::LearnTwoReads;
  using Model = model::Classifier<Config>;
  ModelProblem<Config, float> problem(6, 9);
  model::Engine<Model> first(problem.parameters);
  Arena before, after;
  const auto expected = first.run(problem.input, before);
  std::vector<model::Engine<Model>> engines;
  engines.push_back(std::move(first));
  const auto output = engines[0].run(problem.input, after);
  CHECK(same_bits(output.logits, expected.logits, 6 * Model::classes));
  CHECK_THROWS_AS(first.run(problem.input, after), Error);  // NOLINT(bugprone-use-after-move): the refusal is what is tested
  first.load(problem.parameters);
  CHECK_NOTHROW(first.run(problem.input, after));
  const auto moved = std::move(problem.parameters);
  CHECK_THROWS_AS(first.load(problem.parameters), Error);
}

TEST_CASE("engine: packing into the thread's own scratch keeps the weights") {
  using Config = verify::VitGap;
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(3, 9);
  Arena of_engine, arena;
  const auto expected = model::Engine<Model>(problem.parameters).run(problem.input, of_engine);
  const Arena::Scope scope(thread_arena());
  const auto packed = Model::pack_weights(*problem.parameters, thread_arena());
  const auto output = Model::infer(packed, problem.input, Context{.arena = arena});
  CHECK(same_bits(output.logits, expected.logits, 3 * Model::classes));
}

TEST_CASE("engine: a result that is not finite is marked") {
  using Config = verify::VitGap;
  using Model = model::Classifier<Config>;
  ModelProblem<Config, float> problem(3, 9);
  Arena workspace;
  const auto finite = model::Engine<Model>(problem.parameters).run(problem.input, workspace);
  for (Index b = 0; b < 3; ++b) CHECK(finite.is_finite(b));
  problem.input[static_cast<std::size_t>(Model::input_size)] = 3e38f;
  for (float& value : problem.parameters.flat()) value *= 1e30f;
  const auto output = model::Engine<Model>(problem.parameters).run(problem.input, workspace);
  CHECK(!output.is_finite(1));
}

TEST_CASE_TEMPLATE("engine: every model refuses a threshold that cannot be meant", Config, verify::LearnTwoReads, verify::VitGap, verify::ActBasic,
                   verify::FixedLearn) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(2, 9);
  const model::Engine<Model> engine(problem.parameters);
  Arena workspace;
  const double infinity = std::numeric_limits<double>::infinity();
  for (double tau : {-1.0, -1e-9, Config::num_tape_tokens + 0.5, infinity, -infinity, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(engine.run(problem.input, workspace, {.tau = tau}), Error);
  for (double tau : {0.0, 1e-9, 1.0}) CHECK_NOTHROW(engine.run(problem.input, workspace, {.tau = tau}));
}
