#pragma once
/// Checksums of a safetensors file. They are one entry of its metadata, so that other readers can still read the file:
///     "adatape.crc32": {"__metadata__": 123, "head/bias": 456}
/// The checksum of a tensor is the CRC-32 of its bytes. That of "__metadata__", a name that no tensor can have, is the CRC-32 of the other metadata. CRC-32
/// finds every error of one bit and every burst of up to 32 bits, and misses one in 4e9 of other errors. The CRC-32 of zlib runs at 4 GB/s, as fast as a page
/// cache delivers, and io/ needs zlib anyway. XXH3 would be faster, but it is one more dependency, and no disk is fast enough to show the gain.
#include <zlib.h>

#include <cstdint>
#include <map>

#include "adatape/io/json.hpp"
#include "adatape/io/safetensors_info.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// The metadata entry that holds the checksums. SafetensorsFile::metadata() leaves it out.
inline constexpr std::string_view kChecksumKey = "adatape.crc32";

/// Checksums by the name of the tensor, and that of "__metadata__".
using Checksums = std::map<std::string, std::uint32_t, std::less<>>;

/// CRC-32 (ISO 3309, as in gzip) of `bytes`. `before` is the CRC-32 of the bytes before them, or 0.
inline std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0) {
  if (bytes.empty()) return before;
  return static_cast<std::uint32_t>(::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// The checksum of all entries except kChecksumKey: the CRC-32 of "length:text" of every key and its value, in alphabetical order of the keys.
inline std::uint32_t metadata_checksum(const Metadata& metadata) {
  std::uint32_t sum = 0;
  const auto add = [&](const std::string& text) { sum = crc32(std::as_bytes(std::span(text)), sum); };
  for (const auto& [key, value] : metadata) {
    if (key == kChecksumKey) continue;
    for (const auto* text : {&key, &value}) {
      add(number_text(text->size()) + ":");
      add(*text);
    }
  }
  return sum;
}

/// The text of the entry kChecksumKey for these sums.
inline std::string checksums_text(const Checksums& sums) { return json_text(nlohmann::json(sums)); }

/// Removes the checksums from `header` and returns them; nothing if the file has none. Throws Error beginning with `where` if they are malformed, or if
/// that of the metadata is wrong.
inline std::optional<Checksums> take_checksums(SafetensorsHeader& header, const std::string& where, const SafetensorsLimits& limits = {}) {
  const auto entry = header.metadata.find(kChecksumKey);
  if (entry == header.metadata.end()) return std::nullopt;
  const std::string place = where + ": metadata " + in_quotes(kChecksumKey);
  const auto json = parse_json(entry->second, place, {limits.header, 1});
  header.metadata.erase(entry);
  require(json.is_object(), place, ": wanted a JSON object, found ", found_text(json));
  Checksums sums;
  for (const auto& [name, value] : json.items()) sums[name] = json_integer<std::uint32_t>(json, name, place);
  const auto metadata = sums.find("__metadata__");
  require(metadata != sums.end() && metadata->second == metadata_checksum(header.metadata), where,
          ": the metadata are damaged: their checksum is another one (a program that changes them must drop the entry ", kChecksumKey, ")");
  return sums;
}

}  // namespace adatape::io
