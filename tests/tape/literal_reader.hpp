#pragma once
/// Adaptive tape reading, transcribed from its equations word for word, for one sample.
#include <cmath>
#include <numeric>
#include <vector>

#include "reader_problem.hpp"

namespace adatape::testing {

struct LiteralRead {
  std::vector<std::vector<Index>> selected;
  std::vector<std::vector<double>> weights, tokens;
  double ponder = 0;
};

inline std::vector<double> literal_norm(std::vector<double> x, const Parameters<nn::LayerNorm<12>, double>& norm) {
  const auto size = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / size;
  double variance = 0;
  for (double value : x) variance += (value - mean) * (value - mean) / size;
  for (std::size_t j = 0; j < x.size(); ++j) x[j] = (x[j] - mean) / std::sqrt(variance + 1e-6) * norm->scale.values[j] + norm->bias.values[j];
  return x;
}

template <class Options>
LiteralRead literal_read(const ReaderProblem<Options>& problem, Index sample, double tau) {
  constexpr std::size_t D = Options::hidden_size, dk = D / Options::split_tt;
  constexpr int T = Options::num_tape_tokens;
  const auto k = static_cast<std::size_t>(std::floor(T / tau + 1e-9));
  const auto K = static_cast<std::size_t>(problem.bank_size), first = problem.shared ? 0 : static_cast<std::size_t>(sample) * K;
  const Packing packing = problem.packing;

  std::vector<double> q(D, 0.0);
  const Index used = Options::query_type == nn::Pool::token ? 1 : packing.length(sample);
  for (Index i = 0; i < used; ++i)
    for (std::size_t c = 0; c < D; ++c) q[c] += problem.x[static_cast<std::size_t>(packing.begin(sample) + i) * D + c] / static_cast<double>(used);
  q = literal_norm(q, problem.norm);
  std::vector<std::vector<double>> z;
  for (std::size_t i = 0; i < K; ++i) {
    const auto row = problem.bank.begin() + static_cast<Index>((first + i) * D);
    z.push_back(literal_norm({row, row + D}, problem.norm));
  }

  LiteralRead read;
  std::vector<Index> unread(K);
  std::iota(unread.begin(), unread.end(), 0);
  double h = 0;
  int n = 0;
  while ((n == 0 || h < tau - 1e-6) && n < T && !unread.empty()) {
    const auto score = [&](Index i) { return std::inner_product(q.begin(), q.begin() + dk, z[static_cast<std::size_t>(i)].begin(), 0.0); };
    std::ranges::stable_sort(unread, std::greater{}, score);
    const std::vector<Index> selected(unread.begin(), unread.begin() + static_cast<Index>(std::min(k, unread.size())));
    unread.erase(unread.begin(), unread.begin() + static_cast<Index>(selected.size()));
    std::ranges::sort(unread);
    std::vector<double> w;
    for (Index i : selected) w.push_back(std::exp((score(i) - score(selected[0])) / std::sqrt(static_cast<double>(dk))));
    const double sum = std::accumulate(w.begin(), w.end(), 0.0);
    std::vector<double> token(D, 0.0);
    double squares = 0;
    for (std::size_t j = 0; j < w.size(); ++j) {
      w[j] /= sum;
      squares += w[j] * w[j];
      for (std::size_t c = 0; c < D; ++c) token[c] += w[j] * z[static_cast<std::size_t>(selected[j])][c];
    }
    read.ponder += Options::loss_type == tape::PonderLoss::entropy ? 1 - squares : 1 - w[0];
    h += w[0];
    n += 1;
    for (std::size_t c = 0; c < dk; ++c) q[c] = Options::complex_query ? (q[c] + token[c]) / 2 : token[c];
    read.selected.push_back(selected);
    read.weights.push_back(w);
    read.tokens.push_back(token);
  }
  return read;
}

}  // namespace adatape::testing
