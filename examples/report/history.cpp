#include "history.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace adatape::examples {

namespace {

/// A field of RFC 4180: in quotes where it holds a comma, a quote or the end of a line.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

LoggedValue logged(const nlohmann::ordered_json& value) {
  if (value.is_null()) return {};  // JSON has no NaN
  if (value.is_string()) return {value.get<std::string>(), std::nullopt};
  return {value.dump(), value.is_number() ? std::optional(value.get<double>()) : std::nullopt};
}

}  // namespace

History::History(const std::string& lines) {
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    const auto json = nlohmann::ordered_json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    auto& row = rows_.emplace_back();
    for (const auto& [key, value] : json.items()) {
      if (std::ranges::find(columns_, key) == columns_.end()) columns_.push_back(key);
      row.emplace_back(key, logged(value));
    }
  }
}

LoggedValue History::value(Index i, const std::string& column) const {
  const auto& row = rows_[static_cast<std::size_t>(i)];
  const auto found = std::ranges::find(row, column, &Row::value_type::first);
  return found == row.end() ? LoggedValue{} : found->second;
}

History History::thinned(Index most) const {
  if (size() <= most) return *this;
  History out = *this;
  out.rows_.clear();
  for (Index i = 0; i < most; ++i) out.rows_.push_back(rows_[static_cast<std::size_t>(i * (size() - 1) / (most - 1))]);
  return out;
}

std::string History::csv() const {
  std::string out;
  const auto line = [&](const auto& field) {
    for (std::size_t k = 0; k < columns_.size(); ++k) (out += k > 0 ? "," : "") += csv_field(field(columns_[k]));
    out += "\r\n";
  };
  line([](const std::string& column) { return column; });
  for (Index i = 0; i < size(); ++i) line([&](const std::string& column) { return value(i, column).text; });
  return out;
}

}  // namespace adatape::examples
