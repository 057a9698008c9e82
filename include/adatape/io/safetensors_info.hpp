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

/// A tensor of a file. Rank 0 (one element) and dimensions of 0 are valid.
struct TensorInfo {
  DType dtype = DType::F64;
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

/// Number of bytes of a tensor, or nothing if a dimension is negative or the number does not fit an Index.
inline std::optional<std::size_t> tensor_bytes(DType dtype, std::span<const Index> shape) {
  Index bytes = static_cast<Index>(bytes_of(dtype));
  for (const Index dim : shape) {
    if (dim < 0 || (dim > 0 && bytes > std::numeric_limits<Index>::max() / dim)) return std::nullopt;
    bytes *= dim;
  }
  return static_cast<std::size_t>(bytes);
}

}  // namespace adatape::io
