#pragma once
/// What a sample's results may not depend on: its batch, its place in it, and the number of threads.
#include <doctest/doctest.h>

#include <numeric>
#include <thread>

#include "model_problem.hpp"
#include "threads.hpp"

namespace adatape::testing {

/// Everything that a pass computed for one sample.
template <class T>
struct SampleResult {
  std::vector<T> values{};       ///< logits, ponder, weights of every read or remainders of every unit
  std::vector<Index> choices{};  ///< length and indices of every read, or updates of every unit
  bool operator==(const SampleResult& other) const { return same_bits(values, other.values) && choices == other.choices; }
};

template <class Config, class T, class Output>
SampleResult<T> sample_result(const Output& output, Index b) {
  constexpr Index classes = Config::num_classes;
  SampleResult<T> result;
  result.values.assign(output.logits + b * classes, output.logits + (b + 1) * classes);
  result.values.push_back(output.ponder[b]);
  if constexpr (Config::encoder == model::Encoder::act) {
    for (const auto& unit : output.trace.sample(b)) {
      result.values.push_back(unit.remainder);
      result.choices.push_back(static_cast<Index>(unit.updates));
    }
  } else {
    for (const auto& read : output.trace.read) {
      result.choices.push_back(read.length[static_cast<std::size_t>(b)]);
      for (Index n = 0; n < read.steps; ++n) {
        const auto indices = read.step_indices(b, n);
        const auto weights = read.step_weights(b, n);
        result.choices.insert(result.choices.end(), indices.begin(), indices.end());
        result.values.insert(result.values.end(), weights.begin(), weights.end());
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
    check_threads();
    check_user_threads();
    problem_.training = true;
    problem_.settings = {.dropout = 0.1, .stochastic_depth = 0.2, .query_noise = 0.1, .bernoulli_p = 0.1};
    check_batches(true);
    check_threads();
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

  /// The results of the samples in `order`, as one batch.
  std::vector<SampleResult<T>> run(const std::vector<Index>& order, bool inferring) const {
    auto batch = problem_;
    batch.samples = static_cast<Index>(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      std::copy_n(problem_.input.begin() + order[i] * Model::input_size, Model::input_size, batch.input.begin() + static_cast<Index>(i) * Model::input_size);
      batch.numbers[i] = problem_.numbers[static_cast<std::size_t>(order[i])];
    }
    batch.numbers.resize(order.size());
    Arena arena;
    typename Model::template Saved<T> saved;
    const auto output = inferring ? batch.infer(arena) : batch.forward(saved, arena);
    std::vector<SampleResult<T>> results;
    for (Index b = 0; b < batch.samples; ++b) results.push_back(sample_result<Config, T>(output, b));
    return results;
  }

  /// Every sample alone, then in batches of several sizes and orders. Inference only where nothing is random.
  void check_batches(bool training) const {
    std::vector<SampleResult<T>> alone;
    for (Index b = 0; b < samples; ++b) alone.push_back(run({b}, false)[0]);
    std::vector<Index> order(samples);
    std::iota(order.begin(), order.end(), 0);
    for (const std::size_t count : {9u, 7u, 5u, 3u, 2u, 1u}) {
      for (const bool inferring : {false, true}) {
        if (inferring && training) continue;
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
  }

  void check_threads() const {
    struct Pass {
      double loss;
      std::vector<SampleResult<T>> results;
      Parameters<Model, T> gradients;
      std::vector<T> dinput;
    };
    std::vector<Index> order(samples);
    std::iota(order.begin(), order.end(), 0);
    const auto pass = [&](int count) {
      const Threads threads(count);
      Pass result{0, run(order, false), {}, std::vector<T>(problem_.input.size(), T(0))};
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

  /// Threads of the caller share the constant model, each with an arena of its own.
  void check_user_threads() const {
    std::vector<Index> order(samples);
    std::iota(order.begin(), order.end(), 0);
    const auto expected = run(order, true);
    std::vector<std::vector<SampleResult<T>>> found(4);
    std::vector<std::thread> threads;
    for (auto& result : found) threads.emplace_back([&] { result = run(order, true); });
    for (auto& thread : threads) thread.join();
    for (const auto& result : found) CHECK(result == expected);
  }

  ModelProblem<Config, T> problem_;
};

/// Widths of whole vectors; the golden configurations have others.
struct Width64 : verify::Golden {
  static constexpr int hidden_size = 64, num_heads = 4, split_tt = 4, mlp_dim = 96, num_layers = 2, enc_tt_mlp_dim = 40;
};
struct Width192 : verify::Golden {
  static constexpr tape::BankType bank_type = tape::BankType::input;
  static constexpr int hidden_size = 192, num_heads = 3, split_tt = 3, mlp_dim = 200, num_layers = 2;
};

}  // namespace adatape::testing
