#pragma once
/// JSON from files that may be damaged or hostile. It is parsed with limits on size and depth, and every type and range is checked when a value is read.
/// - Functions that take `where` throw Error of the form "where: key: wanted this, found that". `where` names file and place.
/// - No exception of the JSON library leaves these functions. std::bad_alloc is thrown where there is no memory.
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "adatape/core/types.hpp"
#include "adatape/io/text.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// The limits of parse_json. The size is limited because a document tree takes up to 50 times the memory of its text. The depth is limited because copying,
/// comparing and printing a tree call themselves once for each level.
struct JsonLimits {
  std::size_t bytes = std::size_t{1} << 20;  ///< of the text
  int depth = 32;                            ///< of arrays and objects inside one another; 1: only the outermost
};

/// `value` for a message: a number, true, false or null as JSON, a string in quotes (cut after 200 bytes), "an array of" and its size, or "an object".
inline std::string found_text(const nlohmann::json& value) {
  if (value.is_array()) return std::string("an array of ") + std::to_string(value.size());
  if (value.is_object()) return "an object";
  return value.is_string() ? in_quotes(value.get_ref<const std::string&>()) : value.dump();
}

/// The value of `text`. Throws Error beginning with `where`
/// - if the text is longer or nested deeper than the limits (nothing beyond a limit is built),
/// - if it is not JSON, which allows no byte order mark, no comment, no zero byte, and no text behind the value,
/// - if a number is too large for double,
/// - if a key appears twice in one object.
inline nlohmann::json parse_json(std::string_view text, const std::string& where, const JsonLimits& limits = {}) {
  require(text.size() <= limits.bytes, where, ": JSON of ", text.size(), " bytes, wanted at most ", limits.bytes);
  require(text.find('\0') == text.npos, where, ": JSON contains a zero byte");  // the parser would take it for the end
  require(!text.starts_with("\xef\xbb\xbf"), where, ": JSON begins with a byte order mark");
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const nlohmann::json::parser_callback_t check = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start)
      require(depth < limits.depth, where, ": JSON is nested more than ", limits.depth, " deep");
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys.back().insert(key).second) throw Error(where + ": key " + in_quotes(key) + " appears twice");
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text.begin(), text.end(), check);
  } catch (const nlohmann::json::parse_error& error) {
    throw Error(where + ": not valid JSON at its byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::exception&) {
    throw Error(where + ": a number is too large");
  }
}

/// `value` as JSON text of one line. Bytes that are not UTF-8 become U+FFFD.
inline std::string json_text(const nlohmann::json& value) { return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

namespace detail {

[[noreturn]] inline void refuse_value(const nlohmann::json& value, std::string_view key, const std::string& where, const std::string& wanted) {
  throw Error(where + ": " + in_quotes(key) + ": wanted " + wanted + ", found " + found_text(value));
}

}  // namespace detail

/// Whether `json` is an object with `key`.
inline bool json_has(const nlohmann::json& json, const std::string& key) { return json.is_object() && json.contains(key); }

/// The value of `key`, a reference into `json`. Throws Error if `json` is not an object or has no such key. All functions below throw Error for that too, and
/// for a value that is not of the kind that they return.
inline const nlohmann::json& json_at(const nlohmann::json& json, const std::string& key, const std::string& where) {
  if (!json.is_object()) throw Error(where + ": wanted a JSON object, found " + found_text(json));
  const auto found = json.find(key);
  if (found == json.end()) throw Error(where + ": key " + in_quotes(key) + " is missing");
  return *found;
}

/// The number of `key`, finite and from `min` to `max`.
inline double json_number(const nlohmann::json& json, const std::string& key, const std::string& where, double min = std::numeric_limits<double>::lowest(),
                          double max = std::numeric_limits<double>::max()) {
  const auto& value = json_at(json, key, where);
  const auto number = value.is_number() ? value.get<double>() : 0;
  if (!value.is_number() || !(number >= min && number <= max)) {
    const bool any = min == std::numeric_limits<double>::lowest() && max == std::numeric_limits<double>::max();
    detail::refuse_value(value, key, where, any ? std::string("a number") : std::string("a number from ") + number_text(min) + " to " + number_text(max));
  }
  return number;
}

/// The integer of `key`, from `min` to `max`. A number with a point or an exponent is not an integer.
template <std::integral T = Index>
T json_integer(const nlohmann::json& json, const std::string& key, const std::string& where, std::type_identity_t<T> min = std::numeric_limits<T>::min(),
               std::type_identity_t<T> max = std::numeric_limits<T>::max()) {
  const auto& value = json_at(json, key, where);
  const auto take = [&](auto number) {
    if (std::cmp_less(number, min) || std::cmp_greater(number, max)) return std::pair(false, T(0));
    return std::pair(true, static_cast<T>(number));
  };
  const auto [good, number] = value.is_number_unsigned()  ? take(value.get<std::uint64_t>())
                              : value.is_number_integer() ? take(value.get<std::int64_t>())
                                                          : std::pair(false, T(0));
  if (!good) detail::refuse_value(value, key, where, std::string("an integer from ") + number_text(min) + " to " + number_text(max));
  return number;
}

/// The truth value of `key`.
inline bool json_bool(const nlohmann::json& json, const std::string& key, const std::string& where) {
  const auto& value = json_at(json, key, where);
  if (!value.is_boolean()) detail::refuse_value(value, key, where, "true or false");
  return value.get<bool>();
}

/// The string of `key`, a reference into `json`. It must be one of `choices`, unless `choices` is empty.
inline const std::string& json_string(const nlohmann::json& json, const std::string& key, const std::string& where,
                                      std::initializer_list<std::string_view> choices = {}) {
  const auto& value = json_at(json, key, where);
  const auto* text = value.get_ptr<const std::string*>();
  bool good = text != nullptr && choices.size() == 0;
  std::string wanted;
  for (const auto choice : choices) {
    good = good || (text != nullptr && *text == choice);
    (wanted += wanted.empty() ? "" : " or ") += in_quotes(choice);
  }
  if (!good) detail::refuse_value(value, key, where, choices.size() == 0 ? "a string" : wanted);
  return *text;
}

/// The strings in the array of `key`, at most `longest` of them. A message calls element i "key[i]".
inline std::vector<std::string> json_strings(const nlohmann::json& json, const std::string& key, const std::string& where, std::size_t longest = 100'000) {
  const auto& value = json_at(json, key, where);
  if (!value.is_array() || value.size() > longest)
    detail::refuse_value(value, key, where, std::string("an array of at most ") + std::to_string(longest) + " strings");
  std::vector<std::string> out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!value[i].is_string()) detail::refuse_value(value[i], key + "[" + std::to_string(i) + "]", where, "a string");
    out.push_back(value[i].get<std::string>());
  }
  return out;
}

}  // namespace adatape::io
