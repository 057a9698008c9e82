#pragma once
/// What a sample's results may not depend on: its batch, its place in it, and the number of threads.
#include <doctest/doctest.h>

#include <numeric>
#include <thread>

#include "larger.hpp"
#include "model_problem.hpp"
#include "threads.hpp"

namespace adatape::testing {

/// Everything that a pass computed for one sample.
template <class T>
struct SampleResult {
  std::vector<T> values{};       ///< logits of every prediction, ponder, weights of every read, remainders of every unit, or lambda of every step
  std::vector<Index> choices{};  ///< length and indices of every read, updates of every unit, or steps taken
  bool operator==(const SampleResult& other) const { return same_bits(values, other.values) && choices == other.choices; }
};

template <class Config, class T, class Output>
SampleResult<T> sample_result(const Output& output, Index b) {
  constexpr Index classes = Config::num_classes;
  SampleResult<T> result;
  for (Index row = b; row < output.rows(); row += output.samples)
    result.values.insert(result.values.end(), output.logits + row * classes, output.logits + (row + 1) * classes);
  result.values.push_back(output.ponder[b]);
  if constexpr (Config::encoder == model::Encoder::pondernet) {
    const auto lambda = output.trace.lambda_of(b), probability = output.trace.probability_of(b);
    result.values.insert(result.values.end(), lambda.begin(), lambda.end());
    result.values.insert(result.values.end(), probability.begin(), probability.end());
    result.choices.push_back(output.trace.steps(b));
  } else if constexpr (Config::encoder == model::Encoder::act) {
    for (const auto& unit : output.trace.sample(b)) {
      result.values.push_back(unit.remainder);
      result.choices.push_back(static_cast<Index>(unit.updates));
    }
  } else {
    for (const auto& read : output.trace.read) {
      result.choices.push_back(read.length[static_cast<std::size_t>(b)]);
      for (Index n = 0; n < read.length[static_cast<std::size_t>(b)]; ++n)
        for (std::size_t j = 0; j < static_cast<std::size_t>(read.tokens_per_step) && read.step_indices(b, n)[j] >= 0; ++j) {
          result.choices.push_back(read.step_indices(b, n)[j]);
          result.values.push_back(read.step_weights(b, n)[j]);
        }
    }
  }
  return result;
}

template <class Config, class T>
class Invariance {
 public:
  using Model = model::Classifier<Config>;
  static constexpr Index samples = 9;

  Invariance() : problem_(samples, 21) { seek_unequal_lengths(); }

  void check() {
    CAPTURE(Config::hidden_size);
    check_batches(false);
    check_batches(true);
    if constexpr (Model::predictions == 1) check_inference();
    check_threads();
    check_user_threads();
    check_recomputation();
    check_halting_rules();
    problem_.training = true;
    problem_.settings = {.dropout = 0.1, .stochastic_depth = 0.2, .query_noise = 0.1, .bernoulli_p = 0.1};
    check_batches(false);
    check_threads();
    check_recomputation();
  }

 private:
  /// Scores so peaked that the samples of the batch halt at different times.
  void seek_unequal_lengths() {
    if constexpr (Model::reads_tape && Config::dynamic) {
      const auto unequal = [&] {
        Arena arena;
        const auto output = problem_.infer(arena);
        for (Index b = 1; b < samples; ++b)
          if (output.tape_length(b) != output.tape_length(0)) return true;
        return false;
      };
      for (int attempt = 0; attempt < 12 && !unequal(); ++attempt) problem_.sharpen(1.2);
      REQUIRE(unequal());
    }
  }

  Settings of_inference() const { return {.tau = problem_.settings.tau, .halting = problem_.settings.halting}; }

  /// The other rules of a PonderNet, of which one draws.
  void check_halting_rules() {
    if constexpr (Model::predictions > 1)
      for (const auto rule : {HaltingRule::sample, HaltingRule::softmax_expectation, HaltingRule::sigmoid_expectation}) {
        CAPTURE(static_cast<int>(rule));
        problem_.settings.halting = rule;
        check_batches(true);
        check_user_threads();
      }
    problem_.settings.halting = HaltingRule::median;
  }

  static std::vector<Index> all() {
    std::vector<Index> order(samples);
    std::iota(order.begin(), order.end(), 0);
    return order;
  }

  /// The results of the samples in `order`, as one batch.
  std::vector<SampleResult<T>> run(const std::vector<Index>& order, bool inferring) const {
    std::vector<std::uint64_t> numbers;
    for (const Index b : order) numbers.push_back(problem_.numbers[static_cast<std::size_t>(b)]);
    Arena of_input, arena;
    const auto batch = problem_.all().chosen(order, of_input);
    auto context = problem_.context(arena);
    context.sample_numbers = numbers;
    typename Model::template Saved<T> saved;
    const auto output = inferring ? model::Engine<Model, T>(problem_.parameters).run(batch, arena, of_inference(), {.seed = 5, .sample_numbers = numbers})
                                  : Model::forward(*problem_.parameters, batch, saved, context);
    std::vector<SampleResult<T>> results;
    for (Index b = 0; b < output.samples; ++b) results.push_back(sample_result<Config, T>(output, b));
    return results;
  }

  /// Every sample alone, then in batches of several sizes and orders.
  void check_batches(bool inferring) const {
    std::vector<SampleResult<T>> alone;
    for (Index b = 0; b < samples; ++b) alone.push_back(run({b}, inferring)[0]);
    auto order = all();
    for (const std::size_t count : {9u, 7u, 5u, 3u, 2u, 1u}) {
      shuffle<Index>(order, Stream(count, Purpose::shuffle));
      const std::vector<Index> batch(order.begin(), order.begin() + static_cast<Index>(count));
      const auto together = run(batch, inferring);
      for (std::size_t i = 0; i < count; ++i) {
        CAPTURE(count);
        CAPTURE(batch[i]);
        CAPTURE(inferring);
        CHECK(together[i] == alone[static_cast<std::size_t>(batch[i])]);
      }
    }
  }

  /// Inference rounds otherwise (residuals are added inside products), but chooses and computes the same.
  void check_inference() const {
    const auto forward = run(all(), false), inferred = run(all(), true);
    const double tolerance = 300 * static_cast<double>(std::numeric_limits<T>::epsilon());
    for (std::size_t b = 0; b < samples; ++b) {
      CHECK(inferred[b].choices == forward[b].choices);
      double largest = 1, distance = 0;
      for (std::size_t i = 0; i < forward[b].values.size(); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(forward[b].values[i])));
        distance = larger(distance, std::abs(static_cast<double>(forward[b].values[i] - inferred[b].values[i])));
      }
      CHECK(distance <= tolerance * largest);
    }
  }

  /// Computing blocks again in backward changes no bit.
  void check_recomputation() {
    Parameters<Model, T> kept, again;
    auto kept_dinput = problem_.no_gradient(), again_dinput = kept_dinput;
    const double loss = problem_.backward(kept, kept_dinput);
    problem_.settings.recompute = true;
    CHECK(problem_.backward(again, again_dinput) == loss);
    problem_.settings.recompute = false;
    CHECK(same_bits<T>(kept.flat(), again.flat()));
    CHECK(same_bits(kept_dinput, again_dinput));
  }

  void check_threads() const {
    struct Pass {
      double loss;
      std::vector<SampleResult<T>> results;
      Parameters<Model, T> gradients;
      std::vector<T> dinput;
    };
    const auto pass = [&](int count) {
      const Threads threads(count);
      Pass result{0, run(all(), false), {}, problem_.no_gradient()};
      result.loss = problem_.backward(result.gradients, result.dinput);
      return result;
    };
    const auto one = pass(1);
    for (const int count : {2, 3, 8}) {
      CAPTURE(count);
      const auto several = pass(count);
      CHECK(several.loss == one.loss);
      CHECK(several.results == one.results);
      CHECK(same_bits(several.dinput, one.dinput));
      for (const auto& entry : one.gradients.layout()) {
        CAPTURE(std::string(entry.name()));
        CHECK(same_bits(several.gradients.values(entry), one.gradients.values(entry)));
      }
    }
  }

  /// Threads of the caller share one constant engine, each with a workspace of its own.
  void check_user_threads() const {
    const model::Engine<Model, T> engine(problem_.parameters);
    const auto results = [&] {
      Arena workspace;
      const auto output = engine.run(problem_.all(), workspace, of_inference(), {.seed = 5, .sample_numbers = problem_.numbers});
      std::vector<SampleResult<T>> found;
      for (Index b = 0; b < samples; ++b) found.push_back(sample_result<Config, T>(output, b));
      return found;
    };
    const auto expected = results();
    std::vector<std::vector<SampleResult<T>>> found(4);
    std::vector<std::thread> threads;
    for (auto& result : found) threads.emplace_back([&] { result = results(); });
    for (auto& thread : threads) thread.join();
    for (const auto& result : found) CHECK(result == expected);
  }

  ModelProblem<Config, T> problem_;
};

/// Widths of whole vectors; the golden configurations have others.
struct Width64 : verify::Golden {
  static constexpr int hidden_size = 64, num_heads = 4, split_tt = 4, mlp_dim = 96, num_layers = 2, enc_tt_mlp_dim = 40;
};
/// The same with all options of blocks.
struct Width64OfBlocks : Width64 {
  static constexpr double layer_norm_epsilon = 1e-3, layer_scale = 0.5;
  static constexpr bool qkv_bias = false;
};
struct Width192 : verify::Golden {
  static constexpr tape::BankType bank_type = tape::BankType::input;
  static constexpr int hidden_size = 192, num_heads = 3, split_tt = 3, mlp_dim = 200, num_layers = 2;
};

}  // namespace adatape::testing
