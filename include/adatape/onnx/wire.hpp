#pragma once
/// The wire format of protobuf (https://protobuf.dev/programming-guides/encoding/), as far as a writer of ONNX files needs it.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// A message that is being written. A field is a tag, field number << 3 | wire type, and its value. Every function throws std::bad_alloc where there is no
/// memory.
class Message {
 public:
  /// The bytes so far. Valid until the next call.
  const std::string& bytes() const { return bytes_; }

  /// An integer, enumerator or bool: wire type 0. Negative numbers are their 64-bit two's complement.
  Message& integer(int field, std::int64_t value) {
    tag(field, 0);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  /// Wire type 5.
  Message& number(int field, float value) {
    tag(field, 5);
    for (auto bits = std::bit_cast<std::uint32_t>(value), byte = 0u; byte < 4; ++byte) bytes_.push_back(static_cast<char>(bits >> (8 * byte) & 255));
    return *this;
  }
  /// Text or bytes: wire type 2.
  Message& text(int field, std::string_view value) {
    begin(field, value.size());
    bytes_.append(value);
    return *this;
  }
  /// A message inside this one: wire type 2.
  Message& message(int field, const Message& value) { return text(field, value.bytes_); }
  /// The tag and the length of a field of wire type 2, whose `size` bytes the caller writes behind this message.
  Message& begin(int field, std::size_t size) {
    tag(field, 2);
    varint(size);
    return *this;
  }

 private:
  void tag(int field, unsigned wire_type) { varint(static_cast<std::uint64_t>(field) << 3 | wire_type); }
  void varint(std::uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_.push_back(static_cast<char>(128 | (value & 127)));
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
};

}  // namespace adatape::onnx
