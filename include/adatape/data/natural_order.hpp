#pragma once
/// The order in which people count: 1, 2, 10.
#include <algorithm>
#include <string_view>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// Whether `a` stands before `b` in timm's natural order (natural_key in timm/data/readers/reader_image_folder.py): a text is cut into runs of digits and
/// what is between them. Runs are compared one after the other: digits as numbers of any length, the rest in lower case, byte by byte. Only the letters A to Z
/// have a lower case here, and only 0 to 9 are digits. Texts that are equal in this order, such as "a01" and "A1", are in byte order.
inline bool natural_less(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto lower = [](char c) { return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); };
  // Takes the run at the start of `rest`.
  const auto take = [&](std::string_view& rest, bool digits) {
    const auto end = std::ranges::find_if(rest, [&](char c) { return is_digit(c) != digits; });
    const std::string_view run = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(run.size());
    return run;
  };
  auto left = a, right = b;
  for (bool digits = false; !left.empty() || !right.empty(); digits = !digits) {
    auto x = take(left, digits), y = take(right, digits);
    if (digits) {
      if (x.empty() != y.empty()) return x.empty();  // one of the texts ends here
      x.remove_prefix(std::min(x.find_first_not_of('0'), x.size()));
      y.remove_prefix(std::min(y.find_first_not_of('0'), y.size()));
      if (x.size() != y.size()) return x.size() < y.size();
    }
    const auto [at_x, at_y] = std::ranges::mismatch(x, y, [&](char p, char q) { return lower(p) == lower(q); });
    if (at_y != y.end() || at_x != x.end()) return at_y != y.end() && (at_x == x.end() || lower(*at_x) < lower(*at_y));
  }
  return a < b;
}

}  // namespace adatape::data
