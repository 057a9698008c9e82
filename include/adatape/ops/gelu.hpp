#pragma once
/// GELU (Hendrycks and Gimpel 2016) in its tanh and its exact (erf) form, forward and backward, elementwise.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/ops/epilogues.hpp"
#include "adatape/simd/math.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

/// The form with tanh approximates the form with erf, which is exact.
enum class GeluForm : std::uint8_t { tanh, erf };

inline constexpr double kGeluScale = 0.79788456080286535588;  ///< sqrt(2 / pi)
inline constexpr double kGeluCubic = 0.044715;                ///< factor of x^3 in the tanh form

/// GELU is x gate(x), its derivative is gate + x dgate/dx. Where |x| > kGeluFlat, x dgate/dx rounds to 0 in float and in double. That term is computed from x
/// kept within [-kGeluFlat, kGeluFlat]. Computed from x itself, it would be infinity times 0, which is NaN, in float from |x| = 1.3e13 on. So the derivatives
/// at -infinity and infinity are 0 and 1, their limits. GELU itself is NaN at -infinity (-infinity times 0): an overflow stays visible.
inline constexpr double kGeluFlat = 40;

namespace scalar {

/// tanh: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)));  erf: x/2 (1 + erf(x / sqrt 2))
template <GeluForm form, class T>
T gelu(T x) {
  if constexpr (form == GeluForm::tanh)
    return x / 2 * (1 + std::tanh(static_cast<T>(kGeluScale) * (x + static_cast<T>(kGeluCubic) * x * x * x)));
  else
    return x / 2 * (1 + std::erf(x / std::numbers::sqrt2_v<T>));
}

/// d gelu(x) / dx
template <GeluForm form, class T>
T gelu_derivative(T x) {
  const T near = std::clamp(x, static_cast<T>(-kGeluFlat), static_cast<T>(kGeluFlat));
  if constexpr (form == GeluForm::tanh) {
    const T t = std::tanh(static_cast<T>(kGeluScale) * (x + static_cast<T>(kGeluCubic) * x * x * x));
    return (1 + t) / 2 + near / 2 * (1 - t * t) * static_cast<T>(kGeluScale) * (1 + 3 * static_cast<T>(kGeluCubic) * near * near);
  } else {
    return (1 + std::erf(x / std::numbers::sqrt2_v<T>)) / 2 + near * std::exp(-near * near / 2) * std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
  }
}

/// y = gelu(x) and derivative = gelu'(x) for `count` elements.
template <GeluForm form, class T>
void gelu_with_derivative(const T* x, Index count, T* y, T* derivative) {
  for (Index i = 0; i < count; ++i) {
    y[i] = gelu<form>(x[i]);
    derivative[i] = gelu_derivative<form>(x[i]);
  }
}

}  // namespace scalar

namespace vectorised {

using simd::Batch, simd::fma, simd::splat;

/// The factor of x in GELU. For the tanh form, (1 + tanh u) / 2 is computed as sigmoid(2 u).
template <GeluForm form>
Batch<float> gelu_gate(const Batch<float>& x) {
  if constexpr (form == GeluForm::tanh) {
    constexpr auto linear = static_cast<float>(-2 * kGeluScale), cubic = static_cast<float>(-2 * kGeluScale * kGeluCubic);
    return simd::divide(splat(1.f), splat(1.f) + simd::exp(x * fma(x * x, splat(cubic), splat(linear))));
  } else {
    return fma(simd::erf(x * splat(1 / std::numbers::sqrt2_v<float>)), splat(0.5f), splat(0.5f));
  }
}

/// gate + x dgate/dx
template <GeluForm form>
Batch<float> gelu_derivative(const Batch<float>& x, const Batch<float>& gate) {
  const Batch<float> near = simd::clamp(x, static_cast<float>(-kGeluFlat), static_cast<float>(kGeluFlat));
  if constexpr (form == GeluForm::tanh) {
    constexpr auto linear = static_cast<float>(2 * kGeluScale), cubic = static_cast<float>(6 * kGeluScale * kGeluCubic);
    return fma(near * fma(near * near, splat(cubic), splat(linear)), gate * (splat(1.f) - gate), gate);
  } else {
    constexpr float density = std::numbers::inv_sqrtpi_v<float> / std::numbers::sqrt2_v<float>;
    return fma(near * splat(density), simd::exp(near * near * splat(-0.5f)), gate);
  }
}

template <GeluForm form>
void gelu_with_derivative(const float* x, Index count, float* y, float* derivative) {
  simd::for_each_batch<float>(count, [&](Index i, Index n) {
    const Batch<float> values = simd::load_partial(x + i, n), gate = gelu_gate<form>(values);
    simd::store_partial(y + i, values * gate, n);
    simd::store_partial(derivative + i, gelu_derivative<form>(values, gate), n);
  });
}

}  // namespace vectorised

/// GELU as the epilogue of a matrix product (see KeepResult).
template <GeluForm form>
struct GeluEpilogue {
  /// gelu(value)
  template <class Value>
  Value operator()(Value value, Index, Index, Index) const {
    if constexpr (std::is_floating_point_v<Value>)
      return scalar::gelu<form>(value);
    else
      return value * vectorised::gelu_gate<form>(value);
  }
};

/// The same. Also writes the values before GELU to `input` [rows of the product, width], for the backward pass. `input` overlaps no operand of the product.
template <GeluForm form, class T>
struct KeepingGeluEpilogue {
  T* input;     ///< row-major, rows adjacent; must outlive the product
  Index width;  ///< columns of the product
  /// gelu(value). Writes the first `count` values to `input`.
  template <class Value>
  Value operator()(Value value, Index row, Index column, Index count) const {
    T* const to = input + row * width + column;
    if constexpr (std::is_floating_point_v<Value>)
      *to = value;
    else
      simd::store_partial(to, value, count);
    return GeluEpilogue<form>{}(value, row, column, count);
  }
  /// `input`, to be loaded ahead.
  EpilogueMemory<T> memory() const { return {input, width, true}; }
};

/// y = gelu(x) and derivative = gelu'(x) for `count` elements. In float both come from one gate. The three arrays do not overlap. Throws as parallel_for does.
template <GeluForm form, class T>
void gelu_with_derivative(const T* x, Index count, T* y, T* derivative) {
  parallel_chunks(count, 4096, [&](Index begin, Index end) {
    if constexpr (is_vectorised<T>)
      vectorised::gelu_with_derivative<form>(x + begin, end - begin, y + begin, derivative + begin);
    else
      scalar::gelu_with_derivative<form>(x + begin, end - begin, y + begin, derivative + begin);
  });
}

}  // namespace adatape::ops
