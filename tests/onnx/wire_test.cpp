#include "adatape/onnx/wire.hpp"

#include <doctest/doctest.h>

#include "adatape/onnx/graph.hpp"
#include "protobuf_reader.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    (text += digits[static_cast<unsigned char>(byte) >> 4]) += digits[byte & 15];
  }
  return text;
}
std::string integer(std::int64_t value) { return hex(onnx::Message().integer(1, value).bytes()); }

}  // namespace

TEST_CASE("onnx: integers are varints of seven bits a byte, the lowest first") {
  CHECK(integer(0) == "0800");
  CHECK(integer(1) == "0801");
  CHECK(integer(127) == "087f");
  CHECK(integer(128) == "088001");
  CHECK(integer(150) == "089601");  // the example of protobuf's documentation
  CHECK(integer(16383) == "08ff7f");
  CHECK(integer(16384) == "08808001");
  CHECK(integer(std::int64_t{1} << 32) == "088080808010");
  CHECK(integer(std::numeric_limits<std::int64_t>::max()) == "08ffffffffffffffff7f");
  CHECK(integer(-1) == "08ffffffffffffffffff01");
  CHECK(integer(std::numeric_limits<std::int64_t>::min()) == "0880808080808080808001");
}

TEST_CASE("onnx: fields above 15 have a tag of two bytes, texts a length, floats four bytes") {
  CHECK(hex(onnx::Message().integer(20, 2).bytes()) == "a00102");
  CHECK(hex(onnx::Message().text(2, "testing").bytes()) == "120774657374696e67");  // the example of protobuf's documentation
  CHECK(hex(onnx::Message().text(1, "").bytes()) == "0a00");
  CHECK(hex(onnx::Message().number(2, 1.0f).bytes()) == "150000803f");
  CHECK(hex(onnx::Message().number(2, -0.0f).bytes()) == "1500000080");
  CHECK(hex(onnx::Message().message(3, onnx::Message().integer(1, 150)).bytes()) == "1a03089601");  // the same
  CHECK(hex(onnx::Message().begin(9, 300).bytes()) == "4aac02");
  CHECK(hex(onnx::Message().bytes()) == "");
}

TEST_CASE("onnx: what is written reads back") {
  const std::string text(1000, 'x');
  const auto message = onnx::Message().integer(1, -7).text(14, text).number(4, 0.5f);
  const auto fields = fields_of(message.bytes());
  REQUIRE(fields.size() == 3);
  CHECK(fields[0].integer == -7);
  CHECK((fields[1].number == 14 && fields[1].text == text));
  CHECK(fields[2].integer == 0x3f000000);
}

TEST_CASE("onnx: attributes say their types, and tensors have their values as little-endian bytes") {
  using onnx::Attribute;
  const auto type_of = [](const Attribute& attribute) {
    const std::string bytes = attribute.message().bytes();
    CHECK(text_of(bytes, 1) == "name");
    return fields_of(bytes).back().integer;
  };
  CHECK(type_of({"name", std::int64_t{3}}) == 2);
  CHECK(type_of({"name", 0.5f}) == 1);
  CHECK(type_of({"name", std::vector<std::int64_t>{1, -2}}) == 7);
  const onnx::Tensor tensor{"t", {2, 1}, std::vector<std::int64_t>{1, -1}};
  CHECK(type_of({"name", tensor}) == 4);
  CHECK(hex(onnx::inline_tensor(tensor).bytes()) ==
        "08020801"
        "1007"
        "420174"
        "4a10"
        "0100000000000000"
        "ffffffffffffffff");
  CHECK(hex(onnx::inline_tensor({"", {}, std::vector<float>{1}}).bytes()) ==
        "1001"
        "4200"
        "4a04"
        "0000803f");
  CHECK(fields_of(onnx::inline_tensor({"d", {1}, std::vector<double>{1}}).bytes())[1].integer == 11);
  const std::string external = onnx::external_tensor(tensor, "file", 4096).bytes();
  CHECK(texts_of(external, 13).size() == 3);
  CHECK(text_of(texts_of(external, 13)[0], 2) == "file");
  CHECK(text_of(texts_of(external, 13)[1], 2) == "4096");
  CHECK(text_of(texts_of(external, 13)[2], 2) == "16");
  CHECK(fields_of(external).back().integer == 1);
}
