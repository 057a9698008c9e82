#pragma once
/// Opening a file of weights of any form that is known.
#include "adatape/io/safetensors_reader.hpp"
#include "adatape/weights/msgpack.hpp"
#include "adatape/weights/npz.hpp"
#include "adatape/weights/torch_file.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// A safetensors file as a source.
class SafetensorsSource final : public TensorSource {
 public:
  /// Throws Error as io::SafetensorsFile::open does, and for names above the limits.
  explicit SafetensorsSource(const std::filesystem::path& path, const SourceLimits& limits = {})
      : TensorSource(path.string(), "a safetensors file"),
        file_(io::SafetensorsFile::open(path, {.header = limits.header, .tensors = limits.tensors, .rank = limits.rank})) {
    for (const auto& [name, info] : file_.tensors())
      if (!file_.is_scale(name)) add(name, {info.type, info.shape, info.dtype != io::DType::other && info.dtype != io::DType::I64}, limits);
  }

 private:
  std::vector<double> values(std::string_view name) const override { return file_.read<double>(name); }

  io::SafetensorsFile file_;
};

namespace detail {

/// Whether the bytes begin as a msgpack map whose first key is a text.
inline bool begins_as_map(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  const std::size_t key = (at(0) & 0xf0) == 0x80 ? 1 : at(0) == 0xde ? 3 : at(0) == 0xdf ? 5 : 0;
  return key > 0 && ((at(key) & 0xe0) == 0xa0 || (at(key) >= 0xd9 && at(key) <= 0xdb));
}

/// open_weights, but for a file that has no tensors.
inline std::unique_ptr<TensorSource> open_any(const std::filesystem::path& path, const SourceLimits& limits) {
  auto file = std::make_shared<const io::InputFile>(path);
  std::vector<std::byte> begin(std::min<std::size_t>(file->size(), 264));
  file->read_at(0, begin);
  const std::string_view text(reinterpret_cast<const char*>(begin.data()), begin.size());
  require(!text.empty(), file->path(), ": the file is empty");
  if (text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06")) {
    const auto entries = read_zip_directory(*file, limits);
    if (detail::torch_root(entries)) return open_torch_zip(std::move(file), entries, limits);
    return open_npz(std::move(file), entries, limits);
  }
  if (is_legacy_torch(begin)) return open_legacy_torch(std::move(file), limits);
  require(!text.starts_with("\x80\x02") && !text.starts_with("\x80\x03") && !text.starts_with("\x80\x04"), file->path(),
          ": wanted weights, found a pickle that torch.save did not write");
  require(text.size() < 262 || text.substr(257, 5) != "ustar", file->path(), ": wanted weights, found a tar file, as PyTorch wrote before version 0.1.10");
  if (text.size() > 8 && text[8] == '{') return std::make_unique<SafetensorsSource>(path, limits);
  require(begins_as_map(text), file->path(),
          ": wanted weights as safetensors, .npz, a file of torch.save or a checkpoint of flax.serialization, found none of these");
  return open_msgpack(std::move(file), limits);
}

}  // namespace detail

/// Opens the file at `path`. What it is, its first bytes say: safetensors, a NumPy archive (.npz), what torch.save wrote (.pth, .pt, .bin; zip or legacy), or a
/// checkpoint of flax.serialization. Memory is bounded by the limits and by the size of the file. Throws Error
/// - as io::InputFile does for a file that cannot be opened or is not regular,
/// - where the file is none of these, damaged, cut short, above the limits, or without tensors.
/// Throws std::bad_alloc where there is no memory.
inline std::unique_ptr<TensorSource> open_weights(const std::filesystem::path& path, const SourceLimits& limits = {}) {
  auto source = detail::open_any(path, limits);
  require(!source->tensors().empty(), source->path(), ": ", source->format(), " without tensors");
  return source;
}

}  // namespace adatape::weights
