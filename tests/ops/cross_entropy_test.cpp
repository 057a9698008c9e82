#include "adatape/ops/cross_entropy.hpp"

#include "compare.hpp"

using namespace adatape;
using namespace adatape::testing;
using ops::LossKind;

namespace {

/// The losses as they are written, without care for overflow.
double direct(LossKind kind, const std::vector<double>& x, Index label, double smoothing) {
  double loss = 0, sum = 0;
  for (double value : x) sum += std::exp(value);
  for (std::size_t c = 0; c < x.size(); ++c) {
    const double target = (static_cast<Index>(c) == label ? 1 - smoothing : 0) + smoothing / static_cast<double>(x.size());
    const double probability = 1 / (1 + std::exp(-x[c]));
    loss -= kind == LossKind::softmax ? target * std::log(std::exp(x[c]) / sum) : target * std::log(probability) + (1 - target) * std::log(1 - probability);
  }
  return loss;
}

}  // namespace

TEST_CASE("cross entropies: against the formulas, with and without smoothing, and their gradients against differences") {
  for (const auto kind : {LossKind::sigmoid, LossKind::softmax})
    for (const double smoothing : {0.0, 0.1, 1.0})
      for (const Index classes : {1, 2, 5, 17}) {
        auto x = random_values<double>(classes, 3);
        const Index label = classes / 2;
        std::vector<double> dx(x.size()), unused(x.size());
        const double loss = ops::cross_entropy_row(kind, x.data(), classes, label, smoothing, dx.data());
        CHECK(loss == doctest::Approx(direct(kind, x, label, smoothing)).epsilon(1e-12));
        for (std::size_t c = 0; c < x.size(); ++c) {
          const double before = x[c], h = 1e-5;
          x[c] = before + h;
          const double above = ops::cross_entropy_row(kind, x.data(), classes, label, smoothing, unused.data());
          x[c] = before - h;
          const double below = ops::cross_entropy_row(kind, x.data(), classes, label, smoothing, unused.data());
          x[c] = before;
          CHECK(std::abs((above - below) / (2 * h) - dx[c]) < 1e-9);
        }
      }
}

TEST_CASE_TEMPLATE("cross entropies: extreme logits", T, float, double) {
  const std::vector<T> x{T(1e4), T(-1e4), T(0)};
  std::vector<T> dx(3);
  CHECK(ops::cross_entropy_row(LossKind::softmax, x.data(), 3, 0, T(0), dx.data()) == 0);
  CHECK(dx == std::vector<T>{0, 0, 0});
  CHECK(ops::cross_entropy_row(LossKind::softmax, x.data(), 3, 1, T(0), dx.data()) == T(2e4));
  CHECK(dx == std::vector<T>{1, -1, 0});
  const T loss = ops::cross_entropy_row(LossKind::sigmoid, x.data(), 3, 1, T(0), dx.data());
  CHECK(static_cast<double>(loss) == doctest::Approx(2e4 + std::log(2.0)).epsilon(1e-6));
  CHECK(dx == std::vector<T>{1, -1, T(0.5)});
}

TEST_CASE("cross entropies: float against double") {
  for (const auto kind : {LossKind::sigmoid, LossKind::softmax})
    for (Index classes = 1; classes <= most_odd_sizes; ++classes) {
      const auto x = random_values<float>(classes, 4, 3);
      const auto xd = to_double(x);
      std::vector<float> dx(x.size());
      std::vector<double> dxd(x.size());
      const float loss = ops::cross_entropy_row(kind, x.data(), classes, 0, 0.1f, dx.data());
      const double wanted = ops::cross_entropy_row(kind, xd.data(), classes, 0, static_cast<double>(0.1f), dxd.data());
      CHECK(static_cast<double>(loss) == doctest::Approx(wanted).epsilon(20 * epsilon));
      check_close(dx, dxd, 1, 16);
    }
}
