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

/// Free text that travels with the tensors.
using Metadata = std::map<std::string, std::string, std::less<>>;

/// What is read of a file at most, whatever its header says. The header is the one part that is read whole.
struct SafetensorsLimits {
  std::size_t header = 16'000'000;  ///< bytes; the format itself allows 100 million
  std::size_t tensors = 100'000;
  std::size_t rank = 32;
  std::size_t metadata = 1000;  ///< entries
};

/// A tensor of a file. Rank 0 (one element) and dimensions of 0 are valid.
struct TensorInfo {
  DType dtype = DType::F64;
  std::string type;  ///< the name of its type in the file; dtype is DType::other if this library does not read it
  std::vector<Index> shape;
  std::size_t begin = 0, end = 0;  ///< bytes of the data section
};

struct SafetensorsHeader {
  Metadata metadata;
  std::map<std::string, TensorInfo, std::less<>> tensors;
};

/// "[2, 3]"; a long shape is cut.
inline std::string shape_text(std::span<const Index> shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < std::min<std::size_t>(shape.size(), 8); ++i) (out += i == 0 ? "" : ", ") += std::to_string(shape[i]);
  return out + (shape.size() > 8 ? ", ...]" : "]");
}

/// Number of bytes of a tensor whose elements have `element_bytes`, or nothing if a dimension is negative or the number does not fit an Index.
/// A dimension of 0 makes it 0, whatever the others are.
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
inline std::optional<std::size_t> tensor_bytes(DType dtype, std::span<const Index> shape) { return tensor_bytes(bytes_of(dtype), shape); }

}  // namespace adatape::io
