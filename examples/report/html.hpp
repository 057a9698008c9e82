#pragma once
/// Text and numbers as they stand in the report. They are the same in every locale.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "../common/guarded_main.hpp"

namespace adatape::examples {

/// `text` for the content and for the quoted attributes of HTML. Control characters and bytes that are not UTF-8 are written \xNN.
inline std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

/// 0.8512 -> "85.12 %"
inline std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

/// Four significant digits, for values of any size.
inline std::string short_number(double value) { return fmt::format("{:.4g}", value); }

}  // namespace adatape::examples
