#include "adatape/data/idx.hpp"

#include <doctest/doctest.h>

#include "../io/files.hpp"
#include "adatape/train/targets.hpp"

using namespace adatape::data;
using namespace adatape::test;
using adatape::Index;

namespace {

/// `text` as one gzip member.
std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string idx(const std::vector<std::uint32_t>& shape, const std::string& values, char type = 8) {
  std::string out{'\0', '\0', type, static_cast<char>(shape.size())};
  for (const std::uint32_t dim : shape)
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(dim >> shift & 0xff);
  return out + values;
}

std::string numbers(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += static_cast<char>(i);
  return out;
}

/// The error of reading these bytes as images, without the path; empty if they are valid.
std::string images_error(const TemporaryDirectory& directory, const std::string& bytes) {
  const auto path = directory / "images";
  write_file(path, bytes);
  const auto message = error_of([&] { read_idx(path, 3); });
  if (message.empty()) return "";
  REQUIRE(message.starts_with(path.string() + ": "));
  return message.substr(path.string().size() + 2);
}

}  // namespace

TEST_CASE("idx: plain, gzip and several gzip members give the same array") {
  const TemporaryDirectory directory;
  const auto bytes = idx({2, 3, 4}, numbers(24));
  for (const auto& compressed : {bytes, gzip(bytes), gzip(bytes.substr(0, 21)) + gzip(bytes.substr(21)), gzip("") + gzip(bytes) + gzip("")}) {
    write_file(directory / "images", compressed);
    const auto array = read_idx(directory / "images", 3);
    CHECK(array.shape == std::vector<Index>{2, 3, 4});
    CHECK(std::string(array.values.begin(), array.values.end()) == numbers(24));
  }
}

TEST_CASE("idx: an array larger than every buffer of the reader") {
  const TemporaryDirectory directory;
  std::string values(300 * 1000 * 56, '\0');
  std::uint32_t state = 1;
  for (char& value : values) value = static_cast<char>((state = state * 1664525 + 1013904223) >> 29);
  write_file(directory / "images", gzip(idx({300, 1000, 56}, values)));
  const auto array = read_idx(directory / "images", 3);
  CHECK(std::equal(values.begin(), values.end(), array.values.begin(), array.values.end(),
                   [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
}

TEST_CASE("idx: malformed files, each with its error") {
  const TemporaryDirectory directory;
  const auto good = idx({2, 3, 4}, numbers(24)), compressed = gzip(good);
  CHECK(images_error(directory, good) == "");
  CHECK(images_error(directory, "") == "ends after 0 bytes, wanted 4 more");
  CHECK(images_error(directory, good.substr(0, 10)) == "ends after 10 bytes, wanted 2 more");
  CHECK(images_error(directory, "PNG!") == "not an IDX file: its first two bytes must be 0");
  CHECK(images_error(directory, idx({2, 3, 4}, numbers(24), 0x0d)) == "wanted elements of type 8 (unsigned byte), found type 13 (float)");
  CHECK(images_error(directory, idx({24}, numbers(24))) == "wanted 3 dimensions, found 1: labels?");
  CHECK(images_error(directory, idx({2, 3, 4, 1}, numbers(24))) ==
        "wanted 3 dimensions, found 4: colour images? Only grey ones, [count, height, width], can be read");
  CHECK(images_error(directory, idx({2, 3, 4, 1, 1}, numbers(24))) == "wanted 3 dimensions, found 5");
  CHECK(images_error(directory, idx({2, 0, 4}, "")) == "dimension 1 is 0");
  CHECK(images_error(directory, good + '\0') == "wanted the end of the file after 40 bytes, found more");
  CHECK(images_error(directory, good.substr(0, 39)) == "ends after 39 bytes, wanted 1 more");
  const std::string too_large = "declares more elements than a file of its size can hold; is it cut short?";
  CHECK(images_error(directory, idx({60000, 28, 28}, numbers(24))) == too_large);
  CHECK(images_error(directory, idx({0xffffffffu, 0xffffffffu, 0xffffffffu}, numbers(24))) == too_large);
  CHECK(images_error(directory, idx({0x80000000u, 0x80000000u, 4}, "")) == too_large);
  CHECK(error_of([&] { read_idx(directory.path(), 3); }) == directory.path().string() + ": wanted a file, found a directory");
  CHECK(contains(error_of([&] { read_idx(directory / "none", 3); }), "cannot open: No such file or directory"));

  CHECK(images_error(directory, compressed.substr(0, compressed.size() - 1)) == "the gzip data are cut short");
  CHECK(images_error(directory, compressed.substr(0, 12)) == "the gzip data are cut short");
  CHECK(images_error(directory, compressed + "garbage") == "bytes that are not gzip follow the gzip data");
  CHECK(images_error(directory, compressed + compressed) == "wanted the end of the file after 40 bytes, found more");
  CHECK(images_error(directory, gzip(good + '\0')) == "wanted the end of the file after 40 bytes, found more");
  CHECK(images_error(directory, gzip(good.substr(0, 39))) == "ends after 39 bytes, wanted 1 more");
  CHECK(images_error(directory, gzip(idx({60000, 28, 28}, ""))) == too_large);
  CHECK(images_error(directory, gzip(idx({1000, 10, 1}, numbers(24)))) == "ends after 40 bytes, wanted 9976 more");
  auto broken = compressed;
  broken[broken.size() - 8] = static_cast<char>(broken[broken.size() - 8] ^ 1);
  CHECK(images_error(directory, broken) == "the gzip data are damaged: incorrect data check");
  broken = compressed;
  broken[2] = 7;
  CHECK(images_error(directory, broken) == "the gzip data are damaged: unknown compression method");
}

TEST_CASE("idx: any cut is refused, and any one byte changed gives an error or a valid array") {
  const TemporaryDirectory directory;
  const auto good = idx({2, 3, 4}, numbers(24));
  for (const auto& bytes : {good, gzip(good)}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(images_error(directory, bytes.substr(0, size)) != "");
    for (std::size_t at = 0; at < bytes.size(); ++at)
      for (int flip = 1; flip < 256; ++flip) {
        auto changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ flip);
        images_error(directory, changed);
      }
  }
}

TEST_CASE("idx: a data set is found under both spellings") {
  const TemporaryDirectory directory;
  CHECK(error_of([&] { load_idx_dataset(directory.path(), Split::train); }) ==
        directory.path().string() + ": wanted a file train-images-idx3-ubyte or train-images.idx3-ubyte, plain or .gz, found none");
  const auto images = idx({3, 2, 2}, numbers(12)), labels = idx({3}, std::string("\x9\0\x1", 3));
  write_file(directory / "train-images-idx3-ubyte", images);
  CHECK(contains(error_of([&] { load_idx_dataset(directory.path(), Split::train); }), "wanted a file train-labels-idx1-ubyte"));
  write_file(directory / "train-labels.idx1-ubyte.gz", gzip(labels));
  write_file(directory / "t10k-images.idx3-ubyte", images);
  write_file(directory / "t10k-labels-idx1-ubyte.gz", gzip(labels));
  for (const Split split : {Split::train, Split::test}) {
    const auto data = load_idx_dataset(directory.path(), split);
    CHECK(data.count == 3);
    CHECK(data.height == 2);
    CHECK(data.width == 2);
    CHECK(data.channels == 1);
    CHECK(data.labels == std::vector<std::int64_t>{9, 0, 1});
    CHECK(adatape::train::ClassTargets<float>(data.labels).labels()[0] == 9);  // what training takes
    CHECK(data.image(2)[0] == 8);
    CHECK(data.image(2).size() == 4);
  }
  CHECK(contains(error_of([&] { load_idx_dataset(directory.path(), Split::test, 9); }), "t10k-labels-idx1-ubyte.gz: label 0 is 9, wanted less than 9"));
  write_file(directory / "t10k-images.idx3-ubyte", idx({4, 2, 2}, numbers(16)));
  const auto mismatch = [&](const std::string& found) {
    return (directory / "t10k-labels-idx1-ubyte.gz").string() + ": wanted a label for each of the 4 images of " +
           (directory / "t10k-images.idx3-ubyte").string() + ", found " + found + " labels";
  };
  CHECK(error_of([&] { load_idx_dataset(directory.path(), Split::test); }) == mismatch("3"));
  write_file(directory / "t10k-labels-idx1-ubyte.gz", gzip(idx({5}, numbers(5))));
  CHECK(error_of([&] { load_idx_dataset(directory.path(), Split::test); }) == mismatch("5"));
  write_file(directory / "t10k-labels-idx1-ubyte.gz", gzip(idx({4, 2, 2}, numbers(16))));
  CHECK(contains(error_of([&] { load_idx_dataset(directory.path(), Split::test); }), "t10k-labels-idx1-ubyte.gz: wanted 1 dimensions, found 3: images?"));
}

TEST_CASE("idx: folders of like names") {
  const auto images = idx({3, 2, 2}, numbers(12)), labels = idx({3}, std::string(3, '\1'));
  for (const std::string ending : {"", ".gz"}) {
    const auto bytes = [&](const std::string& plain) { return ending.empty() ? plain : gzip(plain); };
    const TemporaryDirectory directory;
    for (const char* folder : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "train-images-idx3-ubyte.gz", "train-labels.idx1-ubyte"})
      std::filesystem::create_directory(directory / folder);
    CHECK(contains(error_of([&] { load_idx_dataset(directory.path(), Split::train); }), "wanted a file train-images-idx3-ubyte or"));
    // inside the folders
    write_file(directory / ("train-images-idx3-ubyte/train-images-idx3-ubyte" + ending), bytes(images));
    write_file(directory / ("train-labels.idx1-ubyte/train-labels-idx1-ubyte" + ending), bytes(labels));
    CHECK(load_idx_dataset(directory.path(), Split::train).count == 3);
    // beside them: these go first
    write_file(directory / ("train-images.idx3-ubyte" + (ending.empty() ? std::string(".gz") : "")), idx({2, 2, 2}, numbers(8)));
    write_file(directory / ("train-labels-idx1-ubyte.gz"), gzip(idx({2}, numbers(2))));
    CHECK(load_idx_dataset(directory.path(), Split::train).count == 2);
  }
}

TEST_CASE("idx: a file that is written to while it is read is refused") {
  const TemporaryDirectory directory;
  const auto path = directory / "images";
  for (const auto& bytes : {idx({24}, numbers(24)), gzip(idx({24}, numbers(24)))}) {
    std::vector<std::uint8_t> all(4 + 4 + 24);
    write_file(path, bytes);
    ByteReader reader(path);
    write_over(path, bytes.size(), "x");
    reader.read(all);
    CHECK(error_of([&] { reader.require_end(); }) == path.string() + ": changed while it was being read");
    write_file(path, bytes);
    ByteReader again(path);
    again.read(all);
    CHECK(error_of([&] { again.require_end(); }) == "");
  }
}

TEST_CASE("idx: zeros may follow gzip data, and nothing else") {
  const TemporaryDirectory directory;
  const auto good = idx({2, 3, 4}, numbers(24)), compressed = gzip(good);
  for (const std::size_t zeros : {std::size_t{1}, std::size_t{512}, std::size_t{200'000}}) {
    CHECK(images_error(directory, compressed + std::string(zeros, '\0')) == "");
    CHECK(images_error(directory, gzip(good.substr(0, 20)) + std::string(zeros, '\0') + gzip(good.substr(20)) + std::string(zeros, '\0')) == "");
    CHECK(images_error(directory, compressed + std::string(zeros, '\0') + "x") == "bytes that are not gzip follow the gzip data");
    CHECK(images_error(directory, compressed.substr(0, compressed.size() - 8) + std::string(zeros, '\0')) != "");
  }
}

TEST_CASE("idx: the limit is checked in the header") {
  const TemporaryDirectory directory;
  const auto path = directory / "images";
  const auto error = [&](const std::string& bytes, std::uint64_t limit) {
    write_file(path, bytes);
    return error_of([&] { read_idx(path, 3, limit); });
  };
  CHECK(error(idx({2, 3, 4}, numbers(24)), 24) == "");
  CHECK(error(idx({2, 3, 4}, numbers(24)), 23) == path.string() + ": declares more than 23 elements, the limit");
  // 3 KB of gzip that hold 3 MB, cut behind the header: nothing but the header is looked at.
  const auto bomb = gzip(idx({3000, 1000, 1}, std::string(3'000'000, '\0')));
  CHECK(bomb.size() < 20'000);
  CHECK(error(bomb, 1 << 20) == path.string() + ": declares more than 1048576 elements, the limit");
  CHECK(error(bomb, 3'000'000) == "");
  CHECK(read_idx_shape(path, 3) == std::vector<Index>{3000, 1000, 1});
  // A sparse file of 2 GiB is above the limit that holds unless one is given.
  const auto header = idx({1 << 20, 1 << 10, 2}, "");
  write_file(path, header);
  std::filesystem::resize_file(path, header.size() + (std::uintmax_t{1} << 31));
  CHECK(error_of([&] { read_idx(path, 3); }) == path.string() + ": declares more than 1073741824 elements, the limit");

  write_file(directory / "train-images-idx3-ubyte", idx({2, 3, 4}, numbers(24)));
  write_file(directory / "train-labels-idx1-ubyte", idx({2}, numbers(2)));
  CHECK(load_idx_dataset(directory.path(), Split::train, 10, 24).count == 2);
  CHECK(contains(error_of([&] { load_idx_dataset(directory.path(), Split::train, 10, 23); }), "train-images-idx3-ubyte: declares more than 23 elements"));
}

TEST_CASE("idx: Fashion-MNIST where Debian's package is installed") {
  const std::filesystem::path directory = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(directory)) return;
  const auto data = load_idx_dataset(directory, Split::test);
  CHECK(data.count == 10000);
  CHECK(data.height == 28);
  CHECK(data.width == 28);
  for (int label = 0; label < 10; ++label) CHECK(std::ranges::count(data.labels, label) == 1000);
}
