#pragma once
/// Tables of the report.
#include <string>
#include <vector>

#include "html.hpp"

namespace adatape::examples {

/// A table whose first column names its rows. Cells are text, escaped here.
struct Table {
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows{};

  std::string html() const {
    std::string out = fmt::format("<table><caption>{}</caption><thead><tr>", escaped(caption));
    for (const auto& cell : head) out += fmt::format("<th scope=\"col\">{}</th>", escaped(cell));
    out += "</tr></thead><tbody>\n";
    for (const auto& row : rows) {
      out += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(row.front()));
      for (std::size_t i = 1; i < row.size(); ++i) out += fmt::format("<td>{}</td>", escaped(row[i]));
      out += "</tr>\n";
    }
    return out + "</tbody></table>";
  }
};

/// Content that may be wider than the page: a box of its own that scrolls, by keys too. `name` is text, escaped here.
inline std::string scrolling(const std::string& content, const std::string& name) {
  return fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>", escaped(name), content);
}

/// Hidden until it is asked for.
inline std::string folded(const Table& table) {
  return fmt::format("<details><summary>Data as a table</summary>{}</details>", scrolling(table.html(), table.caption));
}

}  // namespace adatape::examples
