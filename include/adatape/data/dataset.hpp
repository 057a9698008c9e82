#pragma once
/// What a data set of labelled pictures is, and checks that all sets share.
#include <concepts>
#include <string>
#include <unordered_map>
#include <vector>

#include "adatape/image/image.hpp"
#include "adatape/io/text.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// A set of pictures numbered from 0 to size() - 1, each with a class numbered from 0.
///
///     size()         pictures in the set, at least 1
///     class_names()  one name for each class, in the order of the labels. A name is an empty string where the set has no names (IDX).
///     label(i)       the class of picture i: 0 <= label < class_names().size()
///     name(i)        where picture i comes from, for messages: a path, or a file and a place in it
///     image(i)       picture i, decoded. Throws Error where its file cannot be read or is damaged.
///
/// label, name and image throw Error unless 0 <= i < size(). All of them are const, and many threads may call them at once.
template <class Set>
concept Dataset = requires(const Set& set, Index i) {
  { set.size() } -> std::same_as<Index>;
  { set.class_names() } -> std::same_as<const std::vector<std::string>&>;
  { set.label(i) } -> std::same_as<Index>;
  { set.name(i) } -> std::same_as<std::string>;
  { set.image(i) } -> std::same_as<image::Image>;
};

/// Throws Error, which names `set`, unless 0 <= i < size.
inline void require_sample(Index i, Index size, const char* set) { require(0 <= i && i < size, set, ": wanted a picture of 0 .. ", size - 1, ", found ", i); }

/// The name of class `label`, or its number in decimal where the name is empty. Throws Error if there is no such class.
inline std::string class_text(const std::vector<std::string>& names, Index label) {
  require(0 <= label && label < std::ssize(names), "class names: wanted a label of 0 .. ", std::ssize(names) - 1, ", found ", label);
  const std::string& name = names[static_cast<std::size_t>(label)];
  return name.empty() ? io::number_text(label) : name;
}

/// Throws Error, beginning with `where`, unless `name` can be the name of a class: UTF-8 of at least one character, none of them a control character. So
/// class names can stand in JSON, and in a text file of one name a line.
inline void require_class_name(const std::string& name, const std::string& where) {
  require(!name.empty(), where, ": wanted the name of a class, found an empty text");
  for (std::size_t at = 0, length = 0; at < name.size(); at += length) {
    length = io::detail::utf8_length(std::string_view(name).substr(at));
    const auto code = static_cast<unsigned char>(name[at]);
    require(length > 0 && code >= 0x20 && code != 0x7f, where, ": wanted the name of a class in UTF-8 without control characters, found ", io::in_quotes(name));
  }
}

/// For each class of `found` its number in `wanted`, [found.size()]. Used where a set must have the classes of another one, as a validation set those of the
/// training set. `wanted` may have classes that `found` has not. Throws Error, beginning with `where`, for a class of `found` that is not in `wanted`, and for
/// a name that `wanted` has twice.
inline std::vector<Index> match_classes(const std::vector<std::string>& found, const std::vector<std::string>& wanted, const std::string& where) {
  std::unordered_map<std::string, Index> numbers;
  for (const std::string& name : wanted)
    require(numbers.emplace(name, std::ssize(numbers)).second, where, ": the list of classes has ", io::in_quotes(name), " twice");
  std::vector<Index> matched;
  for (const std::string& name : found) {
    const auto number = numbers.find(name);
    require(number != numbers.end(), where, ": found the class ", io::in_quotes(name), ", which is not one of the ", wanted.size(), " given classes");
    matched.push_back(number->second);
  }
  return matched;
}

}  // namespace adatape::data
