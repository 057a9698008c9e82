#pragma once
/// What a file of packed weights is made for: the version of the library and the instruction set.
#include <string_view>

#include "adatape/core/namespace.hpp"

#define ADATAPE_TEXT(name) #name
#define ADATAPE_TEXT_OF(macro) ADATAPE_TEXT(macro)

namespace adatape::inline ADATAPE_NAMESPACE {

/// The version in CMakeLists.txt.
inline constexpr std::string_view kVersion = "0.1.0";

/// The instruction set in the name of ADATAPE_NAMESPACE, such as "avx512_bf16". It decides how kernels are packed; threads and assertions do not.
inline constexpr std::string_view kInstructionSet = ADATAPE_TEXT_OF(ADATAPE_NAMESPACE_SET);

}  // namespace adatape

#undef ADATAPE_TEXT
#undef ADATAPE_TEXT_OF
