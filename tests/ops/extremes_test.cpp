/// Elementary functions and their derivatives at the ends of the number range, where compositions of right functions overflow or become infinity times 0.
/// The wanted values are computed in long double from forms that do not, and named where a limit is taken.
#include <functional>

#include "adatape/ops/cross_entropy.hpp"
#include "adatape/ops/gelu.hpp"
#include "adatape/ops/glu.hpp"
#include "adatape/ops/layer_norm.hpp"
#include "compare.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

using Wide = long double;
constexpr Wide wide_nan = std::numeric_limits<Wide>::quiet_NaN();

/// 0, subnormal, small, ordinary, large and largest values of both signs, infinities and NaN.
template <class T>
std::vector<T> extremes() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values;
  for (const T x : {T(0), Limits::denorm_min(), Limits::min() / 4, Limits::min(), T(1e-30), T(1e-4), T(0.5), T(1), T(5), T(9.25), T(12), T(17), T(39), T(41), T(80), T(88), T(104),
                    T(110), T(800), T(1e5), T(1e13), T(2e13), T(1e19), T(2e19), T(1e30), std::sqrt(Limits::max()), Limits::max() / 4, Limits::max(), Limits::infinity(),
                    Limits::quiet_NaN()}) {
    values.push_back(x);
    values.push_back(-x);
  }
  return values;
}

Wide wide_sigmoid(Wide x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
Wide normal_cdf(Wide x) { return std::erfc(-x / std::sqrt(Wide(2))) / 2; }
Wide clamped(Wide x) { return std::isnan(x) ? x : std::clamp<Wide>(x, -1e6, 1e6); }  // every gate is 0 or 1 well before

/// The tanh form's gate is sigmoid(2 u), u = sqrt(2/pi) (x + 0.044715 x^3); its derivative in x is 2 u' gate (1 - gate).
Wide tanh_gate_argument(Wide x) { return 2 * Wide(ops::kGeluScale) * (x + Wide(ops::kGeluCubic) * x * x * x); }
Wide gelu_gate(ops::GeluForm form, Wide x) { return form == ops::GeluForm::tanh ? wide_sigmoid(tanh_gate_argument(clamped(x))) : normal_cdf(clamped(x)); }
Wide gelu(ops::GeluForm form, Wide x) { return x * gelu_gate(form, x); }  // NaN at -infinity, as documented
Wide gelu_derivative(ops::GeluForm form, Wide x) {
  const Wide near = clamped(x), gate = gelu_gate(form, near);
  if (form == ops::GeluForm::tanh) {
    const Wide slope = wide_sigmoid(tanh_gate_argument(near)) * wide_sigmoid(-tanh_gate_argument(near)) * 2 * Wide(ops::kGeluScale) * (1 + 3 * Wide(ops::kGeluCubic) * near * near);
    return gate + near * slope;
  }
  return gate + near * std::exp(-near * near / 2) / std::sqrt(2 * std::numbers::pi_v<Wide>);
}

/// Equal as T up to `relative` of the value and `absolute`, and to `last_places` subnormal units; NaN and infinities where they are wanted and nowhere else.
template <class T>
void check_value(T found, Wide wanted, Wide relative, Wide absolute, Wide last_places = 1) {
  CAPTURE(found);
  CAPTURE(static_cast<double>(wanted));
  const T rounded = static_cast<T>(wanted);
  if (std::isnan(wanted)) {
    CHECK(std::isnan(found));
  } else if (!std::isfinite(rounded)) {
    CHECK(found == rounded);
  } else {
    const Wide unit = std::numeric_limits<T>::epsilon();
    CHECK(std::abs(Wide(found) - wanted) <= relative * unit * std::abs(wanted) + absolute * unit + last_places * std::numeric_limits<T>::denorm_min());
  }
}

/// One elementary function: in place over an array as the library offers it, and what it is.
template <class T>
struct Case {
  const char* name;
  std::function<void(std::vector<T>&)> apply;
  std::function<Wide(Wide)> wanted;
  Wide relative, absolute;  ///< in units of T's epsilon
  Wide last_places = 1;     ///< in units of the smallest subnormal number: the factor that a subnormal gate is multiplied with
};

template <class T>
auto lanewise(auto function) {
  return [function](std::vector<T>& x) {
    simd::for_each_batch<T>(static_cast<Index>(x.size()), [&](Index i, Index n) { simd::store_partial(x.data() + i, function(simd::load_partial(x.data() + i, n)), n); });
  };
}
template <ops::GeluForm form, class T, bool derivative>
void apply_gelu(std::vector<T>& x) {
  std::vector<T> y(x.size()), dy(x.size());
  ops::gelu_with_derivative<form>(x.data(), static_cast<Index>(x.size()), y.data(), dy.data());
  x = derivative ? dy : y;
}
/// glu(a, x) or one of its gradients as a function of x.
template <class T, int part>
void apply_glu(std::vector<T>& x, T a, T dy) {
  for (T& value : x) {
    const T row[2]{a, value};
    T y, dx[2];
    ops::glu(row, 1, 1, &y);
    ops::glu_backward(row, &dy, 1, 1, dx);
    value = part == 0 ? y : dx[part - 1];
  }
}

template <class T>
std::vector<Case<T>> cases() {
  using ops::GeluForm;
  using Batch = simd::Batch<T>;
  constexpr T huge = std::numeric_limits<T>::max() / 2;
  const auto slope = [](Wide x) { return wide_sigmoid(x) * wide_sigmoid(-x); };
  std::vector<Case<T>> all{
      {"exp", lanewise<T>([](const Batch& x) { return simd::exp(x); }), [](Wide x) { return std::exp(x); }, 4, 0},
      {"tanh", lanewise<T>([](const Batch& x) { return simd::tanh(x); }), [](Wide x) { return std::tanh(x); }, 4, 0},
      {"sigmoid", lanewise<T>([](const Batch& x) { return simd::sigmoid(x); }), wide_sigmoid, 8, 0},
      {"erf", lanewise<T>([](const Batch& x) { return simd::erf(x); }), [](Wide x) { return std::erf(x); }, 5, 0},
      {"gelu tanh", apply_gelu<GeluForm::tanh, T, false>, [](Wide x) { return gelu(GeluForm::tanh, x); }, 8, 160},
      {"gelu erf", apply_gelu<GeluForm::erf, T, false>, [](Wide x) { return gelu(GeluForm::erf, x); }, 8, 16},
      {"gelu' tanh", apply_gelu<GeluForm::tanh, T, true>, [](Wide x) { return gelu_derivative(GeluForm::tanh, x); }, 8, 160},
      {"gelu' erf", apply_gelu<GeluForm::erf, T, true>, [](Wide x) { return gelu_derivative(GeluForm::erf, x); }, 8, 16},
      {"glu", [](auto& x) { apply_glu<T, 0>(x, T(3), T(1)); }, [](Wide x) { return 3 * wide_sigmoid(x); }, 8, 0, 3},
      {"glu of a huge value", [](auto& x) { apply_glu<T, 0>(x, huge, T(1)); }, [](Wide x) { return huge * wide_sigmoid(x); }, 8, 0, huge},
      {"glu: da", [](auto& x) { apply_glu<T, 1>(x, huge, T(8)); }, [](Wide x) { return 8 * wide_sigmoid(x); }, 8, 0, 8},
      {"glu: db", [=](auto& x) { apply_glu<T, 2>(x, T(3), T(1)); }, [=](Wide x) { return 3 * slope(x); }, 8, 4},
  };
  return all;
}

}  // namespace

TEST_CASE_TEMPLATE("extremes: elementary functions and derivatives", T, float, double) {
  for (const auto& each : cases<T>()) {
    auto found = extremes<T>();
    const auto x = found;
    each.apply(found);
    for (std::size_t i = 0; i < x.size(); ++i) {
      INFO(each.name << " at " << x[i]);
      check_value<T>(found[i], each.wanted(x[i]), each.relative, each.absolute, each.last_places);
    }
  }
}

TEST_CASE_TEMPLATE("extremes: min, max and clamp of NaN do not depend on the instruction set", T, float, double) {
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  const auto lanes_of = [](const simd::Batch<T>& x) {
    std::vector<T> values(static_cast<std::size_t>(simd::lanes<T>));
    simd::store(values.data(), x);
    return values;
  };
  for (const T x : extremes<T>())
    for (const T y : extremes<T>()) {
      const auto smaller = lanes_of(simd::min(simd::splat(x), simd::splat(y))), larger = lanes_of(simd::max(simd::splat(x), simd::splat(y)));
      for (const T value : smaller) CHECK(same_bits(std::vector<T>{value}, std::vector<T>{x < y ? x : y}));
      for (const T value : larger) CHECK(same_bits(std::vector<T>{value}, std::vector<T>{x > y ? x : y}));
    }
  for (const T value : lanes_of(simd::clamp(simd::splat(nan), -1, 1))) CHECK(std::isnan(value));
  for (const T value : lanes_of(simd::clamp(simd::splat(T(7)), -1, 1))) CHECK(value == 1);
  for (const T value : lanes_of(simd::clamp(simd::splat(T(-7)), -1, 1))) CHECK(value == -1);
}

TEST_CASE_TEMPLATE("extremes: the derivative of a gated unit, where a gradient times a value overflows", T, float, double) {
  constexpr T huge = std::numeric_limits<T>::max() / 2;
  std::vector<T> gates{T(-1e4), T(1e4)};
  apply_glu<T, 2>(gates, huge, T(100));
  for (const T value : gates) CHECK(value == 0);
}

TEST_CASE_TEMPLATE("extremes: LayerNorm of large, tiny and constant rows", T, float, double) {
  constexpr T largest = std::numeric_limits<T>::max();
  const std::vector<T> scale(19, T(2)), bias(19, T(0.5));
  std::vector<double> shape = random_values<double>(19, 1);
  for (double& value : shape) value = std::clamp(value, -2.0, 2.0);
  for (const T factor : {T(0), std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::min(), T(1e-30), T(1), T(1e13), T(1e19), T(3e19), T(1e30), largest / 64, largest / 4}) {
    CAPTURE(factor);
    std::vector<T> x(19), y(19);
    Wide mean = 0, variance = 0;
    for (std::size_t j = 0; j < 19; ++j) mean += Wide(x[j] = static_cast<T>(Wide(factor) * shape[j])) / 19;
    for (const T value : x) variance += (value - mean) * (value - mean) / 19;
    T found_mean, found_rstd;
    ops::layer_norm(x.data(), scale.data(), bias.data(), 1, 19, y.data(), &found_mean, &found_rstd);
    for (std::size_t j = 0; j < 19; ++j) check_value<T>(y[j], (x[j] - mean) / std::sqrt(variance + Wide(ops::kLayerNormEpsilon)) * 2 + Wide(0.5), 0, 64);
    const std::vector<T> dy(19, T(1));
    std::vector<T> dx(19), dscale(19, T(0)), dbias(19, T(0));
    ops::layer_norm_backward(x.data(), &found_mean, &found_rstd, scale.data(), dy.data(), 1, 19, dx.data(), dscale.data(), dbias.data());
    for (const T value : dx) CHECK(std::isfinite(value));
  }
  for (const T constant : {largest, -largest, largest / 2}) {
    const std::vector<T> x(16, constant);
    std::vector<T> y(16);
    ops::layer_norm<T>(x.data(), scale.data(), bias.data(), 1, 16, y.data(), nullptr, nullptr);
    for (const T value : y) CHECK(value == T(0.5));
  }
  for (const T bad : {std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN()})
    for (std::size_t place = 0; place < 19; ++place) {
      std::vector<T> x(19, T(1)), y(19);
      x[place] = bad;
      ops::layer_norm<T>(x.data(), scale.data(), bias.data(), 1, 19, y.data(), nullptr, nullptr);
      for (const T value : y) CHECK(std::isnan(value));  // never a row that looks right
    }
}

TEST_CASE_TEMPLATE("extremes: cross entropies of large and infinite logits", T, float, double) {
  using ops::LossKind;
  constexpr T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN(), largest = std::numeric_limits<T>::max();
  struct Row {
    LossKind kind;
    std::vector<T> x;  ///< the label is 0
    T smoothing;
    Wide loss;
    std::vector<Wide> dx;
  };
  const Wide log2 = std::log(Wide(2));
  const std::vector<Row> rows{
      {LossKind::softmax, {T(3e10), T(3e10)}, 0, log2, {-0.5, 0.5}},
      {LossKind::softmax, {T(3e10), T(3e10)}, T(0.5), log2, {-0.25, 0.25}},
      {LossKind::softmax, {-largest, -largest}, 0, log2, {-0.5, 0.5}},
      {LossKind::softmax, {largest, -largest}, 0, 0, {0, 0}},
      {LossKind::softmax, {T(-1e30), T(1e30)}, 0, Wide(T(1e30)) * 2, {-1, 1}},
      {LossKind::softmax, {-largest, largest}, 0, std::numeric_limits<Wide>::infinity(), {-1, 1}},
      {LossKind::softmax, {T(1), -infinity}, 0, 0, {0, 0}},
      {LossKind::softmax, {T(1), infinity}, 0, wide_nan, {wide_nan, wide_nan}},
      {LossKind::softmax, {nan, T(1)}, 0, wide_nan, {wide_nan, wide_nan}},
      {LossKind::softmax, {T(1), nan}, 0, wide_nan, {wide_nan, wide_nan}},
      {LossKind::sigmoid, {largest, -largest}, 0, 0, {0, 0}},
      {LossKind::sigmoid, {T(-1e30), T(1e30)}, 0, Wide(T(1e30)) * 2, {-1, 1}},
      {LossKind::sigmoid, {infinity, -infinity}, 0, 0, {0, 0}},
      {LossKind::sigmoid, {-infinity, T(0)}, 0, std::numeric_limits<Wide>::infinity(), {-1, 0.5}},
      {LossKind::sigmoid, {T(0), -std::numeric_limits<T>::denorm_min()}, 0, 2 * log2, {-0.5, 0.5}},
      {LossKind::sigmoid, {nan, T(0)}, 0, wide_nan, {wide_nan, 0.5}},
      {LossKind::sigmoid, {T(0), nan}, 0, wide_nan, {-0.5, wide_nan}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.x[0]);
    CAPTURE(row.x[1]);
    std::vector<T> dx(2);
    check_value<T>(ops::cross_entropy_row(row.kind, row.x.data(), 2, 0, row.smoothing, dx.data()), row.loss, 4, 0);
    for (std::size_t c = 0; c < 2; ++c) check_value<T>(dx[c], row.dx[c], 4, 0);
  }
}
