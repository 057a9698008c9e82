#include "adatape/io/json.hpp"

#include <doctest/doctest.h>

#include "files.hpp"

using namespace adatape::io;
using namespace adatape::test;
using adatape::Index;

namespace {

std::string parse_error(const std::string& text, const JsonLimits& limits = {}) {
  return error_of([&] { parse_json(text, "f", limits); });
}

std::string nested(char open, std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open == '[' ? "[" : "{\"a\":";
  return text;
}

}  // namespace

TEST_CASE("json: depth and size are limited before anything is built") {
  CHECK(parse_json(std::string(32, '[') + std::string(32, ']'), "f").is_array());
  CHECK(parse_error(std::string(33, '[') + std::string(33, ']')) == "f: JSON is nested more than 32 deep");
  CHECK(parse_json(nested('{', 32) + "1" + std::string(32, '}'), "f").is_object());
  CHECK(parse_error(nested('{', 33) + "1" + std::string(33, '}')) == "f: JSON is nested more than 32 deep");
  for (const char open : {'[', '{'})
    for (const std::size_t depth : {100'000u, 1'000'000u}) {
      CHECK(parse_error(nested(open, depth), {std::size_t{1} << 24, 32}) == "f: JSON is nested more than 32 deep");
      CHECK(parse_error("{\"x\": [" + nested(open, depth), {std::size_t{1} << 24, 2}) == "f: JSON is nested more than 2 deep");
    }
  std::string quoted = "\"";
  quoted.append(100'000, '[');
  CHECK(parse_json(quoted + "\"", "f").is_string());  // brackets in a string are text
  CHECK(parse_error(std::string((1 << 20) + 1, ' ')) == "f: JSON of 1048577 bytes, wanted at most 1048576");
  CHECK(parse_error("[1]", {2, 32}) == "f: JSON of 3 bytes, wanted at most 2");
}

TEST_CASE("json: what is no JSON is an Error of one line") {
  CHECK(parse_error("") == "f: not valid JSON at its byte 1");
  CHECK(parse_error("{\"a\": }") == "f: not valid JSON at its byte 7");
  CHECK(parse_error("{} {}") == "f: not valid JSON at its byte 4");
  CHECK(parse_error("[1] // one") == "f: not valid JSON at its byte 5");
  CHECK(parse_error("[NaN]").starts_with("f: not valid JSON at its byte"));
  CHECK(parse_error("\"\xff\"").starts_with("f: not valid JSON at its byte"));
  CHECK(parse_error("\"a\nb\"").starts_with("f: not valid JSON at its byte"));
  CHECK(parse_error(std::string("{}\0x", 4)) == "f: JSON contains a zero byte");
  CHECK(parse_error("\xef\xbb\xbf{}") == "f: JSON begins with a byte order mark");
  CHECK(parse_error("[1e999]") == "f: a number is too large");
  CHECK(parse_error(R"({"a": 1, "b": {"a": 2}, "a": 3})") == "f: key \"a\" appears twice");
  CHECK(parse_json(R"({"b": {"a": 2}, "a": [{"a": 1}, {"a": 2}]})", "f").size() == 2);
}

TEST_CASE("json: values are read with their type and range") {
  const auto json = parse_json(R"({"half": 0.5, "three": 3, "minus": -3, "far": 1e300, "large": 18446744073709551615,
                                   "word": "max", "yes": true, "none": null, "list": ["a", "b"], "mixed": ["a", 1], "object": {}})", "f");
  CHECK(json_number(json, "half", "f") == 0.5);
  CHECK(json_number(json, "three", "f", 0, 3) == 3);
  CHECK(error_of([&] { json_number(json, "far", "f", 0, 1.5); }) == "f: \"far\": wanted a number from 0 to 1.5, found 1e+300");
  CHECK(error_of([&] { json_number(json, "word", "f"); }) == "f: \"word\": wanted a number, found \"max\"");
  CHECK(error_of([&] { json_number(json, "yes", "f"); }) == "f: \"yes\": wanted a number, found true");
  CHECK(error_of([&] { json_number(json, "other", "f"); }) == "f: key \"other\" is missing");
  CHECK(error_of([&] { json_number(json["list"], "a", "f"); }) == "f: wanted a JSON object, found an array of 2");

  CHECK(json_integer(json, "three", "f") == 3);
  CHECK(json_integer<int>(json, "minus", "f", -3, 0) == -3);
  CHECK(json_integer<std::uint64_t>(json, "large", "f") == 18446744073709551615u);
  CHECK(error_of([&] { json_integer(json, "large", "f", 0, 7); }) == "f: \"large\": wanted an integer from 0 to 7, found 18446744073709551615");
  CHECK(error_of([&] { json_integer<std::uint64_t>(json, "minus", "f", 0, 7); }) == "f: \"minus\": wanted an integer from 0 to 7, found -3");
  CHECK(error_of([&] { json_integer(json, "far", "f", 0, 7); }) == "f: \"far\": wanted an integer from 0 to 7, found 1e+300");
  CHECK(error_of([&] { json_integer<std::int8_t>(json, "half", "f"); }) == "f: \"half\": wanted an integer from -128 to 127, found 0.5");

  CHECK(json_bool(json, "yes", "f"));
  CHECK(error_of([&] { json_bool(json, "three", "f"); }) == "f: \"three\": wanted true or false, found 3");
  CHECK(json_string(json, "word", "f") == "max");
  CHECK(json_string(json, "word", "f", {"min", "max"}) == "max");
  CHECK(error_of([&] { json_string(json, "word", "f", {"softmax", "sigmoid"}); }) == "f: \"word\": wanted \"softmax\" or \"sigmoid\", found \"max\"");
  CHECK(error_of([&] { json_string(json, "none", "f"); }) == "f: \"none\": wanted a string, found null");
  CHECK(json_strings(json, "list", "f") == std::vector<std::string>{"a", "b"});
  CHECK(error_of([&] { json_strings(json, "mixed", "f"); }) == "f: \"mixed[1]\": wanted a string, found 1");
  CHECK(error_of([&] { json_strings(json, "list", "f", 1); }) == "f: \"list\": wanted an array of at most 1 strings, found an array of 2");
  CHECK(error_of([&] { json_strings(json, "object", "f"); }) == "f: \"object\": wanted an array of at most 100000 strings, found an object");
  CHECK(json_has(json, "none"));
  CHECK_FALSE(json_has(json["list"], "none"));
  CHECK(json_text(nlohmann::json("\xff")) == "\"\xef\xbf\xbd\"");
}

TEST_CASE("in_quotes keeps a message on one line of UTF-8") {
  CHECK(in_quotes("a\nb\x7f") == "\"a\\x0ab\\x7f\"");
  std::string most = "\"";
  most.append(200, 'x');
  CHECK(in_quotes(std::string(200, 'x')) == most + "\"");
  CHECK(in_quotes(std::string(300, 'x')) == most + "...\"");
  CHECK(in_quotes("é€😀") == "\"é€😀\"");
  most.pop_back();
  CHECK(in_quotes(std::string(199, 'x') + "é") == most + "...\"");
  CHECK(in_quotes("\xff\xc3") == "\"\\xff\\xc3\"");
  CHECK(in_quotes("\xed\xa0\x80\xc0\x80") == "\"\\xed\\xa0\\x80\\xc0\\x80\"");
}
