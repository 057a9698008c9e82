#pragma once
/// Runs of bytes in a file, as they are or deflated.
#include <zlib.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "adatape/io/checksum.hpp"
#include "adatape/io/input_file.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// Deflate makes one byte of at most 1032.
inline constexpr std::size_t kMostInflation = 1032;

/// Where bytes lie in a file.
struct Extent {
  std::size_t begin = 0;               ///< the first byte in the file
  std::size_t stored = 0;              ///< bytes in the file
  std::size_t size = 0;                ///< bytes once they are inflated; `stored` if they are not deflated
  bool deflated = false;               ///< whether they are a deflate stream, without a header
  std::optional<std::uint32_t> crc{};  ///< of the bytes once they are inflated; nothing where the file does not say
};

namespace detail {

/// A zlib stream without a header.
class Inflation {
 public:
  explicit Inflation(const std::string& where) { require(inflateInit2(&stream_, -15) == Z_OK, where, ": zlib cannot start"); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  ~Inflation() { inflateEnd(&stream_); }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

/// Fills `out` with the first bytes of a deflated extent. Where these are all its bytes, the stream must end with them.
inline void inflate_extent(const io::InputFile& file, const Extent& extent, std::span<std::byte> out, const std::string& where) {
  Inflation inflation(where);
  auto& stream = inflation.stream();
  std::vector<std::byte> part(std::min<std::size_t>(extent.stored, std::size_t{1} << 16));
  std::size_t taken = 0, done = 0;
  std::byte beyond{};
  for (int result = Z_OK; result != Z_STREAM_END;) {
    if (stream.avail_in == 0) {
      const std::size_t count = std::min(part.size(), extent.stored - taken);
      require(count > 0, where, ": the deflated data are cut short");
      file.read_at(extent.begin + taken, std::span(part).first(count));
      taken += count;
      stream.next_in = reinterpret_cast<Bytef*>(part.data());
      stream.avail_in = static_cast<uInt>(count);
    }
    const bool full = done == out.size();
    if (full && out.size() < extent.size) return;
    const auto room = full ? 1 : static_cast<uInt>(std::min<std::size_t>(out.size() - done, 1u << 30));
    stream.next_out = reinterpret_cast<Bytef*>(full ? &beyond : out.data() + done);
    stream.avail_out = room;
    result = inflate(&stream, Z_NO_FLUSH);
    require(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR, where,
            ": the deflated data are damaged: ", stream.msg != nullptr ? stream.msg : zError(result));
    const std::size_t made = room - stream.avail_out;
    require(!full || made == 0, where, ": the deflated data hold more than the ", extent.size, " bytes that the archive says");
    done += made;
  }
  require(done == out.size(), where, ": the deflated data hold ", done, " bytes, wanted ", extent.size);
}

}  // namespace detail

/// The first `count` bytes of an extent, at most its size. All its bytes are compared with its checksum, where it has one. `where` begins the text of an Error.
/// Throws Error for damaged data and as InputFile does, std::bad_alloc where there is no memory.
inline std::vector<std::byte> read_extent(const io::InputFile& file, const Extent& extent, std::size_t count, const std::string& where) {
  std::vector<std::byte> out(std::min(count, extent.size));
  if (extent.deflated)
    detail::inflate_extent(file, extent, out, where);
  else
    file.read_at(extent.begin, out);
  if (out.size() == extent.size && extent.crc) require(io::crc32(out) == *extent.crc, where, ": the data are damaged: their checksum is another one");
  return out;
}

/// A number of T, little-endian, at byte `at`. Precondition: the bytes are there.
template <class T>
T number_at(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

}  // namespace adatape::weights
