#pragma once
/// Archives and pickles for tests, made byte by byte.
#include <zlib.h>

#include <string>
#include <string_view>
#include <vector>

namespace adatape::test {

/// `value` as so many little-endian bytes.
inline std::string number(std::uint64_t value, int count) {
  std::string out;
  for (int i = 0; i < count; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
  return out;
}

/// An entry of a zip archive, and what its directory says about it where that is a lie.
struct ArchiveEntry {
  std::string name, stored;
  std::size_t size = 0;  ///< 0: that of `stored`
  int method = 0;
  int flags = 0;
  std::size_t place = ~std::size_t{0};  ///< where the directory says that the entry begins; ~0: where it does
  std::string inflated{};               ///< whose checksum the entry has; empty: that of `stored`
};

inline std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// A zip archive.
inline std::string archive(const std::vector<ArchiveEntry>& entries) {
  std::string out, directory;
  for (const auto& [name, stored, claimed, method, flags, place, inflated] : entries) {
    const auto size = claimed > 0 ? claimed : stored.size();
    const auto common = number(20, 2) + number(static_cast<std::uint64_t>(flags), 2) + number(static_cast<std::uint64_t>(method), 2) + number(0, 4) +
                        number(crc_of(inflated.empty() ? stored : inflated), 4) + number(stored.size(), 4) + number(size, 4) + number(name.size(), 2);
    directory += "PK\x01\x02" + number(20, 2) + common + number(0, 12) + number(place == ~std::size_t{0} ? out.size() : place, 4) + name;
    out += "PK\x03\x04" + common + number(0, 2) + name + stored;
  }
  const auto begin = out.size();
  return out + directory + "PK\x05\x06" + number(0, 4) + number(entries.size(), 2) + number(entries.size(), 2) + number(directory.size(), 4) +
         number(begin, 4) + number(0, 2);
}

/// Raw deflate of `bytes`.
inline std::string deflated(const std::string& bytes) {
  z_stream stream{};
  ::deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

/// An entry that holds `bytes` deflated; where `claimed` is not 0, the directory says that they are so many.
inline ArchiveEntry deflated_entry(const std::string& name, const std::string& bytes, std::size_t claimed = 0) {
  return {name, deflated(bytes), claimed > 0 ? claimed : bytes.size(), 8, 0, ~std::size_t{0}, bytes};
}

/// A .npy file of version 1.
inline std::string npy(const std::string& dictionary, const std::string& data) {
  return std::string("\x93NUMPY\x01\x00", 8) + number(dictionary.size(), 2) + dictionary + data;
}
inline std::string npy_floats(const std::string& shape, const std::string& data) {
  return npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }", data);
}

/// A text in a pickle.
inline std::string text(const std::string& value) { return "X" + number(value.size(), 4) + value; }
/// A tensor in a pickle, a view of storage "0" of so many floats. Offset, shape and strides are opcodes.
inline std::string tensor(const std::string& offset, const std::string& shape, const std::string& strides, int elements = 6,
                          const std::string& function = "torch._utils\n_rebuild_tensor_v2", const std::string& type = "torch\nFloatStorage") {
  return "c" + function + "\n((" + text("storage") + "c" + type + "\n" + text("0") + text("cpu") + "J" + number(static_cast<std::uint64_t>(elements), 4) +
         "tQ" + offset + shape + strides + "\x89" + "}tR";
}
/// A pickle of a dictionary of one key.
inline std::string pickle_of(const std::string& key, const std::string& value) { return "\x80\x02}" + text(key) + value + "s."; }
/// A file of torch.save.
inline std::string torch_file(const std::string& pickle, const std::string& data = std::string(24, '\0')) {
  return archive({{"archive/data.pkl", pickle}, {"archive/data/0", data}, {"archive/version", "3\n"}});
}

}  // namespace adatape::test
