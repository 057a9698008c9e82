#pragma once
/// The epochs of a run as its log tells them.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adatape/core/types.hpp"

namespace adatape::examples {

/// The value of a log entry: as text, and as a number if it is one.
struct LoggedValue {
  std::string text;
  std::optional<double> number;
};

class History {
 public:
  /// `lines` are those of log.jsonl. Lines that are no JSON objects are left out.
  explicit History(const std::string& lines);

  Index size() const { return std::ssize(rows_); }
  bool empty() const { return rows_.empty(); }
  /// Keys of all entries, in the order in which they first appear.
  const std::vector<std::string>& columns() const { return columns_; }
  /// The value of `column` in entry i; empty where the entry has none.
  LoggedValue value(Index i, const std::string& column) const;
  /// The number of `column` in entry i; none where the entry has none.
  std::optional<double> number(Index i, const std::string& column) const { return value(i, column).number; }
  std::optional<double> last(const std::string& column) const { return empty() ? std::nullopt : number(size() - 1, column); }

  /// At most `most` entries (at least 2), spread evenly, the first and the last among them.
  History thinned(Index most) const;

  /// Comma-separated values with a header line (RFC 4180).
  std::string csv() const;

 private:
  using Row = std::vector<std::pair<std::string, LoggedValue>>;

  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

}  // namespace adatape::examples
