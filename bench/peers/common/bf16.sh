# Sourced by the scripts that measure with factors in bf16.

# multiplies_bf16: has the processor instructions for it? The names are those of Linux: AVX512-BF16, AMX, and BF16 of Arm.
multiplies_bf16() { grep -qwE 'avx512_bf16|amx_bf16|bf16' /proc/cpuinfo; }
