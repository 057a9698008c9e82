#pragma once
/// The instruction sets of instruction_sets.cmake, and the one that a process takes. For the files that choose one; not for users of the library.
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

// The flags of this file are those of every set, and each set has more. So whatever else they name would run on CPUs that lack it.
#if defined(__SSE3__) || defined(__POPCNT__) || defined(__LZCNT__) || defined(__BMI__) || defined(__BMI2__)
#error "adatape: a program of several instruction sets was given flags for another one, such as -mavx2: keep them out of CMAKE_CXX_FLAGS and LIBRARIES"
#endif

/// X(set, ...) for every set, the best first.
#define ADATAPE_FOR_EACH_SET(X, ...) \
  X(avx512_amx, __VA_ARGS__)         \
  X(avx512_bf16, __VA_ARGS__)        \
  X(avx512_vnni, __VA_ARGS__)        \
  X(avx512, __VA_ARGS__)             \
  X(avx2_vnni, __VA_ARGS__)          \
  X(avx2, __VA_ARGS__)               \
  X(sse2, __VA_ARGS__)

namespace adatape_dispatch {

/// Which sets CPU and operating system support.
struct Support {
  static constexpr bool sse2 = true;
  bool avx2, avx2_vnni, avx512, avx512_vnni, avx512_bf16, avx512_amx;
  /// Whether VDPBF16PS, the product of avx512_bf16, takes longer than the same in float. core/namespace.hpp says where, and with what figures.
  bool slow_bf16;

  Support() {
    __builtin_cpu_init();
    const Features features;
    avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    avx2_vnni = avx2 && features.avx_vnni;
    avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    avx512_vnni = avx512 && __builtin_cpu_supports("avx512vnni");
    avx512_bf16 = avx512_vnni && __builtin_cpu_supports("avx512bf16");
    avx512_amx = avx512_bf16 && features.amx && grants_amx();
    slow_bf16 = features.avx512_fp16 && __builtin_cpu_is("intel");
  }

 private:
  /// What clang 14 has no names for: bits of CPUID, leaf 7. Subleaf 0, EDX: 22 AMX-BF16, 23 AVX512-FP16, 24 AMX-TILE, 25 AMX-INT8. Subleaf 1, EAX: 4 AVX-VNNI.
  struct Features {
    bool avx_vnni = false, avx512_fp16 = false, amx = false;

    Features() {
      unsigned a = 0, b = 0, c = 0, d = 0;
      constexpr unsigned of_amx = 1u << 22 | 1u << 24 | 1u << 25;
      if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
      const unsigned subleaves = a;
      avx512_fp16 = (d & 1u << 23) != 0;
      amx = (d & of_amx) == of_amx;
      if (subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) avx_vnni = (a & 1u << 4) != 0;
    }
  };
  /// Linux grants the registers or refuses them (ARCH_REQ_XCOMP_PERM for XFEATURE_XTILEDATA).
  static bool grants_amx() { return syscall(SYS_arch_prctl, 0x1023, 18) == 0; }
};

/// The place in ADATAPE_FOR_EACH_SET of the set that the environment variable ADATAPE_INSTRUCTION_SET names; of the best one, if there is no such variable.
/// A name that is unknown or not supported ends the process with one line and code 2.
inline int chosen_set() {
  const Support cpu;
  struct Set {
    const char* name;
    bool supported, worthwhile;
  };
#define ADATAPE_SET(set, ...) {#set, cpu.set, cpu.set && !(cpu.slow_bf16 && std::strcmp(#set, "avx512_bf16") == 0)},
  const Set sets[] = {ADATAPE_FOR_EACH_SET(ADATAPE_SET)};
#undef ADATAPE_SET
  const char* const wanted = std::getenv("ADATAPE_INSTRUCTION_SET");
  int place = 0;
  for (const Set& set : sets) {
    if (wanted ? std::strcmp(wanted, set.name) == 0 : set.worthwhile) {
      if (set.supported) return place;
      std::fprintf(stderr, "error: ADATAPE_INSTRUCTION_SET=%s: this machine does not support it\n", wanted);
      std::_Exit(2);
    }
    ++place;
  }
  std::fprintf(stderr, "error: ADATAPE_INSTRUCTION_SET=%s: wanted one of", wanted);
  for (const Set& set : sets) std::fprintf(stderr, " %s", set.name);
  std::fprintf(stderr, "\n");
  std::_Exit(2);
}

}  // namespace adatape_dispatch
