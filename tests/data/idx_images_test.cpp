#include "adatape/data/idx_images.hpp"

#include <doctest/doctest.h>

#include "../io/files.hpp"

using namespace adatape::data;
using namespace adatape::test;
using adatape::Index;

static_assert(Dataset<IdxImages>);

namespace {

std::string idx_file(const std::vector<std::uint32_t>& shape, const std::string& values) {
  std::string out{'\0', '\0', '\x8', static_cast<char>(shape.size())};
  for (const std::uint32_t dim : shape)
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(dim >> shift & 0xff);
  return out + values;
}

std::string counting(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += static_cast<char>(i);
  return out;
}

}  // namespace

TEST_CASE("IDX pictures: grey and colour") {
  const TemporaryDirectory directory;
  const auto images = directory / "images", labels = directory / "labels";
  write_file(labels, idx_file({2}, std::string("\x1\x4", 2)));
  write_file(images, idx_file({2, 2, 3}, counting(12)));
  const IdxImages grey(images, labels, 5);
  CHECK(grey.size() == 2);
  CHECK(grey.class_names() == std::vector<std::string>(5));
  CHECK(class_text(grey.class_names(), grey.label(1)) == "4");
  CHECK(grey.label(0) == 1);
  CHECK(grey.name(1) == images.string() + ": picture 1");
  CHECK(grey.image(1).channels == 1);
  CHECK(grey.image(1).height == 2);
  CHECK(grey.image(1).width == 3);
  CHECK(grey.image(1).values == std::vector<std::uint8_t>{6, 7, 8, 9, 10, 11});
  CHECK(error_of([&] { grey.image(2); }) == "IDX: wanted a picture of 0 .. 1, found 2");
  CHECK(error_of([&] { grey.label(-1); }) == "IDX: wanted a picture of 0 .. 1, found -1");
  CHECK(error_of([&] { class_text(grey.class_names(), 5); }) == "class names: wanted a label of 0 .. 4, found 5");

  write_file(images, idx_file({2, 1, 2, 3}, counting(12)));
  const IdxImages colour(images, labels);
  CHECK(colour.class_names().size() == 10);
  CHECK(colour.image(1).channels == 3);
  CHECK(colour.image(1).width == 2);
  CHECK(colour.image(1).values == std::vector<std::uint8_t>{6, 7, 8, 9, 10, 11});
  write_file(images, idx_file({2, 2, 3, 1}, counting(12)));
  CHECK(IdxImages(images, labels).image(0) == grey.image(0));
}

TEST_CASE("IDX pictures: each wrong file has its error") {
  const TemporaryDirectory directory;
  const auto images = directory / "images", labels = directory / "labels";
  write_file(labels, idx_file({2}, counting(2)));
  const auto error = [&](const std::string& bytes, Index classes = 10, std::uint64_t limit = kLargestIdx) {
    write_file(images, bytes);
    return error_of([&] { IdxImages(images, labels, classes, limit); });
  };
  const std::string where = images.string() + ": ";
  CHECK(error(idx_file({2, 1, 2, 3}, counting(12))) == "");
  CHECK(error(idx_file({2, 1, 2, 3}, counting(12)), 2) == "");
  CHECK(error(idx_file({2, 1, 2, 3}, counting(12)), 1) == labels.string() + ": label 1 is 1, wanted less than 1");
  CHECK(error(idx_file({2, 1, 2, 3}, counting(12)), 0) == "IDX: wanted at least 1 class, found 0");
  CHECK(error(idx_file({2, 1, 2, 3}, counting(12)), 10, 11) == where + "declares more than 11 elements, the limit");
  CHECK(error(idx_file({2, 1, 3, 2}, counting(12))) == where + "wanted [count, height, width, channels] with 1 or 3 channels, found 2 channels");
  CHECK(error(idx_file({12}, counting(12))) == where + "wanted 3 dimensions (grey pictures) or 4 (colour), found 1: labels?");
  CHECK(error(idx_file({2, 6}, counting(12))) == where + "wanted 3 dimensions (grey pictures) or 4 (colour), found 2");
  CHECK(error(idx_file({3, 2, 2}, counting(12))) == labels.string() + ": wanted a label for each of the 3 images of " + images.string() + ", found 2 labels");
  CHECK(error(idx_file({2, 1, 2, 3}, counting(11))) == where + "ends after 31 bytes, wanted 1 more");
  CHECK(error(idx_file({2, 1, 2, 3}, counting(13))) == where + "wanted the end of the file after 32 bytes, found more");
  CHECK(error("PNG!") == where + "not an IDX file: its first two bytes must be 0");
  CHECK(error("") == where + "ends after 0 bytes, wanted 4 more");
}

TEST_CASE("IDX pictures: found by the names of MNIST, with idx4 for colour") {
  const TemporaryDirectory directory;
  write_file(directory / "t10k-labels-idx1-ubyte", idx_file({2}, counting(2)));
  CHECK(contains(error_of([&] { load_idx_images(directory.path(), Split::test); }), "wanted a file t10k-images-idx3-ubyte"));
  write_file(directory / "t10k-images.idx4-ubyte", idx_file({2, 1, 2, 3}, counting(12)));
  CHECK(load_idx_images(directory.path(), Split::test).image(0).channels == 3);
  write_file(directory / "t10k-images-idx3-ubyte", idx_file({2, 2, 3}, counting(12)));
  CHECK(load_idx_images(directory.path(), Split::test).image(0).channels == 1);
  CHECK(contains(error_of([&] { load_idx_images(directory.path(), Split::train); }), "wanted a file train-labels-idx1-ubyte"));
}
