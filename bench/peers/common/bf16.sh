# Sourced by the scripts that measure with factors in bf16.

# multiplies_bf16: has the processor instructions for it that are faster than products of float? The names are those of Linux: AMX, AVX512-BF16, and BF16 of Arm.
# Intel's CPUs with AVX512-FP16 and without AMX multiply bf16 at half the rate of float (core/namespace.hpp).
multiplies_bf16() {
  grep -qwE 'amx_bf16|bf16' /proc/cpuinfo && return
  grep -qw avx512_bf16 /proc/cpuinfo && ! { grep -qw avx512_fp16 /proc/cpuinfo && grep -qw GenuineIntel /proc/cpuinfo; }
}
