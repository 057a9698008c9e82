#pragma once
/// The header of a file of packed weights. The file has, little-endian,
///     8 bytes   "ADATAPE" and a zero byte
///     4 bytes   kPackedFormat
///     4 bytes   length of the header
///     4 bytes   CRC-32 of the header
///     4 bytes   zero
///     the header, a JSON object: {"library", "instruction_set", "storage", "scalar", "bytes", "crc32", "metadata": {texts by key}}
///     zero bytes up to a multiple of kPackedPage
///     the packed weights: "bytes" bytes, whose CRC-32 is "crc32"
/// Of the weights nothing but values is in the file: the places of tensors follow from the type of the model.
#include <bit>
#include <cstring>

#include "adatape/core/version.hpp"
#include "adatape/io/checksum.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// The version of the format, and of what pack_weights of the library's layers takes in which order. A change of either is a new number.
inline constexpr std::uint32_t kPackedFormat = 3;

/// The weights start at a multiple of this. The system maps files at multiples of its page size, which is 4 to 64 KiB.
inline constexpr std::size_t kPackedPage = std::size_t{1} << 16;

/// What a file of packed weights says about itself.
struct PackedHeader {
  std::string library;          ///< kVersion of the program that packed
  std::string instruction_set;  ///< its kInstructionSet
  std::string storage;          ///< storage_name of stored kernels
  std::string scalar;           ///< storage_name of all other weights
  std::size_t bytes = 0;        ///< of the packed weights
  std::uint32_t checksum = 0;   ///< their CRC-32
  Metadata metadata;            ///< those of a checkpoint, "config" among them
};

namespace detail {

inline constexpr std::array<char, 8> kPackedMagic{'A', 'D', 'A', 'T', 'A', 'P', 'E', '\0'};

/// The first bytes of a file of packed weights.
struct PackedStart {
  std::array<char, 8> magic = kPackedMagic;
  std::uint32_t format = kPackedFormat, length = 0, checksum = 0, zero = 0;
};
static_assert(sizeof(PackedStart) == 24);

/// Where the weights start in a file with a header of `length` bytes.
constexpr std::size_t packed_begin(std::size_t length) { return (sizeof(PackedStart) + length + kPackedPage - 1) / kPackedPage * kPackedPage; }

inline std::string packed_header_text(const PackedHeader& header) {
  return json_text({{"library", header.library},
                    {"instruction_set", header.instruction_set},
                    {"storage", header.storage},
                    {"scalar", header.scalar},
                    {"bytes", header.bytes},
                    {"crc32", header.checksum},
                    {"metadata", nlohmann::json(header.metadata)}});
}

/// Throws Error beginning with `where` unless `text` is a header of this form.
inline PackedHeader parse_packed_header(std::string_view text, const std::string& where) {
  const std::string place = where + ": header";
  const auto json = parse_json(text, place);
  PackedHeader header{.library = json_string(json, "library", place),
                      .instruction_set = json_string(json, "instruction_set", place),
                      .storage = json_string(json, "storage", place),
                      .scalar = json_string(json, "scalar", place),
                      .bytes = static_cast<std::size_t>(json_integer<Index>(json, "bytes", place, 1)),
                      .checksum = json_integer<std::uint32_t>(json, "crc32", place),
                      .metadata = {}};
  const auto& metadata = json_at(json, "metadata", place);
  require(metadata.is_object(), place, ": \"metadata\": wanted an object, found ", found_text(metadata));
  for (const auto& entry : metadata.items()) header.metadata[entry.key()] = json_string(metadata, entry.key(), place + ": \"metadata\"");
  return header;
}

}  // namespace detail
}  // namespace adatape::io
