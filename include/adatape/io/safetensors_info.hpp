#pragma once
/// What the header of a safetensors file says about its tensors.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adatape/io/dtype.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// The metadata of a file: texts by key.
using Metadata = std::map<std::string, std::string, std::less<>>;

/// The limits of a header, which bound the memory that opening a file takes. Data are read only where they are asked for.
struct SafetensorsLimits {
  std::size_t header = 16'000'000;  ///< bytes; the format itself allows 100 million
  std::size_t tensors = 100'000;    ///< number of tensors
  std::size_t rank = 32;            ///< dimensions of a tensor
  std::size_t metadata = 1000;      ///< entries
};

/// A tensor of a file. Rank 0 (one element) and dimensions of 0 (no element) are valid.
struct TensorInfo {
  DType dtype = DType::F64;  ///< DType::other if this library does not read the type
  std::string type;          ///< the name of the type in the file
  std::vector<Index> shape;  ///< the elements are row-major
  std::size_t begin = 0;     ///< of its bytes in the data section
  std::size_t end = 0;       ///< of its bytes in the data section, exclusive
};

/// What the header of a file says. Tensors are in alphabetical order of their names.
struct SafetensorsHeader {
  Metadata metadata;                                       ///< the checksums among them, until take_checksums removes them
  std::map<std::string, TensorInfo, std::less<>> tensors;  ///< by name
};

/// The shape for a message, such as "[2, 3]". A shape of more than 8 dimensions is cut.
inline std::string shape_text(std::span<const Index> shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < std::min<std::size_t>(shape.size(), 8); ++i) (out += i == 0 ? "" : ", ") += std::to_string(shape[i]);
  return out + (shape.size() > 8 ? ", ...]" : "]");
}

/// The bytes of a tensor whose elements have `element_bytes` bytes. Nothing if a dimension is negative, or if the number of bytes does not fit an Index. With a
/// dimension of 0 the number is 0, whatever the other dimensions are.
inline std::optional<std::size_t> tensor_bytes(std::size_t element_bytes, std::span<const Index> shape) {
  if (std::ranges::any_of(shape, [](Index dim) { return dim < 0; })) return std::nullopt;
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  auto bytes = static_cast<Index>(element_bytes);
  for (const Index dim : shape) {
    if (bytes > std::numeric_limits<Index>::max() / dim) return std::nullopt;
    bytes *= dim;
  }
  return static_cast<std::size_t>(bytes);
}
/// The same with the bytes of a type. Precondition: dtype is not DType::other.
inline std::optional<std::size_t> tensor_bytes(DType dtype, std::span<const Index> shape) { return tensor_bytes(bytes_of(dtype), shape); }

}  // namespace adatape::io
