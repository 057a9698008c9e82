#include "adatape/data/index_cache.hpp"

#include <doctest/doctest.h>

#include "adatape/data/class_folder.hpp"
#include "pictures.hpp"

using namespace adatape::data;
using namespace adatape::test;
using adatape::Index;

namespace {

/// Sets the modification time of everything below `root` to one time an hour ago: a folder that has just changed is not trusted.
void age(const std::filesystem::path& root) {
  static const auto hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(root, hour_ago);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) std::filesystem::last_write_time(entry.path(), hour_ago);
}

/// A class folder with a cache beside it.
struct Fixture {
  TemporaryDirectory directory;
  std::filesystem::path root = directory / "root", cache = directory / "index";
  int scans = 0;

  Fixture() {
    for (const char* file : {"cat/1.png", "cat/2.png", "dog/1.png", "dog/deep/2.png"}) touch(root / file);
    age(root);
  }
  CachedIndex open(const std::string& key = "key") {
    return cached_index(cache, key, root, [&] {
      ++scans;
      return scan_class_folder(root);
    });
  }
};

}  // namespace

TEST_CASE("index cache: written once, then read, with the same content") {
  Fixture f;
  const auto first = f.open();
  CHECK_FALSE(first.from_cache);
  CHECK(first.note == "");
  CHECK(first.index.sources.size() == 4);
  const auto second = f.open();
  CHECK(second.from_cache);
  CHECK(second.note == "");
  CHECK(second.index == first.index);
  CHECK(f.scans == 1);
  CHECK(f.directory.file_count() == 2);  // no temporary is left
  CHECK(entries(second.index) == "cat/1.png=0, cat/2.png=0, dog/1.png=1, dog/deep/2.png=1");
  const FileSet set(f.root, second);
  CHECK(set.from_cache());
  CHECK(set.name(3) == (f.root / "dog/deep/2.png").string());
}

TEST_CASE("index cache: no cache without a path") {
  Fixture f;
  f.cache.clear();
  CHECK(f.open().index.size() == 4);
  CHECK(f.open().note == "");
  CHECK(f.scans == 2);
  CHECK(f.directory.file_count() == 1);
}

TEST_CASE("index cache: a change in any folder, other options and another place are noticed") {
  Fixture f;
  const auto changed = [&] {
    const auto before = f.scans;
    const auto result = f.open();
    CHECK(f.scans == before + 1);
    CHECK_FALSE(result.from_cache);
    return result;
  };
  f.open();
  touch(f.root / "dog/deep/3.png");
  CHECK(changed().note == (f.root / "dog/deep").string() + ": has changed since it was scanned");
  age(f.root);
  CHECK(changed().index.size() == 5);
  CHECK(f.open().from_cache);
  touch(f.root / "bird/1.png");
  CHECK(contains(changed().note, "has changed since it was scanned"));
  std::filesystem::remove_all(f.root / "bird");
  age(f.root);
  changed();
  CHECK(f.open().from_cache);
  std::filesystem::remove_all(f.root / "dog/deep");
  age(f.root);
  CHECK(changed().note == (f.root / "dog/deep").string() + ": cannot inspect: No such file or directory");
  CHECK(f.open().from_cache);
  CHECK(f.open("another key").note == "the cache is of another folder or of other options");
  std::filesystem::rename(f.root, f.directory / "moved");
  f.root = f.directory / "moved";
  CHECK(changed().note == "the cache is of another folder or of other options");
}

TEST_CASE("index cache: a folder that changed just before its scan is not trusted") {
  Fixture f;
  touch(f.root / "cat/3.png");
  // Not older than 2 s, however long this process waits before the scan.
  std::filesystem::last_write_time(f.root / "cat", std::filesystem::file_time_type::clock::now() + std::chrono::minutes(1));
  f.open();
  CHECK(contains(f.open().note, (f.root / "cat").string() + ": was changed less than 2 s before it was scanned"));
  CHECK(f.scans == 2);
}

TEST_CASE("index cache: a list that is a source is compared by size too") {
  Fixture f;
  const auto list = f.directory / "list.txt";
  write_file(list, "one");
  const auto hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(list, hour_ago);
  const auto open = [&] {
    return cached_index(f.cache, "key", f.root, [&] {
      auto index = scan_class_folder(f.root);
      index.sources.push_back(detail::index_source(f.root, list.string()));
      return index;
    });
  };
  open();
  CHECK(open().from_cache);
  write_file(list, "three");
  std::filesystem::last_write_time(list, hour_ago);
  CHECK(open().note == list.string() + ": has changed since it was scanned");
}

TEST_CASE("index cache: a damaged cache is made again") {
  Fixture f;
  const auto first = f.open();
  const auto good = read_file(f.cache);
  auto flipped = good, version = good;
  flipped[200] = static_cast<char>(flipped[200] ^ 4);
  version[16] = 2;
  for (const auto& [bytes, note] : {std::pair<std::string, std::string>{"", "the cache ends early"},
                                    {good.substr(0, 10), "the cache ends early"},
                                    {good.substr(0, 31), "the cache ends early"},
                                    {good.substr(0, 100), "the cache has another size than it states"},
                                    {good + "x", "the cache has another size than it states"},
                                    {flipped, "the cache is damaged: its checksum is another one"},
                                    {version, "the cache has version 2, wanted 1"}}) {
    write_file(f.cache, bytes);
    const auto before = f.scans;
    const auto result = f.open();
    CHECK(f.scans == before + 1);
    CHECK(result.note == note);
    CHECK(result.index.paths == first.index.paths);
    CHECK(f.open().from_cache);
  }
}

TEST_CASE("index cache: any cut and any bit changed behind the magic is noticed") {
  Fixture f;
  f.open();
  const auto good = read_file(f.cache);
  const auto key = "key\n" + f.root.string();
  const auto refused = [&](const std::string& bytes) {
    write_file(f.cache, bytes);
    adatape::io::InputFile file(f.cache);
    return error_of([&] { detail::read_index(file, key, f.root); }) != "";
  };
  CHECK_FALSE(refused(good));
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(refused(good.substr(0, size)));
  for (std::size_t at = 16; at < good.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      CHECK(refused(bytes));
    }
}

TEST_CASE("index cache: bytes with a right checksum and wrong content do no harm") {
  Fixture f;
  f.open();
  const auto good = read_file(f.cache);
  int accepted = 0, refused = 0;
  for (std::size_t at = 32; at < good.size(); ++at)
    for (int flip = 1; flip < 256; flip += 6) {
      auto bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      const auto sum = adatape::io::crc32(std::as_bytes(std::span(bytes)).subspan(32));
      std::memcpy(bytes.data() + 20, &sum, 4);
      write_file(f.cache, bytes);
      adatape::io::InputFile file(f.cache);
      FileIndex index;
      ++(error_of([&] { index = detail::read_index(file, "key\n" + f.root.string(), f.root); }).empty() ? accepted : refused);
      for (Index i = 0; i < index.size(); ++i) CHECK_FALSE(index.path(i).empty());
      for (const auto label : index.labels) CHECK((0 <= label && label < std::ssize(index.class_names)));
    }
  CHECK(accepted > 100);  // names and paths may be anything
  CHECK(refused > 100);
}

TEST_CASE("index cache: another file is not overwritten, and the data get no file") {
  Fixture f;
  write_file(f.cache, "my thesis");
  CHECK(error_of([&] { f.open(); }) == f.cache.string() + ": wanted the cache of an index or no file, found another file");
  CHECK(read_file(f.cache) == "my thesis");
  for (const auto& inside : {f.root / "index", f.root / "cat/index", f.root / "../root/index", f.root}) {
    f.cache = inside;
    CHECK(contains(error_of([&] { f.open(); }), ": wanted the cache of an index outside of the data, found it in " + f.root.string()));
  }
  f.cache = f.directory.path();
  CHECK(error_of([&] { f.open(); }) == f.cache.string() + ": wanted a file, found a directory");
  f.cache = f.directory / "root2";  // begins like the root, but is not in it
  CHECK(f.open().note == "");
  CHECK(f.open().from_cache);
}

TEST_CASE("index cache: where it cannot be written the run goes on without") {
  Fixture f;
  f.cache = f.directory / "no such folder/index";
  const auto result = f.open();
  CHECK(result.index.size() == 4);
  CHECK(result.note.starts_with(f.cache.string() + ": cannot open its directory"));
}

TEST_CASE("index cache: errors of the scan are thrown, and nothing is written") {
  Fixture f;
  touch(f.root / "bad\nname/1.png");
  CHECK(contains(error_of([&] { f.open(); }), "wanted the name of a class in UTF-8"));
  CHECK_FALSE(std::filesystem::exists(f.cache));
}

TEST_CASE("index cache: a million files load in well under two seconds") {
  Fixture f;
  FileIndex index = detail::start_index();
  index.sources = {detail::index_source(f.root, "")};
  for (int c = 0; c < 1000; ++c) index.class_names.push_back(std::string("n").append(std::to_string(10'000'000 + c)));
  for (int i = 0; i < 1'000'000; ++i)
    index.add("train/" + index.class_names[static_cast<std::size_t>(i / 1000)] + "/picture_" + std::to_string(i) + ".JPEG", i / 1000);
  cached_index(f.cache, "million", f.root, [&] { return index; });
  const auto start = std::chrono::steady_clock::now();
  const auto loaded = cached_index(f.cache, "million", f.root, [&] { return FileIndex(); });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CHECK(loaded.from_cache);
  CHECK(loaded.index == index);
  MESSAGE("seconds to load a million files: ", seconds);
  CHECK(seconds < 20);  // 0.1 s on an idle machine; sanitizers and busy machines are slower
}
