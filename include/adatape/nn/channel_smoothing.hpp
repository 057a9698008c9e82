#pragma once
/// Smoothing of outlier channels for products in int8 (SmoothQuant, Xiao et al. 2022): one LayerNorm, and the kernels that multiply what it writes.
///
/// A product in int8 keeps a row x of its left factor as integers with one scale (core/quantisation.hpp). A channel that is much larger than the others leaves
/// few of the integers to them. So channel j of the LayerNorm is divided by s_j, and row j of the kernels W is multiplied by s_j, which changes no product:
///     sum_j x_j w_jk = sum_j (x_j / s_j) (s_j w_jk)
///     s_j = 2^round(v_j - m)      v_j = alpha log2(a_j) - (1 - alpha) log2(w_j),  m = the median of v
/// a_j is the largest |x_j| of the calibration rows, and w_j the largest |w_jk|. The paper has s_j = 2^(v_j). A factor that all s_j have in common changes no
/// integer, because scales take it up; m keeps ordinary channels at or near 1. Powers of two only move exponents, so products in float and in bf16 keep their
/// bits, as long as no number leaves the range of normal floats.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "adatape/core/arena.hpp"
#include "adatape/ops/gemm.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// A kernel, and the rows that it multiplied. Views.
struct KernelAndRows {
  ops::Matrix<float> kernel;                   ///< [D, columns]
  std::vector<ops::Matrix<const float>> rows;  ///< [rows, D] for each pass
};

/// A LayerNorm of width D, and every kernel that multiplies what it writes, each once. Views of parameters and of a pass, which must outlive it.
struct NormAndKernels {
  std::span<float> scale, bias;        ///< [D]
  std::vector<KernelAndRows> kernels;  ///< those of query, key and value for instance
};

/// Chooses alpha for one LayerNorm by the error of the products in int8 on the calibration rows. All rows go through observe, then all of them through
/// compare; then apply changes the parameters. Norm and kernels are the same in all calls, and the norm has the width that the constructor was given.
class ChannelSmoothing {
 public:
  /// The values of alpha that are compared. Beside them, and before them, stands no smoothing: s_j = 1.
  static constexpr std::array alphas{0.25, 0.5, 0.75, 1.0};

  /// `width`: D of the LayerNorm.
  explicit ChannelSmoothing(Index width) : largest_(static_cast<std::size_t>(width)) {}

  /// a_j = max(a_j, |x_j|) over the rows. Throws Error for a value that is not finite.
  void observe(const NormAndKernels& norm) {
    for (const auto& [kernel, blocks] : norm.kernels)
      for (const auto& rows : blocks)
        for (Index i = 0; i < rows.rows; ++i)
          for (std::size_t j = 0; j < largest_.size(); ++j) {
            const float magnitude = std::abs(rows(i, static_cast<Index>(j)));
            require(std::isfinite(magnitude), "smoothing: wanted finite values behind each LayerNorm, found one that is not (are the weights too large?)");
            largest_[j] = std::max(largest_[j], magnitude);
          }
  }

  /// Adds the squared errors of the products of these rows, for every choice of alpha. Throws std::bad_alloc where there is no memory.
  void compare(const NormAndKernels& norm) {
    std::array<std::vector<float>, choices> factors;
    for (std::size_t choice = 0; choice < choices; ++choice) factors[choice] = factors_of(norm, choice);
    for (const auto& [kernel, blocks] : norm.kernels)
      for (const auto& rows : blocks) {
        if (rows.rows == 0) continue;
        Arena::Scope scope(thread_arena());
        const auto wanted = take_matrix(rows.rows, kernel.cols);
        ops::gemm<float>(rows, kernel, wanted);
        squares_ += sum_of_squares(wanted, {});
        for (std::size_t choice = 0; choice < choices; ++choice) errors_[choice] += squared_error(rows, kernel, factors[choice], wanted);
      }
  }

  /// Divides channels of the norm, and multiplies rows of the kernels, by s_j of the best choice.
  void apply(const NormAndKernels& norm) const {
    const auto factors = factors_of(norm, best());
    for (std::size_t j = 0; j < factors.size(); ++j) {
      norm.scale[j] /= factors[j];
      norm.bias[j] /= factors[j];
      for (const auto& [kernel, blocks] : norm.kernels)
        for (Index k = 0; k < kernel.cols; ++k) kernel(static_cast<Index>(j), k) *= factors[j];
    }
  }

  bool has_rows() const { return squares_ > 0; }        ///< whether compare saw a product that is not 0
  bool smooths() const { return best() > 0; }           ///< whether a value of alpha is better than no smoothing
  double error_before() const { return error(0); }      ///< sqrt(sum of squared errors / sum of squared products), not smoothed
  double error_after() const { return error(best()); }  ///< the same of the best choice; at most error_before()

 private:
  static constexpr std::size_t choices = alphas.size() + 1;  ///< the first is no smoothing
  /// s_j is 2^-24 to 2^24.
  static constexpr double largest_exponent = 24;

  /// The choice of the least error; of equal ones the first.
  std::size_t best() const { return static_cast<std::size_t>(std::ranges::min_element(errors_) - errors_.begin()); }
  double error(std::size_t choice) const { return std::sqrt(errors_[choice] / squares_); }

  /// s [D]. A channel that is 0 in all rows or in all kernels has s_j = 1, and does not count in the median.
  std::vector<float> factors_of(const NormAndKernels& norm, std::size_t choice) const {
    std::vector<float> factors(largest_.size(), 1.f);
    if (choice == 0) return factors;
    const double alpha = alphas[choice - 1];
    std::vector<std::size_t> channels;
    std::vector<double> exponents(factors.size());  // v
    for (std::size_t j = 0; j < factors.size(); ++j) {
      const float of_rows = largest_[j], of_kernels = largest_weight(norm, static_cast<Index>(j));
      if (of_rows == 0 || of_kernels == 0) continue;
      exponents[j] = alpha * std::log2(of_rows) - (1 - alpha) * std::log2(of_kernels);
      channels.push_back(j);
    }
    if (channels.empty()) return factors;
    const auto middle = channels.begin() + std::ssize(channels) / 2;
    std::ranges::nth_element(channels, middle, {}, [&](std::size_t j) { return exponents[j]; });
    const double median = exponents[*middle];
    for (const std::size_t j : channels)
      factors[j] = std::ldexp(1.f, static_cast<int>(std::lround(std::clamp(exponents[j] - median, -largest_exponent, largest_exponent))));
    return factors;
  }
  static float largest_weight(const NormAndKernels& norm, Index row) {
    float largest = 0;
    for (const auto& [kernel, blocks] : norm.kernels)
      for (Index k = 0; k < kernel.cols; ++k) largest = std::max(largest, std::abs(kernel(row, k)));
    return largest;
  }

  /// [rows, cols] without initial values, in the thread's arena.
  static ops::Matrix<float> take_matrix(Index rows, Index cols) { return ops::row_major(thread_arena().take<float>(rows * cols), rows, cols); }
  /// of a - b, element by element; an empty b counts as 0
  static double sum_of_squares(ops::Matrix<const float> a, ops::Matrix<const float> b) {
    double sum = 0;
    for (Index i = 0; i < a.rows; ++i)
      for (Index j = 0; j < a.cols; ++j) {
        const double difference = static_cast<double>(a(i, j)) - (b.rows > 0 ? static_cast<double>(b(i, j)) : 0);
        sum += difference * difference;
      }
    return sum;
  }
  /// Of the product in int8 of x with columns divided, and of W with rows multiplied, by s, against `wanted`.
  static double squared_error(ops::Matrix<const float> x, ops::Matrix<const float> w, std::span<const float> s, ops::Matrix<const float> wanted) {
    Arena::Scope scope(thread_arena());
    const auto rows = take_matrix(x.rows, x.cols), kernel = take_matrix(w.rows, w.cols), found = take_matrix(x.rows, w.cols);
    for (Index j = 0; j < x.cols; ++j) {
      const float factor = s[static_cast<std::size_t>(j)];
      for (Index i = 0; i < x.rows; ++i) rows(i, j) = x(i, j) / factor;
      for (Index k = 0; k < w.cols; ++k) kernel(j, k) = w(j, k) * factor;
    }
    const auto packed = ops::pack<float>(kernel, thread_arena().take<std::int8_t>(ops::packed_size<float, std::int8_t>(w.rows, w.cols)));
    ops::gemm<float>(rows, packed, found);
    return sum_of_squares(found, wanted);
  }

  std::vector<float> largest_;            ///< a [D]
  std::array<double, choices> errors_{};  ///< sums of squared errors
  double squares_ = 0;                    ///< sum of squared products
};

}  // namespace adatape::nn
