#pragma once
/// The distribution over steps of PonderNet (Banino et al. 2021) for one sample, its distance from a geometric prior, and their gradients. All sums are in
/// double. The derivations are in docs/gradients.md.
///
/// lambda_n is the probability of halting at step n of a sample that has reached step n. At the last step it counts as 1, whatever it is.
///     S_0 = 1,  S_n = S_{n-1} (1 - lambda_n)          the probability of going on after step n
///     p_n = lambda_n S_{n-1},  p_last = S_{last-1}    the probability of halting at step n; they add up to 1
///     g_n = a (1 - a)^(n-1),   g_last = (1 - a)^(last-1)    the prior, geometric in a; the last step has all the rest, so it is a distribution
#include <algorithm>
#include <cmath>
#include <span>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::act {

/// lambda is kept this far from 0 and from 1, so that its logarithms are finite.
inline constexpr double kLambdaMargin = 1e-6;

/// S_n behind the n steps of lambda.
template <class T>
double going_on_after(std::span<const T> lambda) {
  double going_on = 1;
  for (const T halting : lambda) going_on *= 1 - static_cast<double>(halting);
  return going_on;
}

/// Writes p [steps]. lambda [steps].
template <class T>
void halting_distribution(std::span<const T> lambda, std::span<T> p) {
  double reached = 1;
  for (std::size_t n = 0; n + 1 < lambda.size(); ++n) {
    const auto halting = static_cast<double>(lambda[n]);
    p[n] = static_cast<T>(reached * halting);
    reached *= 1 - halting;
  }
  p.back() = static_cast<T>(reached);
}

/// The first n, from 0, with p_0 + .. + p_n >= 1/2, or the last step where rounding leaves the sum of all below 1/2.
template <class T>
Index median_step(std::span<const T> p) {
  double sum = 0;
  for (std::size_t n = 0; n + 1 < p.size(); ++n)
    if ((sum += static_cast<double>(p[n])) >= 0.5) return static_cast<Index>(n);
  return std::ssize(p) - 1;
}

namespace detail {

/// Calls f(n, p_n, ln p_n - ln g_n) for every step. Logarithms are sums of logarithms, so they are finite where p_n underflows.
template <class T, class F>
void for_each_step(std::span<const T> lambda, double prior, const F& f) {
  double reached = 1, log_reached = 0, log_prior = 0;
  for (std::size_t n = 0; n < lambda.size(); ++n) {
    const bool last = n + 1 == lambda.size();
    const auto halting = static_cast<double>(lambda[n]);
    const double log_p = last ? log_reached : log_reached + std::log(halting), log_g = last ? log_prior : log_prior + std::log(prior);
    f(n, last ? reached : reached * halting, log_p - log_g);
    reached *= 1 - halting;
    log_reached += std::log1p(-halting);
    log_prior += std::log1p(-prior);
  }
}

}  // namespace detail

/// KL(p || g) = sum_n p_n ln(p_n / g_n), at least 0 but for rounding of the sum. Exactly 0 where every lambda is the prior.
template <class T>
double divergence_from_geometric(std::span<const T> lambda, double prior) {
  double divergence = 0;
  detail::for_each_step(lambda, prior, [&](std::size_t, double p, double log_ratio) { divergence += p * log_ratio; });
  return divergence;
}

/// The gradient with respect to lambda of a loss whose derivative by p_n is gradient[n], plus weight KL(p || g). gradient [steps] becomes dloss/dlambda; the
/// last step has 0.
///     c_n = dloss/dp_n + weight (ln p_n - ln g_n)         the cost of halting at step n
///     V_last = c_last,  V_n = lambda_n c_n + (1 - lambda_n) V_{n+1}
///     dloss/dlambda_n = S_{n-1} (c_n - V_{n+1})           halting pays where it costs less than going on does
template <class T>
void halting_gradient_in_place(std::span<const T> lambda, double weight, double prior, std::span<double> gradient) {
  detail::for_each_step(lambda, prior, [&](std::size_t n, double, double log_ratio) { gradient[n] += weight * log_ratio; });
  double later = gradient.back();
  gradient.back() = 0;
  for (std::size_t n = lambda.size() - 1; n-- > 0;) {
    gradient[n] -= later;
    later += static_cast<double>(lambda[n]) * gradient[n];
  }
  double reached = 1;
  for (std::size_t n = 0; n + 1 < lambda.size(); ++n) {
    gradient[n] *= reached;
    reached *= 1 - static_cast<double>(lambda[n]);
  }
}

}  // namespace adatape::act
