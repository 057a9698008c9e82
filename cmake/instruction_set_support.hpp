#pragma once
/// Which instruction sets of instruction_sets.cmake CPU and operating system support. For the files that choose one; not for users of the library.
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

// The flags of this file are those of every set, and each set has more. So whatever else they name would run on CPUs that lack it.
#if defined(__SSE3__) || defined(__POPCNT__) || defined(__LZCNT__) || defined(__BMI__) || defined(__BMI2__)
#error "adatape: a program of several instruction sets was given flags for another one, such as -mavx2: keep them out of CMAKE_CXX_FLAGS and LIBRARIES"
#endif

namespace adatape_dispatch {

struct Support {
  bool avx2, avx512, avx512_bf16, avx512_amx;

  Support() {
    __builtin_cpu_init();
    avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    avx512_bf16 = avx512 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
    avx512_amx = avx512_bf16 && has_amx();
  }

 private:
  /// clang 14 has no name for AMX. Bits of CPUID, leaf 7, EDX: 22 AMX-BF16, 24 AMX-TILE, 25 AMX-INT8. Linux grants the registers or refuses them
  /// (ARCH_REQ_XCOMP_PERM for XFEATURE_XTILEDATA).
  static bool has_amx() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned wanted = 1u << 22 | 1u << 24 | 1u << 25;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & wanted) == wanted && syscall(SYS_arch_prctl, 0x1023, 18) == 0;
  }
};

}  // namespace adatape_dispatch
