/// The input bank of inference, whose tokens are not made, against the bank of training, whose tokens are.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "adatape/tape/input_bank.hpp"
#include "adatape/tape/normalised_bank.hpp"
#include "random_values.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <int height, int width, int channels, int patch, int D, int keys>
struct Shape {
  using Bank = tape::ImageBank<nn::PatchGrid{height, width, channels, patch, patch}, D, keys>;
  static constexpr Index D_ = D, keys_ = keys, patch_values = patch * patch * channels, input_size = Index{height} * width * channels;
};
using Grey = Shape<9, 8, 1, 2, 12, 4>;      // fewer values in a patch than in a token
using Colour = Shape<13, 10, 3, 4, 24, 8>;  // more
using Square = Shape<8, 8, 3, 2, 13, 13>;   // one more than a centred token has
using Wide = Shape<24, 16, 3, 8, 256, 64>;  // whole registers, several strips of the factor
using OnePatch = Shape<3, 3, 2, 3, 7, 7>;

/// Both banks of the same images.
template <class Of, class T>
struct Problem {
  using Bank = typename Of::Bank;
  static constexpr Index D = Of::D_, K = Bank::size, samples = 3, rows = samples * K;
  Parameters<Bank, T> parameters = random_parameters<Bank, T>(5, 0.2);
  std::vector<T> images = random_values<T>(samples * Of::input_size, 1), scale = random_values<T>(D, 2), bias = random_values<T>(D, 3),
                 query = random_values<T>(Of::keys_, 4);
  Arena arena;
  typename Bank::template Saved<T> saved;
  tape::NormalisedBank<T> whole;
  tape::FoldedBank<T> folded;

  void make() {
    arena.reset();
    const Context context{.arena = arena};
    whole =
        tape::NormalisedBank<T>(Bank::forward(*parameters, images.data(), samples, saved, context), samples, D, Of::keys_, scale.data(), bias.data(), arena);
    folded = Bank::infer(Bank::pack_weights(*parameters, arena), images.data(), samples, context);
    folded.scale = scale.data();
    folded.bias = bias.data();
  }
  /// The same problem in double.
  Problem<Of, double> in_double() const {
    Problem<Of, double> other;
    const auto layout = parameters.layout();
    for (std::size_t i = 0; i < layout.size(); ++i)
      std::ranges::copy(parameters.values(layout[i]), other.parameters.values(other.parameters.layout()[i]).begin());
    std::ranges::copy(images, other.images.begin());
    std::ranges::copy(scale, other.scale.begin());
    std::ranges::copy(bias, other.bias.begin());
    std::ranges::copy(query, other.query.begin());
    return other;
  }
  /// The size of the terms that add up to bank token `row`: the root of the sum over its values of the squares of sum_p |x_p A_pj| + |c_j|.
  double terms(Index row) const requires std::is_same_v<T, double> {
    std::vector<double> sums(static_cast<std::size_t>(D));
    const T* const patch = folded.bank.tokens + row * Of::patch_values;
    for (Index p = 0; p < Of::patch_values; ++p) {
      std::vector<T> one(static_cast<std::size_t>(Of::patch_values), 0.0), of_one(static_cast<std::size_t>(D));
      one[static_cast<std::size_t>(p)] = patch[p];
      ops::gemm<T>(ops::row_major<const T>(one.data(), 1, Of::patch_values), folded.weights.matrix, ops::row_major(of_one.data(), 1, D));
      for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += std::abs(of_one[j]);
    }
    double squares = 0;
    for (Index j = 0; j < D; ++j) squares += std::pow(sums[static_cast<std::size_t>(j)] + std::abs(folded.weights.rows[row % K * D + j]), 2);
    return std::sqrt(squares);
  }
};

template <class T>
double deviation(T rstd) {
  return std::sqrt(std::max(0.0, 1 / (static_cast<double>(rstd) * static_cast<double>(rstd)) - ops::kLayerNormEpsilon));
}

/// A record of one read of two steps: three tokens, then two.
template <class T>
tape::ReadTrace<T> trace_of(Index samples, Index size, Arena& arena) {
  tape::ReadTrace<T> trace(samples, 2, 3, arena);
  for (Index b = 0; b < samples; ++b) {
    trace.length[static_cast<std::size_t>(b)] = 2;
    for (std::size_t j = 0; j < 3; ++j) {
      trace.step_indices(b, 0)[j] = (7 * b + 3 * static_cast<Index>(j)) % size;
      trace.step_weights(b, 0)[j] = T(0.5) / static_cast<T>(j + 1);
    }
    for (std::size_t j = 0; j < 2; ++j) {
      trace.step_indices(b, 1)[j] = (5 * b + static_cast<Index>(j)) % size;
      trace.step_weights(b, 1)[j] = T(0.5);
    }
    trace.step_weights(b, 0)[2] = T(0.25);  // they add up to 1
    trace.step_weights(b, 0)[1] = T(0.25);
  }
  return trace;
}

}  // namespace

TEST_CASE_TEMPLATE("folded bank: deviations, scores and merged tokens are those of a bank that was made, double", Of, Grey, Colour, Square, Wide, OnePatch) {
  Problem<Of, double> problem;
  problem.make();
  constexpr Index D = Of::D_, K = Problem<Of, double>::K, keys = Of::keys_;
  for (Index i = 0; i < problem.rows; ++i) CHECK(problem.folded.rstd[i] == doctest::Approx(problem.whole.rstd[i]).epsilon(1e-13));
  const auto trace = trace_of<double>(problem.samples, K, problem.arena);
  for (Index b = 0; b < problem.samples; ++b) {
    std::vector<double> found(static_cast<std::size_t>(K)), wanted(found);
    problem.folded.score(b, problem.query.data(), found);
    problem.whole.score(b, problem.query.data(), wanted);
    double same_for_all = 0;
    for (Index c = 0; c < keys; ++c) same_for_all += problem.query[static_cast<std::size_t>(c)] * problem.bias[static_cast<std::size_t>(c)];
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(std::abs(found[i] + same_for_all - wanted[i]) < 1e-11);

    std::vector<double> tape(static_cast<std::size_t>(2 * D)), wanted_tape(tape), key(static_cast<std::size_t>(keys)), wanted_key(key);
    problem.folded.merge(trace, b, tape.data());
    problem.whole.merge(trace, b, wanted_tape.data());
    for (std::size_t j = 0; j < tape.size(); ++j) CHECK(std::abs(tape[j] - wanted_tape[j]) < 1e-12);
    problem.folded.merge_key(trace, b, 1, key.data());
    problem.whole.merge_key(trace, b, 1, wanted_key.data());
    for (std::size_t j = 0; j < key.size(); ++j) CHECK(std::abs(key[j] - wanted_key[j]) < 1e-12);
  }
}

TEST_CASE_TEMPLATE("folded bank: float is as near to double as the terms of a token allow", Of, Grey, Colour, Square, Wide, OnePatch) {
  constexpr double epsilon = std::numeric_limits<float>::epsilon();
  for (const bool cancelling : {false, true}) {
    CAPTURE(cancelling);
    Problem<Of, float> problem;
    if (cancelling) {  // Position embeddings take away all of an image but its noise.
      constexpr Index D = Of::D_, K = Problem<Of, float>::K, P = Of::patch_values;
      problem.make();
      auto& p = *problem.parameters;
      for (Index i = 0; i < K; ++i)
        for (Index j = 0; j < D; ++j) {
          float sum = p.embedding.bias.values[static_cast<std::size_t>(j)];
          for (Index v = 0; v < P; ++v) sum += problem.folded.bank.tokens[i * P + v] * p.embedding.kernel.values[static_cast<std::size_t>(v * D + j)];
          p.positions.values[static_cast<std::size_t>(i * D + j)] = -sum;
        }
      for (std::size_t i = static_cast<std::size_t>(Of::input_size); i < problem.images.size(); ++i)
        problem.images[i] = problem.images[i % static_cast<std::size_t>(Of::input_size)] + 1e-3f * problem.images[i];
      for (float& value : p.project.bias.values) value *= 1e-3f;
    }
    problem.make();
    auto exact = problem.in_double();
    exact.make();
    const double D = Of::D_;
    double least = 1;
    for (Index i = 0; i < problem.rows; ++i) {
      const double terms = exact.terms(i), wanted = deviation(exact.whole.rstd[i]), found = deviation(problem.folded.rstd[i]);
      CHECK(std::abs(found - wanted) * std::sqrt(D) < 2 * epsilon * terms + 1e-6 * std::sqrt(D) * wanted);
      least = std::min(least, wanted * std::sqrt(D) / terms);
    }
    if (cancelling) CHECK(least < 2e-3);
  }
}

TEST_CASE_TEMPLATE("folded bank: equal tokens have equal scores, to the bit", T, float, double) {
  Problem<Wide, T> problem;
  std::ranges::fill(problem.parameters->positions.values, T(0.25));
  std::ranges::fill(problem.images, T(0));  // every patch is the same; then one is not
  for (std::size_t i = 0; i < 24; ++i) problem.images[i] = T(1);
  problem.make();
  std::vector<T> scores(static_cast<std::size_t>(Wide::Bank::size));
  problem.folded.score(0, problem.query.data(), scores);
  CHECK(scores[0] != scores[1]);
  for (std::size_t i = 2; i < scores.size(); ++i) CHECK(scores[i] == scores[1]);
}

TEST_CASE("folded bank: values whose squares overflow, and values that are no numbers") {
  Problem<Colour, float> problem;
  for (float& value : problem.images) value *= 1e25f;
  problem.images[0] = std::numeric_limits<float>::quiet_NaN();
  problem.make();
  CHECK(std::isnan(problem.folded.rstd[0]));
  for (Index i = 1; i < problem.rows; ++i) {
    CHECK(problem.folded.rstd[i] > 0);
    CHECK(problem.folded.rstd[i] == doctest::Approx(problem.whole.rstd[i]).epsilon(1e-5));
  }
  std::vector<float> scores(static_cast<std::size_t>(Colour::Bank::size));
  problem.folded.score(1, problem.query.data(), scores);
  for (const float score : scores) CHECK(std::isfinite(score));
}

TEST_CASE("folded bank: kernels of zeros, and kernels of low rank") {
  Problem<Colour, double> problem;
  auto& p = *problem.parameters;
  for (std::size_t i = 0; i < static_cast<std::size_t>(p.embedding.kernel.size); ++i)
    p.embedding.kernel.values[i] = static_cast<double>(i / 24 % 3) * p.embedding.kernel.values[i % 24];
  problem.make();
  for (Index i = 0; i < problem.rows; ++i) CHECK(problem.folded.rstd[i] == doctest::Approx(problem.whole.rstd[i]).epsilon(1e-12));
  std::ranges::fill(p.embedding.kernel.values, 0);
  problem.make();
  for (Index i = 0; i < problem.rows; ++i) CHECK(problem.folded.rstd[i] == doctest::Approx(problem.whole.rstd[i]).epsilon(1e-12));
  std::ranges::fill(p.project.kernel.values, 0);
  std::ranges::fill(p.project.bias.values, 0.5);
  problem.make();
  for (Index i = 0; i < problem.rows; ++i) CHECK(problem.folded.rstd[i] == doctest::Approx(1e3).epsilon(1e-12));
}
