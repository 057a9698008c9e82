#pragma once
/// Matrix products: C = A B, optionally + C, + a bias row, and a function of the result (an epilogue) while the result is still in cache.
///
/// In float every element of C is one chain of fma over k in ascending order, which starts from 0, from C, from the bias or from C + bias. So the bits of
/// element (i, j) depend on its start, on row i of A and on column j of B only. They do not depend on other sizes, strides, packing, tiles or threads. (Where
/// the instruction set has no fma, it is a multiplication and an addition.) Other types run the plain loop on the calling thread.
///
/// Where B was packed as Bf16, A is rounded to bf16 too, and k runs in groups (simd/bf16_step.hpp). Where B was packed as int8, A is quantised a row, and sums
/// over k are exact integers (ops/gemm_int8.hpp). The promise is the same.
#include <type_traits>

#include "adatape/core/error.hpp"
#include "adatape/core/multiply_add.hpp"
#include "adatape/ops/dispatch.hpp"
#include "adatape/ops/kernels.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::ops {

namespace scalar {

/// Stored: the type of B's values, which become T before they are multiplied.
template <class T, class Stored = T, class Epilogue = KeepResult>
void gemm(std::type_identity_t<Matrix<const T>> a, std::type_identity_t<Matrix<const Stored>> b, Matrix<T> c, std::type_identity_t<GemmOptions<T>> options = {},
          const Epilogue& epilogue = {}) {
  for (Index i = 0; i < c.rows; ++i) {
    for (Index j = 0; j < c.cols; ++j) {
      T sum = options.accumulate ? c(i, j) : T(0);
      if (options.bias) sum += options.bias[j];
      for (Index k = 0; k < a.cols; ++k) sum = multiply_add(a(i, k), static_cast<T>(b(k, j)), sum);
      c(i, j) = epilogue(sum, i, j, Index{1});
    }
  }
}

}  // namespace scalar

namespace detail {

[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_gemm_sizes(Index a_rows, Index a_cols, Index b_rows, Index b_cols, Index c_rows, Index c_cols) {
  require(false, "gemm: wanted A [m, k], B [k, n] and C [m, n], found A [", a_rows, ", ", a_cols, "], B [", b_rows, ", ", b_cols, "] and C [", c_rows, ", ",
          c_cols, "]");
  __builtin_unreachable();
}

template <class T, class Stored, class Epilogue>
void scalar_gemm(Matrix<const T> a, const PackedMatrix<T, Stored>& b, Matrix<T> c, GemmOptions<T> options, const Epilogue& epilogue) {
  scalar::gemm<T, Stored>(a, {b.data, b.rows, b.cols, b.cols, 1}, c, options, epilogue);
}
template <class T, class Epilogue>
void scalar_gemm(Matrix<const T> a, const Matrix<const T>& b, Matrix<T> c, GemmOptions<T> options, const Epilogue& epilogue) {
  scalar::gemm<T>(a, b, c, options, epilogue);
}

/// In multiplications. For smaller products, starting threads costs more time than the threads save.
inline constexpr Index smallest_parallel_product = Index{1} << 20;

/// Cuts C [rows, cols] into at most `threads` rectangles, one for each. `depth`: columns of A.
template <class Product>
void run_product(const Product& product, Index rows, Index cols, Index depth, int threads) {
  if (rows == 0 || cols == 0) return;
  if (rows * cols * depth < smallest_parallel_product) threads = 1;
  for_rectangles(rows, product.strips(), Product::tile_rows, Product::preparation, threads, [&](Range of_rows, Range strips) { product.run(of_rows, strips); });
}

template <class T, class B, class Epilogue>
void gemm(Matrix<const T> a, const B& b, Matrix<T> c, GemmOptions<T> options, const Epilogue& epilogue, int threads) {
  if constexpr (std::is_same_v<B, PackedMatrix<float, std::int8_t>>)
    run_product(Int8Product<Epilogue>(a, b, c, options, epilogue), c.rows, c.cols, a.cols, threads);
  else
    run_product(BlockProduct<T, B>(a, b, c, options, tile_epilogue<T>(epilogue)), c.rows, c.cols, a.cols, threads);
}

template <class T, class B, class Epilogue>
void choose_gemm(Matrix<const T> a, const B& b, Matrix<T> c, GemmOptions<T> options, const Epilogue& epilogue, int threads) {
  if (a.cols != b.rows || c.rows != a.rows || c.cols != b.cols) [[unlikely]]
    refuse_gemm_sizes(a.rows, a.cols, b.rows, b.cols, c.rows, c.cols);
  if constexpr (!is_vectorised<T>) {
    scalar_gemm<T>(a, b, c, options, epilogue);
  } else {
    if constexpr (std::is_same_v<B, Matrix<const T>>)
      if (options.products == Products::bf16) return gemm<T>(a, Rounded{b}, c, options, epilogue, threads);
    gemm<T>(a, b, c, options, epilogue, threads);
  }
}

}  // namespace detail

/// C [m, n] = A [m, k] B [k, n] (+ C) (+ bias row), then the epilogue (see KeepResult).
/// - In float a product of at least 2^20 multiplications uses up to available_threads() threads.
/// - A, B and C may have any strides. Any size may be 0.
/// - C overlaps none of A, B and the bias.
/// - Throws Error on sizes that do not match, std::bad_alloc if there is no memory for scratch.
///@{
template <class T, class Epilogue = KeepResult>
void gemm(std::type_identity_t<Matrix<const T>> a, std::type_identity_t<Matrix<const T>> b, Matrix<T> c, std::type_identity_t<GemmOptions<T>> options = {},
          const Epilogue& epilogue = {}) {
  detail::choose_gemm<T>(a, b, c, options, epilogue, available_threads());
}
template <class T, class Stored, class Epilogue = KeepResult>
void gemm(std::type_identity_t<Matrix<const T>> a, PackedMatrix<T, Stored> b, Matrix<T> c, std::type_identity_t<GemmOptions<T>> options = {},
          const Epilogue& epilogue = {}) {
  detail::choose_gemm<T>(a, b, c, options, epilogue, available_threads());
}
///@}

/// gemm on the calling thread alone. Throws as gemm does.
///@{
template <class T, class Epilogue = KeepResult>
void gemm_serial(std::type_identity_t<Matrix<const T>> a, std::type_identity_t<Matrix<const T>> b, Matrix<T> c,
                 std::type_identity_t<GemmOptions<T>> options = {}, const Epilogue& epilogue = {}) {
  detail::choose_gemm<T>(a, b, c, options, epilogue, 1);
}
template <class T, class Stored, class Epilogue = KeepResult>
void gemm_serial(std::type_identity_t<Matrix<const T>> a, PackedMatrix<T, Stored> b, Matrix<T> c, std::type_identity_t<GemmOptions<T>> options = {},
                 const Epilogue& epilogue = {}) {
  detail::choose_gemm<T>(a, b, c, options, epilogue, 1);
}
///@}

/// Number of elements that pack() writes for a B of [k, n]. Columns are filled up to whole registers: to a multiple of 16 on AVX-512, of 8 on AVX, of 4
/// elsewhere.
template <class T, class Stored = T>
constexpr Index packed_size(Index k, Index n) {
  if constexpr (!is_vectorised<T>)
    return k * n;
  else
    return simd::whole_batches<T>(n) * detail::packed_column<T, Stored>(k);
}

/// Rearranges B [k, n] for products in T. Writes it, rounded to Stored, to destination [packed_size<T, Stored>(k, n)], which does not overlap B, and returns a
/// view of destination. Products are fastest where destination is aligned to kAlignment. Throws Error where Stored is int8 and k is above 65536.
template <class T, class Stored = T>
PackedMatrix<T, Stored> pack(std::type_identity_t<Matrix<const T>> b, Stored* destination) {
  static_assert(is_stored_as<T, Stored>, "pack: weights are stored as T, as Bf16 or int8 where T is float, or as float where T is double");
  if constexpr (std::is_same_v<Stored, std::int8_t>)
    require(b.rows <= simd::int8_most_depth, "pack: wanted at most ", simd::int8_most_depth, " rows of weights stored as int8, found ", b.rows);
  if constexpr (is_vectorised<T>) {
    const detail::PackedStrips<T, Stored> strips{b.cols};
    for (Index s = 0; s < strips.count(); ++s)
      simd::pack_panel(b.data + strips(s).first * b.col_stride, b.row_stride, b.col_stride, b.rows, strips(s).size(),
                       destination + strips(s).first * detail::packed_column<T, Stored>(b.rows));
  } else {
    for (Index k = 0; k < b.rows; ++k)
      for (Index j = 0; j < b.cols; ++j) destination[k * b.cols + j] = static_cast<Stored>(b(k, j));
  }
  return {destination, b.rows, b.cols};
}

}  // namespace adatape::ops
