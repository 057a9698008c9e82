#pragma once
/// The arithmetic of the instructions that multiply bf16. Intel's manual states it so: DAZ = FTZ = 1, rounding to nearest even, MXCSR neither consulted nor
/// updated. The CPU's own instructions for float do it, in a mode that lasts for a scope.
#include <immintrin.h>

#include <bit>
#include <cstdint>

namespace emulated {

/// 16 lanes of 32 bits: floats, integers, pairs of bf16 or groups of four bytes.
using Words = std::uint32_t __attribute__((vector_size(64)));

/// While an object lives, subnormal operands and results of its thread count as 0, and results are rounded to nearest even. The destructor restores MXCSR.
class FlushingMode {
 public:
  FlushingMode() : before_(_mm_getcsr()) { _mm_setcsr(0x9fc0); }  // bits 15 (flush-to-zero), 6 (denormals-are-zero), 7 to 12 (no exception); rounding is 0
  ~FlushingMode() { _mm_setcsr(before_); }
  FlushingMode(const FlushingMode&) = delete;
  FlushingMode& operator=(const FlushingMode&) = delete;

 private:
  unsigned before_;
};

/// a b + sum and a + b, in assembly: a compiler moves other arithmetic past a change of MXCSR, and contracts it.
///@{
inline __m512 add_product(__m512 a, __m512 b, __m512 sum) {
  asm volatile("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
}
inline __m512 add(__m512 a, __m512 b) {
  __m512 sum;
  asm volatile("vaddps %2, %1, %0" : "=v"(sum) : "v"(a), "v"(b));
  return sum;
}
///@}

/// The values of pairs of bf16 as floats: those at the lower addresses, and those at the higher ones.
///@{
inline __m512 lower_values(Words pairs) { return std::bit_cast<__m512>(pairs << 16); }
inline __m512 upper_values(Words pairs) { return std::bit_cast<__m512>(pairs & 0xffff0000u); }
///@}

}  // namespace emulated
