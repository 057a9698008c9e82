#pragma once
/// The Oxford-IIIT Pets (Parkhi et al., CVPR 2012): images/ID.jpg, annotations/trainval.txt and annotations/test.txt.
///
/// A line of a list is "ID CLASS SPECIES BREED". The ID is the name of the class, "_" and a number. CLASS is 1 .. 37, the rank of the name in lower case.
/// SPECIES is 1 (cat) or 2 (dog), and BREED a number within the species. Neither is used.
#include <unordered_set>

#include "adatape/data/class_folder.hpp"
#include "adatape/data/split.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

namespace detail {

/// One line of a list.
struct PetsLine {
  std::string id, name;
  Index label;
};

/// Throws Error, beginning with `where`, unless the line has the form at the top of this header.
inline PetsLine parse_pets_line(const std::string& line, const std::string& where) {
  constexpr Index classes = 37;
  const auto words = split_words(line);
  const auto number = [](std::string_view word) {  // 1 .. 999, or 0 for what is not a number of at most three digits
    Index value = 0;
    for (const char digit : word) value = digit >= '0' && digit <= '9' && value < 100 ? value * 10 + (digit - '0') : 1000;
    return value < 1000 ? value : 0;
  };
  const bool numbers = words.size() == 4 && number(words[1]) > 0 && number(words[2]) > 0 && number(words[3]) > 0;
  require(numbers, where, ": wanted \"ID CLASS SPECIES BREED\", found ", io::in_quotes(line));
  require(number(words[1]) <= classes, where, ": wanted a class of 1 .. ", classes, ", found ", words[1]);
  require(number(words[2]) <= 2, where, ": wanted the species 1 (cat) or 2 (dog), found ", words[2]);
  const auto bar = words[0].rfind('_');
  const bool named = bar != words[0].npos && bar > 0 && bar + 1 < words[0].size() && words[0].find_first_not_of("0123456789", bar + 1) == words[0].npos;
  require(named && words[0].find('/') == words[0].npos, where, ": wanted an ID such as Abyssinian_100, found ", io::in_quotes(words[0]));
  return {std::string(words[0]), std::string(words[0].substr(0, bar)), number(words[1]) - 1};
}

/// Throws Error unless `names`, one for each label, are in the order of their lower case.
inline void require_pets_order(const std::vector<std::string>& names, const std::string& where) {
  const auto lower = [](std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    require(!names[i].empty(), where, ": wanted pictures of ", names.size(), " classes, found none of class ", i + 1);
    require(i == 0 || lower(names[i - 1]) < lower(names[i]), where, ": wanted classes numbered in the order of their names, found ", i > 0 ? names[i - 1] : "",
            " before ", names[i]);
  }
}

}  // namespace detail

/// The files and labels of a split (train: trainval.txt), in the order of its list. The label is CLASS - 1.
/// Throws Error for a file that cannot be read, a line of another form, an ID twice, a class with two numbers or a number with two classes, classes that are
/// not 37 or not numbered in the order of their names, and a picture that is not in images/. Lines that begin with "#" and empty lines are passed over.
inline FileIndex scan_pets(const std::filesystem::path& root, Split split) {
  const std::string list = split == Split::train ? "annotations/trainval.txt" : "annotations/test.txt";
  const std::string where = (root / list).string();
  FileIndex index = detail::start_index();
  index.sources = {detail::index_source(root, list), detail::index_source(root, "images")};
  index.class_names.resize(37);
  const auto lines = read_lines(root / list);
  const auto files = detail::list_folder(root / "images").files;
  const std::unordered_set<std::string_view> there(files.begin(), files.end());
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty() || lines[i].starts_with('#')) continue;
    const std::string place = where + ": line " + io::number_text(i + 1);
    const auto [id, name, label] = detail::parse_pets_line(lines[i], place);
    auto& known = index.class_names[static_cast<std::size_t>(label)];
    if (known.empty()) known = name;
    require(known == name, place, ": class ", label + 1, " is ", known, " in a line before, and ", name, " here");
    require(seen.insert(id).second, place, ": the picture ", io::in_quotes(id), " is there twice");
    require(there.contains(id + ".jpg"), place, ": wanted ", (root / "images" / (id + ".jpg")).string(), ", found no such file");
    index.add("images/" + id + ".jpg", label);
  }
  require(index.size() > 0, where, ": wanted lines \"ID CLASS SPECIES BREED\", found none");
  detail::require_pets_order(index.class_names, where);
  return index;
}

/// The split as a Dataset. `cache` is a file for its index, outside of `root` (cached_index), or empty. Throws Error as scan_pets and cached_index do.
inline FileSet open_pets(const std::filesystem::path& root, Split split, const std::filesystem::path& cache = {}, const image::DecodeOptions& decode = {}) {
  return {root, cached_index(cache, split == Split::train ? "Pets trainval" : "Pets test", root, [&] { return scan_pets(root, split); }), decode};
}

}  // namespace adatape::data
