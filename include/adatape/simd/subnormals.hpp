#pragma once
/// Arithmetic that takes and gives 0 for subnormal numbers, for the length of a scope.
#include <cstdint>

#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// While it lives, subnormal operands and results of this thread count as 0 (with their sign): x86's flush-to-zero and denormals-are-zero, Arm's FZ.
/// The mode before is restored. Costs a few nanoseconds a scope and nothing an element.
class FlushSubnormals {
 public:
  FlushSubnormals() : before_(read()) { write(before_ | flush); }
  ~FlushSubnormals() { write(before_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  // The clobber of memory keeps loads and stores, and with them the arithmetic between, on their side of the switch.
#if defined(__SSE2__)
  using Mode = unsigned int;
  static constexpr Mode flush = 0x8040;
  static Mode read() { return _mm_getcsr(); }
  static void write(Mode mode) {
    asm volatile("" ::: "memory");
    _mm_setcsr(mode);
    asm volatile("" ::: "memory");
  }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode flush = std::uint64_t{1} << 24;
  static Mode read() {
    Mode mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void write(Mode mode) { asm volatile("msr fpcr, %0" ::"r"(mode) : "memory"); }
#else
#error "FlushSubnormals: wanted x86-64 or 64-bit Arm"
#endif
  Mode before_;
};

}  // namespace adatape::simd
