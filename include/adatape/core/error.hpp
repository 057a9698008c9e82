#pragma once
/// The one exception type of the library, and the check that throws it.
#include <locale>
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

/// Throws Error unless `holds`. The text is the parts, one after the other. Numbers look the same in every locale: no grouping, a decimal point.
template <class... Parts>
void require(bool holds, const Parts&... parts) {
  if (holds) [[likely]]
    return;
  std::ostringstream message;
  message.imbue(std::locale::classic());
  (message << ... << parts);
  throw Error(message.str());
}

}  // namespace adatape
