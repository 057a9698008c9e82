#pragma once
/// Tensors that lie in runs of bytes of a file, with strides, several of them in one run if need be.
#include <memory>

#include "adatape/weights/extent.hpp"
#include "adatape/weights/source.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// A tensor of shape [...] whose element [i, j, ...] is element first + i strides[0] + j strides[1] + ... of a storage.
struct StridedTensor {
  io::DType dtype = io::DType::other;  ///< of an element
  std::vector<Index> shape;            ///< empty: one element
  std::vector<Index> strides;          ///< in elements, one for each axis
  Index first = 0;                     ///< element of the storage, counted behind `skipped`
  std::size_t storage = 0;             ///< the number that add_storage gave
  std::size_t skipped = 0;             ///< bytes of the storage before its element 0
};

/// The strides of a tensor without gaps: row-major, or the first axis fastest. Those of a shape that is too large for memory mean nothing.
inline std::vector<Index> contiguous_strides(std::span<const Index> shape, bool first_axis_fastest = false) {
  std::vector<Index> strides(shape.size());
  std::uint64_t step = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t axis = first_axis_fastest ? i : shape.size() - 1 - i;
    strides[axis] = static_cast<Index>(step);
    step *= static_cast<std::uint64_t>(std::max<Index>(shape[axis], 1));
  }
  return strides;
}

/// The file of such tensors. Readers of formats fill it, and hand it over as a TensorSource.
class StridedSource final : public TensorSource {
 public:
  /// A source without tensors. `format` as for TensorSource. The file stays open as long as this object.
  StridedSource(std::shared_ptr<const io::InputFile> file, std::string_view format) : TensorSource(file->path(), format), file_(std::move(file)) {}

  /// The file that the storages lie in. Valid as long as this object.
  const io::InputFile& file() const { return *file_; }

  /// Adds a storage, bytes one after the other from several extents, and returns its number.
  std::size_t add_storage(std::vector<Extent> extents) {
    storages_.push_back(std::move(extents));
    return storages_.size() - 1;
  }
  /// Bytes of a storage once they are inflated. The number must be one that add_storage gave.
  std::size_t storage_size(std::size_t storage) const {
    std::size_t size = 0;
    for (const auto& extent : storages_[storage]) size += extent.size;
    return size;
  }

  /// Adds a tensor; `type` is for messages. A tensor of DType::other or I64 is listed and not readable. Throws Error
  /// - as TensorSource::add does,
  /// - for a readable tensor with a negative or too large shape or stride, or that has elements outside of its storage, or more elements than the storage,
  /// - for one in a storage that inflates to more than the limits and the tensor have: whoever wants few bytes would pay for all.
  void add_strided(const std::string& name, std::string type, StridedTensor tensor, const SourceLimits& limits) {
    const bool readable = tensor.dtype != io::DType::other && tensor.dtype != io::DType::I64;
    if (readable) require_inside(name, tensor, limits);
    add(name, {std::move(type), tensor.shape, readable}, limits);
    if (readable) places_.emplace(name, std::move(tensor));
  }
  using TensorSource::add_marker;  ///< public here, for readers of formats

 private:
  void require_inside(const std::string& name, const StridedTensor& tensor, const SourceLimits& limits) const {
    const std::string where = path() + ": tensor " + io::in_quotes(name);
    const auto element = io::bytes_of(tensor.dtype);
    const auto bytes = io::tensor_bytes(element, tensor.shape);
    require(bytes.has_value(), where, ": shape ", io::shape_text(tensor.shape), " is negative or too large");
    const std::size_t size = storage_size(tensor.storage);
    require(tensor.skipped <= size && *bytes <= size - tensor.skipped, where, ": shape ", io::shape_text(tensor.shape), " takes ", *bytes,
            " bytes, its storage has ", size - std::min(size, tensor.skipped));
    const bool deflated = std::ranges::any_of(storages_[tensor.storage], &Extent::deflated);
    require(!deflated || size <= std::max(limits.shared, tensor.skipped + *bytes), where, ": takes ", *bytes, " bytes of deflated data of ", size,
            ", wanted at most ", limits.shared);
    if (*bytes == 0) return;
    const auto elements = static_cast<Index>((size - tensor.skipped) / element);
    Index last = tensor.first;
    bool inside = tensor.first >= 0 && tensor.first < elements && tensor.strides.size() == tensor.shape.size();
    for (std::size_t axis = 0; inside && axis < tensor.shape.size(); ++axis) {
      const Index steps = tensor.shape[axis] - 1, stride = tensor.strides[axis];
      inside = stride >= 0 && (steps == 0 || stride <= (elements - 1 - last) / steps);
      if (inside) last += steps * stride;
    }
    require(inside, where, ": offset and strides reach outside of the ", elements, " elements of its storage");
  }

  std::vector<double> values(std::string_view name) const override {
    const auto& tensor = places_.find(name)->second;
    const auto& bytes = storage_bytes(tensor.storage, path() + ": tensor " + io::in_quotes(name));
    std::vector<double> out(*io::tensor_bytes(1, tensor.shape));
    io::with_stored_type(tensor.dtype, [&]<class Stored>(Stored) {
      std::vector<Index> position(tensor.shape.size());
      auto at = tensor.first;
      for (auto& value : out) {
        value = static_cast<double>(io::float_value<double>(io::stored_value<Stored>(bytes.data() + tensor.skipped, static_cast<std::size_t>(at))));
        for (std::size_t axis = position.size(); axis-- > 0;) {
          at += tensor.strides[axis];
          if (++position[axis] < tensor.shape[axis]) break;
          at -= tensor.strides[axis] * tensor.shape[axis];
          position[axis] = 0;
        }
      }
    });
    return out;
  }

  /// The bytes of a storage. The last storage that was read is kept, because tensors that share one are often read one after the other.
  const std::vector<std::byte>& storage_bytes(std::size_t storage, const std::string& where) const {
    if (kept_ == storage + 1) return bytes_;
    kept_ = 0;
    bytes_ = {};
    for (const auto& extent : storages_[storage]) {
      auto part = read_extent(*file_, extent, extent.size, where);
      if (bytes_.empty())
        bytes_ = std::move(part);
      else
        bytes_.insert(bytes_.end(), part.begin(), part.end());
    }
    file_->require_unchanged();  // not every format has checksums
    kept_ = storage + 1;
    return bytes_;
  }

  std::shared_ptr<const io::InputFile> file_;
  std::vector<std::vector<Extent>> storages_;
  std::map<std::string, StridedTensor, std::less<>> places_;
  mutable std::vector<std::byte> bytes_;  ///< of storage kept_ - 1
  mutable std::size_t kept_ = 0;
};

}  // namespace adatape::weights
