#pragma once
/// Names and numbers for messages of one line. They are the same in every locale.
#include <array>
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "adatape/core/error.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

namespace detail {

/// The bytes of the UTF-8 character at the start of `text`, which is not empty; 0 if `text` does not start with UTF-8.
constexpr std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = at(0);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  const bool overlong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xf0 && at(1) < 0x90);
  const bool no_character = (first == 0xed && at(1) >= 0xa0) || (first == 0xf4 && at(1) >= 0x90);  // surrogates, above U+10FFFF
  return overlong || no_character ? 0 : length;
}

}  // namespace detail

/// `text` in double quotes, for a message of one line. Control characters and bytes that are not UTF-8 are written `\xNN`. A text of more than 200 bytes is
/// cut, between two characters.
inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 200;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = detail::utf8_length(text.substr(at));
    if (at + (length > 0 ? length : 1) > longest) return out + "...\"";
    const auto code = static_cast<unsigned char>(text[at]);
    if (length == 0 || code < 0x20 || code == 0x7f) {
      (out += "\\x") += {digits[code >> 4], digits[code & 15]};
      ++at;
    } else {
      out += text.substr(at, length);
      at += length;
    }
  }
  return out + '"';
}

/// The value in the fewest digits that read back as the same value, with a decimal point in every locale.
template <class T>
  requires(std::integral<T> || std::floating_point<T>)
std::string number_text(T value) {
  std::array<char, 64> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

}  // namespace adatape::io
