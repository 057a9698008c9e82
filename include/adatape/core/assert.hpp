#pragma once
/// ADATAPE_ASSERT checks what the library itself guarantees, and what would cost speed to check in every build.
/// What a caller can get wrong once a call is checked in every build, by require (core/error.hpp).
#include <cstdio>
#include <cstdlib>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::detail {

[[noreturn]] inline void assertion_failed(const char* file, int line, const char* condition, const char* sentence) {
  std::fprintf(stderr, "%s:%d: %s (%s does not hold)\n", file, line, sentence, condition);
  std::abort();
}

}  // namespace adatape::detail

/// ADATAPE_ASSERT(condition, "sentence"): where ADATAPE_ASSERTIONS is 1, writes the sentence to standard error and aborts unless the condition holds.
/// Elsewhere the condition is not evaluated.
#if ADATAPE_ASSERTIONS
#define ADATAPE_ASSERT(condition, sentence) \
  ((condition) ? static_cast<void>(0) : ::adatape::detail::assertion_failed(__FILE__, __LINE__, #condition, sentence))
#else
#define ADATAPE_ASSERT(condition, sentence) static_cast<void>(sizeof(!(condition)))
#endif
