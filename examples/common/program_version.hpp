#pragma once
/// What a program is, as --version and the records of runs say it.
#include <string>

#include "adatape/core/version.hpp"
#include "adatape/simd/bf16_step.hpp"
#include "adatape/simd/int8_step.hpp"

namespace adatape::examples {

static_assert(kVersion == ADATAPE_VERSION, "core/version.hpp and CMakeLists.txt must name the same version");

/// The library's version; how wide its instruction set is: 4 floats with SSE2 or NEON, 8 with AVX2, 16 with AVX-512; what multiplies narrow factors.
inline std::string program_version() {
  return "adatape " ADATAPE_VERSION ", batches of " + std::to_string(simd::lanes<float>) + " floats, bf16 by " + simd::bf16_path + ", int8 by " +
         simd::int8_path;
}

}  // namespace adatape::examples
