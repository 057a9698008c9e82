#pragma once
/// Writing a safetensors file, whole or not at all.
#include "adatape/io/atomic_file.hpp"
#include "adatape/io/checksum.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// A named tensor in memory of the caller, row-major and without gaps. A view: the caller keeps the data alive.
struct TensorView {
  std::string name;            ///< in the file
  DType dtype = DType::F64;    ///< not DType::other
  std::vector<Index> shape;    ///< sizes of at least 0
  const void* data = nullptr;  ///< the elements; may be null where there are none
};

/// A view of `values` as a tensor, valid as long as the values. T is double, float, Float16, Bf16, std::int8_t or std::int64_t. Throws Error if `shape` does
/// not have as many elements as `values`, and std::bad_alloc where there is no memory.
template <class T>
TensorView tensor_view(std::string name, std::vector<Index> shape, std::span<const T> values) {
  const auto bytes = tensor_bytes(dtype_of<T>(), shape);
  require(bytes == values.size_bytes(), "tensor ", in_quotes(name), ": shape ", shape_text(shape), " does not hold ", values.size(), " elements");
  return {std::move(name), dtype_of<T>(), std::move(shape), values.data()};
}

/// Writes `tensors`, `metadata` and checksums (io/checksum.hpp) to `path` with AtomicFile. Equal input gives equal bytes. Every element is aligned to its size:
/// the data start at a multiple of 8 bytes, and tensors of larger element types come first (of equal types in the order given).
/// Throws Error
/// - for a name that appears twice, or is "__metadata__",
/// - for text that is not UTF-8, and for a metadata entry kChecksumKey,
/// - for a tensor of DType::other, without data, or with a negative or too large shape,
/// - for a header above the default SafetensorsLimits, which could not be opened again,
/// - as AtomicFile does where the operating system refuses. An old file at `path` is unchanged then (but see AtomicFile::commit).
/// Throws std::bad_alloc where there is no memory.
inline void write_safetensors(const std::filesystem::path& path, std::vector<TensorView> tensors, const Metadata& metadata = {}) {
  const std::string where = path.string();
  const SafetensorsLimits limits;
  const auto quoted = [&](const std::string& text) {
    try {
      return nlohmann::json(text).dump();
    } catch (const nlohmann::json::exception&) {
      throw Error(where + ": cannot write " + in_quotes(text) + ": the text is not UTF-8");
    }
  };
  Checksums sums;
  std::string entries;
  for (const auto& tensor : tensors) {
    require(tensor.dtype != DType::other, where, ": cannot write tensor ", in_quotes(tensor.name), ": its type is none that this library has");
    require(tensor.shape.size() <= limits.rank, where, ": cannot write tensor ", in_quotes(tensor.name), ": more than ", limits.rank, " dimensions");
  }
  std::ranges::stable_sort(tensors, std::greater<>(), [](const TensorView& tensor) { return bytes_of(tensor.dtype); });
  std::map<std::string_view, std::size_t> sizes;
  std::size_t offset = 0;
  for (const auto& [name, dtype, shape, data] : tensors) {
    const auto bytes = tensor_bytes(dtype, shape);
    require(bytes.has_value(), where, ": cannot write tensor ", in_quotes(name), ": shape ", shape_text(shape), " is negative or too large");
    require(data != nullptr || *bytes == 0, where, ": cannot write tensor ", in_quotes(name), ": it has no data");
    require(name != "__metadata__", where, ": cannot write tensor ", in_quotes(name), ": the name is reserved");
    require(sizes.try_emplace(name, *bytes).second, where, ": cannot write tensor ", in_quotes(name), " twice");
    entries += quoted(name) + ":{\"dtype\":\"" + std::string(name_of(dtype)) + "\",\"shape\":" + nlohmann::json(shape).dump() + ",\"data_offsets\":[" +
               std::to_string(offset) + "," + std::to_string(offset + *bytes) + "]},";
    offset += *bytes;
    sums[name] = crc32({static_cast<const std::byte*>(data), *bytes});
  }
  Metadata all = metadata;
  require(!all.contains(kChecksumKey), where, ": metadata ", in_quotes(kChecksumKey), " is written by write_safetensors itself");
  if (!all.empty() || !tensors.empty()) {
    sums["__metadata__"] = metadata_checksum(all);
    all[std::string(kChecksumKey)] = checksums_text(sums);
  }
  std::string header = "{";
  if (!all.empty()) {
    header += "\"__metadata__\":{";
    for (const auto& [key, value] : all) ((header += quoted(key)) += ":") += quoted(value) + ",";
    header.back() = '}';
    header += ",";
  }
  header += entries;
  if (header.size() > 1) header.pop_back();
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  require(header.size() <= limits.header && tensors.size() <= limits.tensors && all.size() <= limits.metadata, where, ": cannot write a header of ",
          header.size(), " bytes, ", tensors.size(), " tensors and ", all.size(), " metadata entries, wanted at most ", limits.header, ", ", limits.tensors,
          " and ", limits.metadata);

  AtomicFile file(path);
  const std::uint64_t length = header.size();
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(std::as_bytes(std::span(header)));
  for (const auto& tensor : tensors) file.write({static_cast<const std::byte*>(tensor.data), sizes.at(tensor.name)});
  file.commit();
}

}  // namespace adatape::io
