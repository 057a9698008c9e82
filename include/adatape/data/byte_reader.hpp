#pragma once
/// The bytes of a file, decompressed if the file is gzip.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "adatape/io/input_file.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// Reads a regular file from start to end. Gzip is recognised by its first two bytes, not by the name of the file. Its checksums are verified. Unpacking
/// keeps 64 KiB of the file in memory.
class ByteReader {
 public:
  /// Throws Error if `path` cannot be opened or read, or is not a regular file.
  explicit ByteReader(const std::filesystem::path& path) : file_(path) {
    fill();
    compressed_ = stream_.avail_in >= 2 && buffer_[0] == 0x1f && buffer_[1] == 0x8b;
    if (compressed_) require(inflateInit2(&stream_, 15 + 16) == Z_OK, file_.path(), ": zlib cannot start");
  }
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;
  ~ByteReader() {
    if (compressed_) inflateEnd(&stream_);
  }

  /// The path as text for messages; valid as long as this object.
  const std::string& path() const { return file_.path(); }

  /// The most bytes that the file can hold once decompressed. Deflate makes one byte of at most 1032.
  std::uintmax_t largest_size() const { return compressed_ ? 1032 * size() : size(); }

  /// Whether the file is gzip. If not, the file has size() bytes to read.
  bool compressed() const { return compressed_; }
  /// Bytes of the file as it is stored, at the time of opening.
  std::uintmax_t size() const { return file_.size(); }

  /// Fills `to` with the next bytes. Throws Error if there are fewer, if the disk fails, or if the gzip data are damaged.
  void read(std::span<std::uint8_t> to) {
    while (!to.empty()) {
      const std::size_t got = compressed_ ? decompress(to) : copy(to);
      position_ += got;
      require(got > 0, path(), ": ends after ", position_, " bytes, wanted ", to.size(), " more");
      to = to.subspan(got);
    }
  }

  /// Throws Error unless everything has been read, and if the file changed while it was being read. For gzip this verifies the checksum.
  void require_end() {
    std::array<std::uint8_t, 1> more{};
    require((compressed_ ? decompress(more) : copy(more)) == 0, path(), ": wanted the end of the file after ", position_, " bytes, found more");
    file_.require_unchanged();
  }

 private:
  /// Reads the next stored bytes into the buffer.
  void fill() {
    const std::size_t count = std::min(buffer_.size(), file_.size() - stored_);
    file_.read(std::as_writable_bytes(std::span(buffer_).first(count)));
    stored_ += count;
    stream_.next_in = buffer_.data();
    stream_.avail_in = static_cast<uInt>(count);
  }

  /// Copies up to to.size() bytes of a file that is not gzip; returns how many, 0 only at the end.
  std::size_t copy(std::span<std::uint8_t> to) {
    if (stream_.avail_in == 0) fill();
    const std::size_t count = std::min<std::size_t>(to.size(), stream_.avail_in);
    std::copy_n(stream_.next_in, count, to.data());
    stream_.next_in += count;
    stream_.avail_in -= static_cast<uInt>(count);
    return count;
  }

  /// Unpacks up to to.size() bytes; returns how many, 0 only at the end. A gzip file may consist of several members, one behind the other. Zeros may follow
  /// a member, because magnetic tapes and archives pad files to whole blocks.
  std::size_t decompress(std::span<std::uint8_t> to) {
    const auto room = static_cast<uInt>(std::min<std::size_t>(to.size(), 1u << 30));
    stream_.next_out = to.data();
    stream_.avail_out = room;
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0) fill();
      if (stream_.avail_in == 0 && between_members_) break;
      require(stream_.avail_in > 0, path(), ": the gzip data are cut short");
      if (between_members_ && *stream_.next_in == 0) {
        ++stream_.next_in;
        --stream_.avail_in;
        continue;
      }
      if (between_members_) {
        require(*stream_.next_in == 0x1f, path(), ": bytes that are not gzip follow the gzip data");
        inflateReset(&stream_);
      }
      const int result = inflate(&stream_, Z_NO_FLUSH);
      require(result == Z_OK || result == Z_STREAM_END, path(), ": the gzip data are damaged: ", stream_.msg != nullptr ? stream_.msg : zError(result));
      between_members_ = result == Z_STREAM_END;
    }
    return room - stream_.avail_out;
  }

  io::InputFile file_;
  std::size_t stored_ = 0;    ///< bytes of the file that were read
  std::size_t position_ = 0;  ///< in the decompressed bytes
  std::array<std::uint8_t, 1 << 16> buffer_{};
  z_stream stream_{};
  bool compressed_ = false;
  bool between_members_ = false;
};

}  // namespace adatape::data
