#pragma once
/// Checksums of a safetensors file. They are kept in one entry of its metadata, so that every other reader still reads the file:
///     "adatape.crc32": {"__metadata__": 123, "head/bias": 456, ...}
/// A tensor's is the CRC-32 of its bytes. "__metadata__", a name that no tensor can have, is that of the other entries. CRC-32 finds every single
/// flipped bit, every burst of up to 32 bits, and misses one in 4e9 of other faults. zlib has it at 4 GB/s, as fast as a page cache delivers, and io/
/// needs zlib anyway; XXH3 would be faster, for one more dependency and a gain that no disk shows.
#include <zlib.h>

#include <cstdint>
#include <map>

#include "adatape/io/json.hpp"
#include "adatape/io/safetensors_info.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// The metadata entry that holds the checksums. SafetensorsFile::metadata() leaves it out.
inline constexpr std::string_view kChecksumKey = "adatape.crc32";

using Checksums = std::map<std::string, std::uint32_t, std::less<>>;

/// CRC-32 (ISO 3309, as in gzip) of `bytes`, continuing `before`.
inline std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0) {
  if (bytes.empty()) return before;
  return static_cast<std::uint32_t>(::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// The checksum of all entries but that of the checksums: of "length:text" for every key and value in alphabetical order.
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

/// The entry kChecksumKey for these sums.
inline std::string checksums_text(const Checksums& sums) { return json_text(nlohmann::json(sums)); }

/// Takes the checksums out of `header`, if there are any, and verifies that of the metadata. Throws Error beginning with `where`.
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
