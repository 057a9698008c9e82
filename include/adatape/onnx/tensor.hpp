#pragma once
/// Tensors of an ONNX file, and where their values are stored.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/onnx/wire.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// TensorProto.DataType.
enum class Type : std::uint8_t { f32 = 1, i64 = 7, boolean = 9, f64 = 11 };

/// The number of values of a tensor of this shape.
inline Index size_of(std::span<const Index> shape) {
  Index size = 1;
  for (const Index side : shape) size *= side;
  return size;
}

/// A tensor with its values, row-major.
struct Tensor {
  std::string name;          ///< unique in a graph; without a meaning in an attribute
  std::vector<Index> shape;  ///< empty: one value
  /// As many as size_of(shape).
  std::variant<std::vector<float>, std::vector<std::int64_t>, std::vector<double>> values;

  /// The type of the values.
  Type type() const { return std::array{Type::f32, Type::i64, Type::f64}[values.index()]; }
  /// The values as the bytes of the file: little endian, as every machine here is. Valid as long as the tensor does not change.
  std::span<const std::byte> bytes() const {
    static_assert(std::endian::native == std::endian::little, "ONNX files are little endian");
    return std::visit([](const auto& all) { return std::as_bytes(std::span(all)); }, values);
  }
};

/// TensorProto with everything but raw_data (field 9), which is the caller's to write behind it.
inline Message header_of(const Tensor& tensor) {
  Message message;
  for (const Index side : tensor.shape) message.integer(1, side);
  return message.integer(2, static_cast<int>(tensor.type())).text(8, tensor.name);
}

/// TensorProto whose values are inside of it.
inline Message inline_tensor(const Tensor& tensor) {
  const auto bytes = tensor.bytes();
  return header_of(tensor).text(9, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// TensorProto whose values are bytes [offset, offset + length) of the file `location`, beside the model's.
inline Message external_tensor(const Tensor& tensor, const std::string& location, std::size_t offset) {
  Message message = header_of(tensor);
  const auto entry = [&](std::string_view key, const std::string& value) { message.message(13, Message().text(1, key).text(2, value)); };
  entry("location", location);
  entry("offset", std::to_string(offset));
  entry("length", std::to_string(tensor.bytes().size()));
  return message.integer(14, 1);
}

}  // namespace adatape::onnx
