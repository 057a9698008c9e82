#pragma once
/// Scalars for TensorBoard: a file of framed records, each of them an Event of tensorflow/core/util/event.proto.
#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adatape/core/types.hpp"

namespace adatape::examples {

/// CRC-32C (Castagnoli, RFC 3720, appendix B.4) of `bytes`: the reflected polynomial 0x82F63B78, begun and ended with all bits inverted.
constexpr std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t sum = ~0u;
  for (const char c : bytes) {
    sum ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (0x82F63B78u & (0u - (sum & 1)));
  }
  return ~sum;
}
static_assert(crc32c("123456789") == 0xE3069283);

/// A record of a TFRecord file: length (64 bits, little-endian), its masked CRC-32C, the data, their masked CRC-32C.
std::string framed_record(const std::string& data);

/// What a record of scalars holds: pairs of a tag and a value.
using Scalars = std::vector<std::pair<std::string, double>>;

/// The file of one process of a run; it is replaced whole whenever scalars are added. An earlier process's file stays as it is.
class EventFile {
 public:
  /// No file is written yet. What killed processes left half-written of such files in `folder` is removed.
  explicit EventFile(std::filesystem::path folder);

  /// Adds an event at `step`, with the time of this call. Throws Error as io::AtomicFile does; the event is then not in the file.
  void add(Index step, const Scalars& scalars);

 private:
  /// events.out.tfevents.SECONDS.HOST, later by as many seconds as there are files with that name.
  void choose_name();

  std::filesystem::path folder_, path_;
  std::string content_;
};

}  // namespace adatape::examples
