#pragma once
/// Arithmetic that treats subnormal numbers as 0, for the length of a scope.
#include <cstdint>

#include "adatape/simd/batch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// While an object of this class lives, subnormal operands and results of the thread that made it count as 0, with their sign: flush-to-zero and
/// denormals-are-zero of x86, FZ of Arm. WebAssembly has no such mode: there subnormal numbers are kept. The destructor restores the earlier mode, and must run
/// on the same thread. A scope costs a few nanoseconds. Arithmetic costs nothing more. ops/adamw.hpp says why subnormal numbers are avoided.
class FlushSubnormals {
 public:
  FlushSubnormals() : before_(read()) { write(before_ | flush); }
  ~FlushSubnormals() { write(before_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  // The memory clobber keeps the compiler from moving loads and stores, and the arithmetic between them, past the change of mode.
#if defined(__SSE2__)
  using Mode = unsigned int;
  static constexpr Mode flush = 0x8040;  // bits 15 (flush-to-zero) and 6 (denormals-are-zero) of MXCSR
  static Mode read() { return _mm_getcsr(); }
  static void write(Mode mode) {
    asm volatile("" ::: "memory");
    _mm_setcsr(mode);
    asm volatile("" ::: "memory");
  }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode flush = std::uint64_t{1} << 24;  // FZ of FPCR
  static Mode read() {
    Mode mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void write(Mode mode) { asm volatile("msr fpcr, %0" ::"r"(mode) : "memory"); }
#elif defined(__wasm__)
  struct Mode {
    friend Mode operator|(Mode mode, Mode) { return mode; }
  };
  static constexpr Mode flush = {};
  static Mode read() { return {}; }
  static void write(Mode) {}
#else
#error "FlushSubnormals: wanted x86-64, 64-bit Arm or WebAssembly"
#endif
  Mode before_;
};

}  // namespace adatape::simd
