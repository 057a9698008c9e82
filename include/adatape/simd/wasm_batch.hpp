#pragma once
/// The registers of WebAssembly's SIMD, of 128 bits: what simd/batch.hpp takes from xsimd elsewhere, with the same names. Debian 12's xsimd does not know
/// WebAssembly. Every operation has the bits of SSE2's. Results that are NaN may differ in sign and payload, which WebAssembly leaves open.
#if defined(__wasm_simd128__)
#include <wasm_simd128.h>

#include <cstdint>
#include <type_traits>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd::wasm {

/// Truth values: all bits of a lane are 1 where it holds, else 0.
template <class T>
class Mask {
 public:
  explicit Mask(v128_t bits) : bits_(bits) {}
  v128_t bits() const { return bits_; }

 private:
  v128_t bits_;
};

/// T is float, double or std::int32_t.
template <class T>
class Batch {
 public:
  using register_type = T __attribute__((vector_size(16)));
  static constexpr std::size_t size = 16 / sizeof(T);

  Batch() = default;
  Batch(register_type values) : values_(values) {}
  explicit Batch(T value) : values_(splat(value)) {}
  operator register_type() const { return values_; }

  static Batch load_unaligned(const T* from) { return of_bits(wasm_v128_load(from)); }
  static Batch load_aligned(const T* from) { return load_unaligned(from); }
  void store_unaligned(T* to) const { wasm_v128_store(to, bits()); }
  void store_aligned(T* to) const { store_unaligned(to); }

  static Batch of_bits(v128_t bits) { return reinterpret_cast<register_type>(bits); }
  v128_t bits() const { return reinterpret_cast<v128_t>(values_); }

  friend Batch operator+(const Batch& x, const Batch& y) { return reinterpret_cast<register_type>(x.wrapping() + y.wrapping()); }
  friend Batch operator-(const Batch& x, const Batch& y) { return reinterpret_cast<register_type>(x.wrapping() - y.wrapping()); }
  friend Batch operator*(const Batch& x, const Batch& y) { return reinterpret_cast<register_type>(x.wrapping() * y.wrapping()); }
  friend Batch operator/(const Batch& x, const Batch& y) { return x.values_ / y.values_; }
  friend Batch operator-(const Batch& x) { return -x.values_; }
  friend Batch operator<<(const Batch& x, int count) { return x.values_ << count; }
  friend Batch operator>>(const Batch& x, int count) { return x.values_ >> count; }
  friend Mask<T> operator<(const Batch& x, const Batch& y) { return Mask<T>(reinterpret_cast<v128_t>(x.values_ < y.values_)); }
  friend Mask<T> operator>(const Batch& x, const Batch& y) { return y < x; }
  friend Mask<T> operator==(const Batch& x, const Batch& y) { return Mask<T>(reinterpret_cast<v128_t>(x.values_ == y.values_)); }

 private:
  using Unsigned = std::uint32_t __attribute__((vector_size(16)));

  static register_type splat(T value) {
    if constexpr (size == 4)
      return register_type{value, value, value, value};
    else
      return register_type{value, value};
  }
  /// Integers go round where they overflow.
  auto wrapping() const {
    if constexpr (std::is_integral_v<T>)
      return reinterpret_cast<Unsigned>(values_);
    else
      return values_;
  }

  register_type values_;
};

/// Not in the namespace of the classes, or argument-dependent look-up would find these functions beside those of simd/batch.hpp.
namespace operations {

/// x y + z, rounded twice: WebAssembly has no fused multiply-add of fixed rounding.
template <class T>
inline Batch<T> fma(const Batch<T>& x, const Batch<T>& y, const Batch<T>& z) {
  return x * y + z;
}
/// x < y ? x : y and x > y ? x : y.
template <class T>
inline Batch<T> min(const Batch<T>& x, const Batch<T>& y) {
  return Batch<T>::of_bits(sizeof(T) == 4 ? wasm_f32x4_pmin(y.bits(), x.bits()) : wasm_f64x2_pmin(y.bits(), x.bits()));
}
template <class T>
inline Batch<T> max(const Batch<T>& x, const Batch<T>& y) {
  return Batch<T>::of_bits(sizeof(T) == 4 ? wasm_f32x4_pmax(y.bits(), x.bits()) : wasm_f64x2_pmax(y.bits(), x.bits()));
}
template <class T>
inline Batch<T> select(const Mask<T>& mask, const Batch<T>& x, const Batch<T>& y) {
  return Batch<T>::of_bits(wasm_v128_bitselect(x.bits(), y.bits(), mask.bits()));
}
template <class T>
inline bool any(const Mask<T>& mask) {
  return wasm_v128_any_true(mask.bits());
}
template <class T>
inline Batch<T> sqrt(const Batch<T>& x) {
  return Batch<T>::of_bits(sizeof(T) == 4 ? wasm_f32x4_sqrt(x.bits()) : wasm_f64x2_sqrt(x.bits()));
}
template <class T>
inline Batch<T> abs(const Batch<T>& x) {
  return Batch<T>::of_bits(sizeof(T) == 4 ? wasm_f32x4_abs(x.bits()) : wasm_f64x2_abs(x.bits()));
}
/// The magnitudes of x with the signs of y.
template <class T>
inline Batch<T> copysign(const Batch<T>& x, const Batch<T>& y) {
  return Batch<T>::of_bits(wasm_v128_bitselect(y.bits(), x.bits(), Batch<T>(T(-0.0)).bits()));
}
inline Batch<float> to_float(const Batch<std::int32_t>& x) { return Batch<float>::of_bits(wasm_f32x4_convert_i32x4(x.bits())); }
/// Rounded to nearest even. |x| < 2^31.
inline Batch<std::int32_t> nearbyint_as_int(const Batch<float>& x) {
  return Batch<std::int32_t>::of_bits(wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(x.bits())));
}

}  // namespace operations
}  // namespace adatape::simd::wasm
#endif
