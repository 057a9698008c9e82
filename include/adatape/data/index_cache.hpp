#pragma once
/// A file that keeps an index from one run to the next, so that a set of a million files is listed once.
///
/// Little-endian: 16 bytes kMagic, a version (4 bytes), the CRC-32 of the rest (4), the length of the rest (8), and the rest: key, time of the scan, class
/// names, sources, number of files, ends, labels, paths. A text is its length (8 bytes) and its bytes.
#include <bit>
#include <cstring>
#include <span>

#include "adatape/data/file_index.hpp"
#include "adatape/io/checksum.hpp"
#include "adatape/io/file.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

static_assert(std::endian::native == std::endian::little, "the cache of an index is little-endian and its bytes are copied as they are");

/// An index, and where it came from.
struct CachedIndex {
  FileIndex index;          ///< that of the scan, now or in an earlier run
  bool from_cache = false;  ///< false: the folders were scanned
  std::string note;         ///< why a cache that was there was not used, and why it could not be written; empty where there is nothing to say
};

namespace detail {

struct IndexHeader {
  static constexpr std::string_view kMagic{"adatape.index\r\n\0", 16};
  static constexpr std::uint32_t kVersion = 1;
  char magic[16] = {};
  std::uint32_t version = kVersion, checksum = 0;
  std::uint64_t length = 0;
};
static_assert(sizeof(IndexHeader) == 32);

class IndexWriter {
 public:
  template <class T>
  void values(std::span<const T> from) {
    const auto bytes = std::as_bytes(from);
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void number(std::uint64_t value) { values(std::span<const std::uint64_t>(&value, 1)); }
  void text(const std::string& value) {
    number(value.size());
    bytes_ += value;
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(bytes_)); }

 private:
  std::string bytes_;
};

class IndexReader {
 public:
  explicit IndexReader(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <class T>
  std::vector<T> values(std::uint64_t count) {
    require(count <= rest_.size() / sizeof(T), "the cache ends early");
    std::vector<T> out(count);
    if (count > 0) std::memcpy(out.data(), rest_.data(), count * sizeof(T));
    rest_ = rest_.subspan(count * sizeof(T));
    return out;
  }
  std::uint64_t number() { return values<std::uint64_t>(1)[0]; }
  std::string text() {
    const std::uint64_t size = number();
    require(size <= rest_.size(), "the cache ends early");
    std::string out(reinterpret_cast<const char*>(rest_.data()), size);
    rest_ = rest_.subspan(size);
    return out;
  }
  std::span<const std::byte> rest() const { return rest_; }

 private:
  std::span<const std::byte> rest_;
};

inline void write_index(const std::filesystem::path& path, const std::string& key, const FileIndex& index) {
  IndexWriter out;
  out.text(key);
  out.number(static_cast<std::uint64_t>(index.scanned));
  out.number(index.class_names.size());
  for (const auto& name : index.class_names) out.text(name);
  out.number(index.sources.size());
  for (const auto& source : index.sources) {
    out.text(source.path);
    out.number(static_cast<std::uint64_t>(source.modified));
    out.number(source.size);
  }
  out.number(index.ends.size());
  out.values(std::span<const std::uint64_t>(index.ends));
  out.values(std::span<const std::int32_t>(index.labels));
  out.text(index.paths);
  IndexHeader header;
  std::ranges::copy(IndexHeader::kMagic, header.magic);
  header.checksum = io::crc32(out.bytes());
  header.length = out.bytes().size();
  io::AtomicFile file(path);
  file.write(std::as_bytes(std::span(&header, 1)));
  file.write(out.bytes());
  file.commit();
}

/// Throws Error unless the index holds together: so a path or a label can be looked up without a check.
inline void check_index(const FileIndex& index) {
  const auto classes = static_cast<std::int32_t>(std::min<std::size_t>(index.class_names.size(), 1u << 30));
  require(index.size() > 0, "the cache has no files");
  std::uint64_t before = 0;
  for (const std::uint64_t end : index.ends) {
    require(end > before && end <= index.paths.size(), "the paths of the cache are damaged");
    before = end;
  }
  require(before == index.paths.size(), "the paths of the cache are damaged");
  require(std::ranges::all_of(index.labels, [&](std::int32_t label) { return 0 <= label && label < classes; }), "the labels of the cache are damaged");
}

/// The index that `file` holds. Throws Error, which says why, if the file is damaged, is of another version, has another key, or is older than a source.
inline FileIndex read_index(io::InputFile& file, const std::string& key, const std::filesystem::path& root) {
  constexpr std::uint64_t largest = std::uint64_t{1} << 33;  // 8 GiB, enough for 100 million files
  IndexHeader header;
  require(file.size() >= sizeof(header), "the cache ends early");
  file.read(std::as_writable_bytes(std::span(&header, 1)));
  require(header.version == IndexHeader::kVersion, "the cache has version ", header.version, ", wanted ", IndexHeader::kVersion);
  require(header.length == file.size() - sizeof(header) && header.length <= largest, "the cache has another size than it states");
  std::vector<std::byte> bytes(header.length);
  file.read(bytes);
  require(io::crc32(bytes) == header.checksum, "the cache is damaged: its checksum is another one");
  IndexReader in(bytes);
  require(in.text() == key, "the cache is of another folder or of other options");
  FileIndex index;
  index.scanned = static_cast<std::int64_t>(in.number());
  for (std::uint64_t count = in.number(); count > 0; --count) index.class_names.push_back(in.text());
  for (std::uint64_t count = in.number(); count > 0; --count) {
    index.sources.push_back({in.text(), 0, 0});
    index.sources.back().modified = static_cast<std::int64_t>(in.number());
    index.sources.back().size = in.number();
  }
  const std::uint64_t count = in.number();
  index.ends = in.values<std::uint64_t>(count);
  index.labels = in.values<std::int32_t>(count);
  index.paths = in.text();
  require(in.rest().empty(), "the cache has more bytes than an index");
  check_index(index);
  constexpr std::int64_t too_fresh = 2'000'000'000;  // the coarsest clock of a file system (FAT): 2 s
  for (const auto& source : index.sources) {
    const auto where = [&] { return source_place(root, source.path).string(); };
    if (index_source(root, source.path) != source) require(false, where(), ": has changed since it was scanned");
    if (source.modified >= index.scanned - too_fresh) require(false, where(), ": was changed less than 2 s before it was scanned");
  }
  return index;
}

/// Whether one of the folders above `path`, or `path` itself, is `folder`. Links are resolved as far as the paths exist.
inline bool is_inside(const std::filesystem::path& path, const std::filesystem::path& folder) {
  std::error_code failure;
  const auto resolved = [&](const std::filesystem::path& from) { return std::filesystem::weakly_canonical(std::filesystem::absolute(from), failure); };
  const auto place = resolved(path), base = resolved(folder);
  return !failure && std::ranges::mismatch(base, place).in1 == base.end();
}

}  // namespace detail

/// The index in the file `cache`, if that file was written for the same `key` and `root` and no source has changed since; else scan(), which is then written
/// to `cache` (whole or not at all). `key` says what the scan depends on besides `root`: the kind of set and its options. An empty `cache` means no file.
///
/// A folder is compared by its modification time, a list by time and size. A folder that changed less than 2 s before its scan may have changed again
/// within one tick of its clock. So such an index is scanned once more the next time.
/// A missing cache is written. One that is damaged or of another version is replaced, and one that cannot be written is done without: the note says so.
/// Throws Error as `scan` does, and where `cache` is in the folder `root` or is another file than a cache, which is not overwritten.
template <class Scan>
CachedIndex cached_index(const std::filesystem::path& cache, std::string key, const std::filesystem::path& root, Scan&& scan) {
  if (cache.empty()) return {scan(), false, ""};
  require(!detail::is_inside(cache, root), cache.string(), ": wanted the cache of an index outside of the data, found it in ", root.string());
  key += "\n" + std::filesystem::absolute(root).lexically_normal().string();
  std::string note;
  std::error_code ignored;
  if (std::filesystem::exists(cache, ignored)) {
    io::InputFile file(cache);
    std::string magic(std::min<std::size_t>(file.size(), detail::IndexHeader::kMagic.size()), '\0');
    file.read_at(0, std::as_writable_bytes(std::span(magic)));
    require(detail::IndexHeader::kMagic.starts_with(magic), cache.string(), ": wanted the cache of an index or no file, found another file");
    try {
      return {detail::read_index(file, key, root), true, ""};
    } catch (const Error& stale) {
      note = stale.what();
    }
  }
  CachedIndex result{scan(), false, std::move(note)};
  try {
    detail::write_index(cache, key, result.index);
  } catch (const Error& failure) {
    result.note += (result.note.empty() ? "" : "; ") + std::string(failure.what());
  }
  return result;
}

}  // namespace adatape::data
