#include <doctest/doctest.h>

#include <clocale>
#include <locale>

#include "adatape/core/error.hpp"

namespace {

/// Writes 1234567.5 as 1.234.567,5.
struct German : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

}  // namespace

TEST_CASE("require: the user's locale changes no number of a message") {
  const std::locale old = std::locale::global(std::locale(std::locale::classic(), new German));
  std::string message;
  try {
    adatape::require(false, "wanted ", 1234567, ", found ", 0.5, " and ", 12345L);
  } catch (const adatape::Error& error) {
    message = error.what();
  }
  std::locale::global(old);
  CHECK(message == "wanted 1234567, found 0.5 and 12345");
}
