#pragma once
/// The directory of a zip archive (PKWARE's APPNOTE 6.3), with zip64. Data are not looked at here.
#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "adatape/weights/extent.hpp"
#include "adatape/weights/source.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// A file of an archive.
struct ZipEntry {
  std::string name;  ///< in the archive; never taken for a path
  Extent extent;     ///< its bytes
};

namespace detail {

/// The place of the central directory, which lists all entries. Their own headers may lack sizes.
struct ZipDirectory {
  std::uint64_t begin = 0, size = 0, entries = 0;
};

inline ZipDirectory find_zip_directory(const io::InputFile& file, const SourceLimits& limits) {
  constexpr std::size_t end_size = 22, locator_size = 20, end64_size = 56;
  require(file.size() >= end_size, file.path(), ": wanted a zip archive, found a file of ", file.size(), " bytes");
  std::vector<std::byte> tail(std::min<std::size_t>(file.size(), end_size + 0xffff));
  file.read_at(file.size() - tail.size(), tail);
  std::size_t at = tail.size() - end_size + 1;
  const auto ends_here = [&](std::size_t i) {
    return number_at<std::uint32_t>(tail, i) == 0x06054b50u && number_at<std::uint16_t>(tail, i + 20) == tail.size() - i - end_size;
  };
  do {
    require(at > 0, file.path(), ": the end of the zip archive is missing; is the file cut short?");
  } while (!ends_here(--at));
  const std::size_t end = file.size() - tail.size() + at;
  ZipDirectory directory{number_at<std::uint32_t>(tail, at + 16), number_at<std::uint32_t>(tail, at + 12), number_at<std::uint16_t>(tail, at + 10)};
  std::size_t behind = end;
  if (directory.begin == 0xffffffffu || directory.size == 0xffffffffu || directory.entries == 0xffffu) {
    require(end >= locator_size + end64_size, file.path(), ": the zip64 end of the archive is missing");
    std::array<std::byte, locator_size> locator{};
    file.read_at(end - locator_size, locator);
    const auto place = number_at<std::uint64_t>(locator, 8);
    require(number_at<std::uint32_t>(locator, 0) == 0x07064b50u && place <= end - locator_size - end64_size, file.path(),
            ": the zip64 end of the archive is missing");
    std::array<std::byte, end64_size> end64{};
    file.read_at(place, end64);
    require(number_at<std::uint32_t>(end64, 0) == 0x06064b50u, file.path(), ": the zip64 end of the archive is missing");
    directory = {number_at<std::uint64_t>(end64, 48), number_at<std::uint64_t>(end64, 40), number_at<std::uint64_t>(end64, 32)};
    behind = place;
  }
  require(directory.begin <= behind && directory.size <= behind - directory.begin, file.path(), ": the directory of the zip archive reaches past its end");
  require(directory.size <= limits.header && directory.entries <= limits.tensors, file.path(), ": the directory of the zip archive has ", directory.size,
          " bytes and ", directory.entries, " entries, wanted at most ", limits.header, " and ", limits.tensors);
  return directory;
}

/// Puts the numbers of an entry that do not fit 32 bits, which are 0xffffffff here, in from its extra field 1, in this order.
inline void read_zip64_extra(std::span<const std::byte> extra, std::initializer_list<std::uint64_t*> numbers, const std::string& where) {
  while (extra.size() >= 4) {
    const auto kind = number_at<std::uint16_t>(extra, 0), size = number_at<std::uint16_t>(extra, 2);
    extra = extra.subspan(4);
    if (size > extra.size()) break;
    auto field = extra.first(size);
    extra = extra.subspan(size);
    if (kind != 1) continue;
    for (auto* const number : numbers) {
      if (*number != 0xffffffffu) continue;
      require(field.size() >= 8, where, ": its zip64 sizes are cut short");
      *number = number_at<std::uint64_t>(field, 0);
      field = field.subspan(8);
    }
  }
}

/// The place of the data of an entry whose own header is at `header`. The data end before `end`, where the directory begins.
inline Extent zip_extent(const io::InputFile& file, std::uint64_t header, std::uint64_t stored, std::uint64_t size, bool deflated, std::uint32_t crc,
                         std::uint64_t end, const std::string& where) {
  constexpr std::size_t fixed = 30;
  require(header <= end && end - header >= fixed, where, ": its place lies outside of the archive");
  std::array<std::byte, fixed> own{};
  file.read_at(header, own);
  require(number_at<std::uint32_t>(own, 0) == 0x04034b50u, where, ": its own header is missing");
  const std::uint64_t begin = header + fixed + number_at<std::uint16_t>(own, 26) + number_at<std::uint16_t>(own, 28);
  require(begin <= end && stored <= end - begin, where, ": its ", stored, " bytes reach past the data of the archive");
  require(deflated ? size <= stored * kMostInflation : size == stored, where, ": ", stored, " stored bytes cannot hold the ", size, " that the archive says");
  return {begin, stored, size, deflated, crc};
}

}  // namespace detail

/// The files of the archive, in the order of its directory. Folders are left out. Throws Error
/// - where the directory is missing, damaged or above the limits,
/// - for entries that overlap (so that all of them together hold at most 1032 bytes for each of the file), or that appear twice,
/// - for encrypted entries, for other methods than stored and deflated, and for sizes that no such data can have.
/// Throws std::bad_alloc where there is no memory.
inline std::vector<ZipEntry> read_zip_directory(const io::InputFile& file, const SourceLimits& limits = {}) {
  constexpr std::size_t fixed = 46;
  const auto directory = detail::find_zip_directory(file, limits);
  std::vector<std::byte> bytes(directory.size);
  file.read_at(directory.begin, bytes);
  auto rest = std::span<const std::byte>(bytes);
  std::vector<ZipEntry> entries;
  std::set<std::string, std::less<>> names;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    require(rest.size() >= fixed && number_at<std::uint32_t>(rest, 0) == 0x02014b50u, file.path(), ": entry ", i, " of the zip directory is damaged");
    const auto flags = number_at<std::uint16_t>(rest, 8), method = number_at<std::uint16_t>(rest, 10);
    const std::size_t of_name = number_at<std::uint16_t>(rest, 28), of_extra = number_at<std::uint16_t>(rest, 30);
    const std::size_t all = fixed + of_name + of_extra + number_at<std::uint16_t>(rest, 32);
    require(all <= rest.size(), file.path(), ": entry ", i, " of the zip directory is cut short");
    std::uint64_t stored = number_at<std::uint32_t>(rest, 20), size = number_at<std::uint32_t>(rest, 24), header = number_at<std::uint32_t>(rest, 42);
    std::string name(reinterpret_cast<const char*>(rest.data()) + fixed, of_name);
    const std::string where = file.path() + ": entry " + io::in_quotes(name);
    detail::read_zip64_extra(rest.subspan(fixed + of_name, of_extra), {&size, &stored, &header}, where);
    require((flags & 1) == 0, where, ": is encrypted");
    require(method == 0 || method == 8, where, ": wanted stored or deflated data, found method ", method);
    require(names.insert(name).second, where, ": appears twice");
    const auto crc = number_at<std::uint32_t>(rest, 16);
    if (!name.ends_with('/')) entries.push_back({std::move(name), detail::zip_extent(file, header, stored, size, method == 8, crc, directory.begin, where)});
    rest = rest.subspan(all);
  }
  std::vector<const ZipEntry*> by_place;
  for (const auto& entry : entries) by_place.push_back(&entry);
  std::ranges::sort(by_place, {}, [](const ZipEntry* entry) { return entry->extent.begin; });
  for (std::size_t i = 1; i < by_place.size(); ++i) {
    const auto &before = *by_place[i - 1], &entry = *by_place[i];
    require(before.extent.begin + before.extent.stored <= entry.extent.begin, file.path(), ": entries ", io::in_quotes(before.name), " and ",
            io::in_quotes(entry.name), " overlap");
  }
  return entries;
}

}  // namespace adatape::weights
