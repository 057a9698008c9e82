#pragma once
/// Compares gradients with central differences in double, for layers of one's own and for any scalar function. Needs no test framework:
///
///     const auto report = adatape::gradcheck::check_layer<MyLayer>({{3, 1, 5}, 1});
///     if (!report.passed()) std::puts(report.summary().c_str());
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <locale>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "adatape/core/layer.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/testing/random_values.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::gradcheck {

/// The value of a scalar function at one point, and every discrete choice that the function made there (bank tokens, lengths, halting steps).
struct Evaluation {
  double value = 0;              ///< f(x)
  std::vector<Index> choices{};  ///< in a fixed order; empty for a function that makes none
};

/// The result of a check.
struct GradientReport {
  static constexpr double bound = 1e-6;  ///< largest relative error that passes
  double worst = 0;                      ///< largest error, relative to the larger derivative, or to 1e-4 of the group's largest gradient if that is more
  std::string worst_place{};             ///< name of the tensor, and the element or "direction"; empty: all errors are 0
  int compared = 0;                      ///< places at which a difference was compared with the gradient
  int skipped = 0;                       ///< places at which discrete choices differ for every step that was tried

  /// Whether every place agreed, at least one was compared, and at most one was skipped for every 50 compared.
  bool passed() const { return worst <= bound && compared > 0 && 50 * skipped <= compared; }
  /// One line. Numbers look the same in every locale.
  std::string summary() const {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << "worst relative error " << worst << " at " << (worst_place.empty() ? "no place" : worst_place) << "; compared: " << compared
         << ", skipped: " << skipped;
    return text.str();
  }
};

/// While an object of this class lives, parallel loops of the thread that made it are serial.
class OneThread {
 public:
  OneThread() : before_(available_threads()) { set_threads(1); }
  ~OneThread() { set_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

/// Compares gradients of one function with differences of fourth order:
///     f'(x) = (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12h + O(h^4)
/// h is 2e-3, then 4e-4, then 8e-5, until the error is at most bound / 4. The smallest error counts. A step is left out where the function makes another
/// discrete choice at one of the four points than at x. A place where every step is left out is skipped. Parallel loops are serial while a check lives.
class GradientCheck {
 public:
  static constexpr double bound = GradientReport::bound;  ///< largest relative error that passes

  /// `function` reads the tensors that check() is told of, and is called once here. `places` is the number of elements that are checked of a large tensor.
  /// All members throw what the function throws.
  explicit GradientCheck(std::function<Evaluation()> function, std::size_t places = 40)
      : function_(std::move(function)), places_(places), choices_(function_().choices) {}

  /// Checks one tensor. `values` is what the function reads; it is changed, and restored at the end unless the function throws. `gradient` is the gradient to
  /// check, of the same size. `group_scale` is the largest gradient of the group of the tensor. A tensor of at most `places` elements is checked at every
  /// element. A larger one is checked at random elements and along two random directions. Throws Error too unless both have one size.
  void check(const std::string& name, std::span<double> values, std::span<const double> gradient, double group_scale) {
    require(values.size() == gradient.size(), name, ": wanted a gradient of ", values.size(), " values, found ", gradient.size());
    const Stream random(7, Purpose::shuffle, 0, number_of_tensors_++);
    const auto size = values.size();
    std::vector<double> direction(size, 0.0);
    const auto at_element = [&](std::size_t i) {
      direction[i] = 1;
      compare(name + "[" + std::to_string(i) + "]", values, direction, gradient[i], group_scale);
      direction[i] = 0;
    };
    if (size <= places_) {
      for (std::size_t i = 0; i < size; ++i) at_element(i);
      return;
    }
    for (std::size_t n = 0; n < places_; ++n) at_element(random.below(n, size));
    for (std::uint64_t n = 0; n < std::min<std::uint64_t>(places_, 2); ++n) {
      double wanted = 0;
      for (std::size_t i = 0; i < size; ++i) {
        direction[i] = random.normal(1000 + n * size + i) / std::sqrt(static_cast<double>(size));
        wanted += gradient[i] * direction[i];
      }
      compare(name + " direction", values, direction, wanted, group_scale);
    }
  }

  /// Checks all parameters of a layer, as one group.
  template <class Layer>
  void check(Parameters<Layer, double>& parameters, const Parameters<Layer, double>& gradients) {
    const double scale = largest(gradients.flat());
    for (const auto& entry : parameters.layout()) check(std::string(entry.name()), parameters.values(entry), gradients.values(entry), scale);
  }
  /// Checks a tensor that is a group of its own.
  void check(const std::string& name, std::span<double> values, std::span<const double> gradient) { check(name, values, gradient, largest(gradient)); }

  /// What was found so far.
  const GradientReport& report() const { return report_; }

 private:
  static double largest(std::span<const double> values) {
    double result = 0;
    for (double value : values) result = std::max(result, std::abs(value));
    return result;
  }

  void compare(const std::string& place, std::span<double> values, std::span<const double> direction, double wanted, double group_scale) {
    double error = std::numeric_limits<double>::infinity();
    bool found_any = false;
    for (double h : {2e-3, 4e-4, 8e-5}) {
      const auto found = difference(values, direction, h);
      if (!found) continue;
      found_any = true;
      const double distance = std::abs(*found - wanted), size = std::max({std::abs(*found), std::abs(wanted), 1e-4 * group_scale});
      error = std::isnan(distance) ? error : std::min(error, distance == 0 ? 0 : distance / size);
      if (error <= bound / 4) break;
    }
    ++(found_any ? report_.compared : report_.skipped);
    if (found_any && error > report_.worst) {
      report_.worst = error;
      report_.worst_place = place;
    }
  }

  std::optional<double> difference(std::span<double> values, std::span<const double> direction, double h) {
    const std::vector<double> before(values.begin(), values.end());
    const auto f = [&](double distance) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = before[i] + distance * direction[i];
      return function_();
    };
    bool same_choices = true;
    double sum = 0;
    for (const auto& [step, factor] : {std::pair{h, 8.0}, {-h, -8.0}, {2 * h, -1.0}, {-2 * h, 1.0}}) {
      const auto point = f(step);
      same_choices = same_choices && point.choices == choices_;
      sum += factor * point.value;
      if (!same_choices) break;
    }
    std::ranges::copy(before, values.begin());
    if (!same_choices) return std::nullopt;
    return sum / (12 * h);
  }

  OneThread one_thread_;  // loops this small take longer on more threads
  std::function<Evaluation()> function_;
  std::size_t places_;
  std::vector<Index> choices_;
  std::uint64_t number_of_tensors_ = 0;
  GradientReport report_;
};

/// sum_i a_i b_i for a and b of b.size() elements: a scalar whose gradient with respect to a is b.
inline double weighted_sum(const double* a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < b.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The members of a Context that a check may choose.
struct Situation {
  Settings settings{};     ///< Context::settings
  bool training = false;   ///< Context::training
  double branch_drop = 0;  ///< Context::branch_drop
};
/// A context with a fixed seed and step, so that all evaluations draw the same random numbers. The arena must outlive the context.
inline Context make_context(Arena& arena, const Situation& situation) {
  return {.arena = arena, .settings = situation.settings, .training = situation.training, .seed = 11, .step = 3, .branch_drop = situation.branch_drop};
}

/// Checks the gradients of all parameters and of the input of layer L, with random parameters and a random input of that packing, in that situation.
/// The forward pass of L is taken as right. Where backward_may_alias<L>, backward is also run with dx = dy. L must fit the concept Layer<L, double>.
/// Throws what L throws.
template <class L>
GradientReport check_layer(const RaggedPacking& ragged, const Situation& situation = {}) {
  const Packing packing = ragged;
  auto parameters = random_parameters<L, double>(5, 0.2);
  auto x = random_values<double>(packing.rows() * L::in, 1);
  const auto weights = random_values<double>(packing.rows() * L::out, 2);
  Arena arena;
  GradientCheck check([&] {
    arena.reset();
    return Evaluation{weighted_sum(vjp<L, double>(parameters, {x.data(), packing}, make_context(arena, situation)).output().data, weights)};
  });
  Arena gradient_arena;
  Parameters<L, double> gradients;
  const auto product = vjp<L, double>(parameters, {x.data(), packing}, make_context(gradient_arena, situation));
  const auto dx = product.pullback({weights.data(), packing}, gradients);
  if (parameters.count > 0) check.check(parameters, gradients);
  check.check("input", x, std::span<const double>(dx.data, x.size()));
  if constexpr (backward_may_alias<L>) {
    typename L::template Saved<double> saved{};
    const Context context = make_context(gradient_arena, situation);
    auto dy = weights;
    layer_forward<L, double>(*parameters, {x.data(), packing}, take_tokens<L::out, double>(packing, gradient_arena), saved, context);
    layer_backward<L, double>(*parameters, saved, {dy.data(), packing}, {dy.data(), packing}, *gradients, context);
    check.check("input, with dx = dy", x, dy);
  }
  return check.report();
}

/// Checks the gradients of all parameters and of the input of a pooling (nn/pooling.hpp), as check_layer does.
template <class P>
GradientReport check_pooling(const RaggedPacking& ragged, const Situation& situation = {}) {
  const Packing packing = ragged;
  auto parameters = random_parameters<P, double>(5, 0.2);
  auto x = random_values<double>(packing.rows() * P::in, 1);
  const auto weights = random_values<double>(packing.samples() * P::out, 2);
  Arena arena;
  typename P::template Saved<double> saved{};
  const auto forward = [&] {
    arena.reset();
    saved = {};
    const auto y = take_tokens<P::out, double>(uniform_packing(packing.samples(), 1, arena), arena);
    layer_forward<P, double>(*parameters, {x.data(), packing}, y, saved, make_context(arena, situation));
    return y;
  };
  GradientCheck check([&] { return Evaluation{weighted_sum(forward().data, weights)}; });
  Parameters<P, double> gradients;
  auto dx = random_values<double>(packing.rows() * P::in, 3);  // backward writes over what is there
  const Packing pooled = forward().packing;
  layer_backward<P, double>(*parameters, saved, {weights.data(), pooled}, {dx.data(), packing}, *gradients, make_context(arena, situation));
  if (parameters.count > 0) check.check(parameters, gradients);
  check.check("input", x, dx);
  return check.report();
}

}  // namespace adatape::gradcheck
