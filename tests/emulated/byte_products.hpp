#pragma once
/// Products of bytes that are added up in int32: VPDPBUSD of AVX512-VNNI and AVX-VNNI, and the innermost step of TDPBUSD.
#include <immintrin.h>

#include <bit>
#include <cstdint>

namespace emulated {

/// In each lane sum + the four products of a byte of a, without a sign, and a byte of b, with one. Sums wrap around. `Lanes`: std::uint32_t, or a vector of
/// them.
template <class Lanes>
Lanes add_products_of_bytes(Lanes sum, Lanes a, Lanes b) {
  for (unsigned byte = 0; byte < 4; ++byte) {
    const Lanes of_a = a >> (8 * byte) & 0xffu, of_b = ((b >> (8 * byte) & 0xffu) ^ 0x80u) - 0x80u;  // the second one with its sign, modulo 2^32
    sum += of_a * of_b;
  }
  return sum;
}

#if defined(__AVX512F__)
/// VPDPBUSD of 16 lanes.
[[gnu::noinline]] inline __m512i vpdpbusd(__m512i sum, __m512i a, __m512i b) {
  using Lanes = std::uint32_t __attribute__((vector_size(64)));
  return std::bit_cast<__m512i>(add_products_of_bytes(std::bit_cast<Lanes>(sum), std::bit_cast<Lanes>(a), std::bit_cast<Lanes>(b)));
}
#endif

/// VPDPBUSD of 8 lanes.
[[gnu::noinline]] inline __m256i vpdpbusd(__m256i sum, __m256i a, __m256i b) {
  using Lanes = std::uint32_t __attribute__((vector_size(32)));
  return std::bit_cast<__m256i>(add_products_of_bytes(std::bit_cast<Lanes>(sum), std::bit_cast<Lanes>(a), std::bit_cast<Lanes>(b)));
}

}  // namespace emulated
