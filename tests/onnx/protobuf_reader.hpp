#pragma once
/// Reads protobuf messages, for tests of the writer: the fields of a message in their order.
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace adatape::testing {

struct Field {
  int number = 0, wire_type = 0;
  std::int64_t integer = 0;  ///< of wire type 0, and the bits of wire type 5
  std::string_view text;     ///< of wire type 2
};

/// Throws where `bytes` is no whole message. The fields are views of it.
inline std::vector<Field> fields_of(std::string_view bytes) {
  std::size_t at = 0;
  const auto byte = [&] { return at < bytes.size() ? static_cast<unsigned char>(bytes[at++]) : throw std::runtime_error("a message ends in the middle"); };
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const std::uint64_t next = byte();
      value |= (next & 127) << shift;
      if (next < 128) return value;
    }
    throw std::runtime_error("a varint of more than ten bytes");
  };
  std::vector<Field> fields;
  while (at < bytes.size()) {
    const std::uint64_t tag = varint();
    Field field{static_cast<int>(tag >> 3), static_cast<int>(tag & 7), 0, {}};
    if (field.wire_type == 0) {
      field.integer = static_cast<std::int64_t>(varint());
    } else if (field.wire_type == 5) {
      for (int i = 0; i < 4; ++i) field.integer |= static_cast<std::int64_t>(byte()) << (8 * i);
    } else if (field.wire_type == 2) {
      const std::uint64_t size = varint();
      if (size > bytes.size() - at) throw std::runtime_error("a field is longer than its message");
      field.text = bytes.substr(at, static_cast<std::size_t>(size));
      at += static_cast<std::size_t>(size);
    } else {
      throw std::runtime_error("an unknown wire type");
    }
    fields.push_back(field);
  }
  return fields;
}

/// The texts of the fields with that number.
inline std::vector<std::string_view> texts_of(std::string_view bytes, int number) {
  std::vector<std::string_view> texts;
  for (const Field& field : fields_of(bytes))
    if (field.number == number) texts.push_back(field.text);
  return texts;
}
/// That of the first such field; throws where there is none.
inline std::string_view text_of(std::string_view bytes, int number) { return texts_of(bytes, number).at(0); }

}  // namespace adatape::testing
