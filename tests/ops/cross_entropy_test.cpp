#include "adatape/ops/cross_entropy.hpp"

#include "adatape/ops/adamw.hpp"
#include "adatape/ops/sums.hpp"
#include "compare.hpp"
#include "threads.hpp"

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

TEST_CASE("sums: float against double, in row order whatever the number of threads") {
  for (Index width : {1, 3, 16, 65, 200}) {
    const Index rows = 37;
    const auto x = random_values<float>(rows * width, 1), start = random_values<float>(width, 2);
    auto wanted = to_double(start);
    for (std::size_t i = 0; i < x.size(); ++i) wanted[i % static_cast<std::size_t>(width)] += static_cast<double>(x[i]);
    std::vector<float> first;
    for (int count : {1, 2, 8}) {
      const Threads threads(count);
      Guarded sums(start);
      ops::add_column_sums(x.data(), rows, width, sums.data());
      check_close(sums.values(), wanted, static_cast<double>(rows), 2);
      CHECK(sums.intact());
      if (first.empty()) first.assign(sums.values().begin(), sums.values().end());
      CHECK(same_bits(sums.values(), std::span<const float>(first)));
    }
  }
}

TEST_CASE("adamw: float against the reference in double") {
  const ops::AdamWStep<float> step{0.9f, 0.999f, 10.f, 1000.f, 1e-8f, 0.1f, 0.05f, 0.5f};
  const ops::AdamWStep<double> step_d{0.9f, 0.999f, 10.f, 1000.f, 1e-8f, 0.1f, 0.05f, 0.5f};
  for (Index count = 0; count <= most_odd_sizes; ++count) {
    const auto gradient = random_values<float>(count, 1), m = random_values<float>(count, 2), p = random_values<float>(count, 4);
    auto v = random_values<float>(count, 3);
    for (float& value : v) value *= value;
    Guarded guarded_m(m), guarded_v(v), guarded_p(p), guarded_gradient(gradient);
    auto m_d = to_double(m), v_d = to_double(v), p_d = to_double(p);
    ops::reference::adamw(step_d, to_double(gradient).data(), count, m_d.data(), v_d.data(), p_d.data());
    ops::adamw(step, guarded_gradient.data(), count, guarded_m.data(), guarded_v.data(), guarded_p.data());
    check_close(guarded_m.values(), m_d, 4, 4);
    check_close(guarded_v.values(), v_d, 16, 4);
    check_close(guarded_p.values(), p_d, 4 + largest_of(p_d), 16);
    CHECK((guarded_m.intact() && guarded_v.intact() && guarded_p.intact()));
  }
}
