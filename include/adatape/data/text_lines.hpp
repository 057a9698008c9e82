#pragma once
/// Small text files of a data set: names of classes, lists of files.
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "adatape/data/dataset.hpp"
#include "adatape/io/input_file.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// The most bytes of a text file that is read: 64 MiB. The list of ImageNet's validation set has 2 MB, a list of its training set would have 50 MB.
inline constexpr std::size_t kLargestText = std::size_t{1} << 26;

/// The whole file. Throws Error if it cannot be read, changes while it is being read, or is larger than kLargestText.
inline std::string read_text(const std::filesystem::path& path) {
  io::InputFile file(path);
  require(file.size() <= kLargestText, file.path(), ": wanted a text of at most ", kLargestText, " bytes, found ", file.size());
  std::string text(file.size(), '\0');
  file.read(std::as_writable_bytes(std::span(text)));
  file.require_unchanged();
  return text;
}

/// The lines of a text file, without their ends (LF, or CR and LF). A byte order mark of UTF-8 at the start and empty lines at the end are left out. So line i
/// of the result is line i + 1 of the file. Throws Error as read_text does.
inline std::vector<std::string> read_lines(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  std::string_view rest = text;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  std::vector<std::string> lines;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

/// The words of a line: what stands between blanks and tabs. Views of `line`.
inline std::vector<std::string_view> split_words(std::string_view line) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string_view> words;
  for (auto begin = line.find_first_not_of(blanks); begin != line.npos; begin = line.find_first_not_of(blanks)) {
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(blanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

/// A file of class names, one a line: line i is class i - 1, as in timm's class maps. Blanks within a name count. Throws Error as read_lines does, for an empty
/// line before the last name, for a name twice, for a name that is not UTF-8, and where there is no name.
inline std::vector<std::string> read_class_names(const std::filesystem::path& path) {
  auto names = read_lines(path);
  const std::string where = path.string();
  require(!names.empty(), where, ": wanted names of classes, one a line, found none");
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    require_class_name(names[i], where + ": line " + io::number_text(i + 1));
    require(seen.insert(names[i]).second, where, ": line ", i + 1, ": the class ", io::in_quotes(names[i]), " is there twice");
  }
  return names;
}

}  // namespace adatape::data
