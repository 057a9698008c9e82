#pragma once
/// The one exception type of the library, and the check that throws it.
#include <initializer_list>
#include <locale>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Thrown for everything that a caller or a file got wrong at run time. what() is one line: where, what was wanted, what was found.
/// Mistakes in a configuration are compile errors (static_assert). A lack of memory is std::bad_alloc.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

/// A part of the text of an Error: a value and the function that writes it.
struct ErrorPart {
  const void* value;
  void (*write)(std::ostream&, const void*);
};
template <class P>
ErrorPart error_part(const P& part) {
  return {std::addressof(part), [](std::ostream& text, const void* value) { text << *static_cast<const P*>(value); }};
}
inline ErrorPart error_part(const char* text) {
  return {text, [](std::ostream& to, const void* value) { to << static_cast<const char*>(value); }};
}

/// One function for all errors. (A stream in each of the seventy lists of types that a program that trains has, took 1.1 of 14.3 s to compile.)
[[noreturn, gnu::cold, gnu::noinline]] inline void throw_error(std::initializer_list<ErrorPart> parts) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  for (const ErrorPart& part : parts) part.write(text, part.value);
  throw Error(text.str());
}

}  // namespace detail

/// Throws Error unless `holds`. The text is the parts, one after the other. Numbers look the same in every locale: no grouping, a decimal point.
template <class... Parts>
void require(bool holds, const Parts&... parts) {
  if (!holds) [[unlikely]]
    detail::throw_error({detail::error_part(parts)...});
}

}  // namespace adatape
