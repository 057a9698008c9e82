#pragma once
/// Writing a NumPy archive, whole or not at all, as np.savez does: .npy arrays in a zip archive, stored.
#include "adatape/io/atomic_file.hpp"
#include "adatape/io/checksum.hpp"
#include "adatape/io/safetensors_writer.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

/// Numbers as little-endian bytes, one behind the other.
class ZipRecord {
 public:
  ZipRecord& u16(std::size_t value) { return add(value, 2); }
  ZipRecord& u32(std::size_t value) { return add(value, 4); }
  ZipRecord& text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  ZipRecord& add(std::size_t value, int count) {
    for (int i = 0; i < count; ++i, value >>= 8) bytes_ += static_cast<char>(value & 0xff);
    return *this;
  }
  std::string bytes_;
};

/// The header of a .npy file, with which the data start at a multiple of 64 bytes.
inline std::string npy_header(std::string_view descr, std::span<const Index> shape) {
  std::string text = "{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i < shape.size(); ++i) text += std::to_string(shape[i]) + (i + 1 == shape.size() && i > 0 ? "" : ", ");
  text += "), }";
  text.resize((10 + text.size() + 1 + 63) / 64 * 64 - 11, ' ');
  text += '\n';
  return ZipRecord().text("\x93NUMPY\x01").text(std::string_view("\0", 1)).u16(text.size()).text(text).bytes();
}

}  // namespace detail

/// Writes `tensors` of type F32 or F64 to `path` with io::AtomicFile. Equal input gives equal bytes. Throws Error for another type, a name of more than 60 000
/// bytes, and an archive of 4 GiB or more; as AtomicFile does where the operating system refuses. An old file at `path` is unchanged then.
inline void write_npz(const std::filesystem::path& path, const std::vector<io::TensorView>& tensors) {
  io::AtomicFile file(path);
  detail::ZipRecord directory;
  std::size_t at = 0;
  const auto write = [&](std::span<const std::byte> bytes) {
    file.write(bytes);
    at += bytes.size();
  };
  for (const auto& [name, dtype, shape, data] : tensors) {
    require(dtype == io::DType::F32 || dtype == io::DType::F64, path.string(), ": cannot write tensor ", io::in_quotes(name), ": wanted F32 or F64");
    const auto header = detail::npy_header(dtype == io::DType::F32 ? "<f4" : "<f8", shape);
    const std::span values(static_cast<const std::byte*>(data), io::tensor_bytes(dtype, shape).value_or(0));
    const std::size_t size = header.size() + values.size();
    require(name.size() <= 60'000 && tensors.size() < 0xffff && at + size < 0xf0000000u, path.string(),
            ": cannot write an archive of 4 GiB or more, found tensor ", io::in_quotes(name), " at byte ", at);
    const auto crc = io::crc32(values, io::crc32(std::as_bytes(std::span(header))));
    // Version, flags, method, time and date (the first of 1980), checksum, sizes, length of the name.
    const auto common = detail::ZipRecord().u16(20).u16(0).u16(0).u16(0).u16(0x21).u32(crc).u32(size).u32(size).u16(name.size() + 4).bytes();
    directory.u32(0x02014b50).u16(20).text(common).u16(0).u16(0).u16(0).u16(0).u32(0).u32(at).text(name).text(".npy");
    write(std::as_bytes(std::span(detail::ZipRecord().u32(0x04034b50).text(common).u16(0).text(name).text(".npy").bytes())));
    write(std::as_bytes(std::span(header)));
    write(values);
  }
  const auto begin = at;
  write(std::as_bytes(std::span(directory.bytes())));
  const auto count = tensors.size();
  write(std::as_bytes(
      std::span(detail::ZipRecord().u32(0x06054b50).u16(0).u16(0).u16(count).u16(count).u32(directory.bytes().size()).u32(begin).u16(0).bytes())));
  file.commit();
}

}  // namespace adatape::weights
