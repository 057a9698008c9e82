#include "adatape/data/cifar.hpp"

#include <doctest/doctest.h>

#include "../io/files.hpp"

using namespace adatape::data;
using namespace adatape::test;
using adatape::Index;

static_assert(Dataset<Cifar>);

namespace {

/// The value of a pixel of record `number`.
std::uint8_t pixel(int number, int channel, int y, int x) { return static_cast<std::uint8_t>(number * 50 + channel * 90 + y * 5 + x); }

/// A record as the page of the data set describes it: labels, then the planes red, green, blue.
std::string record(const std::vector<int>& labels, int number) {
  std::string out;
  for (const int label : labels) out += static_cast<char>(label);
  for (int channel = 0; channel < 3; ++channel)
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x) out += static_cast<char>(pixel(number, channel, y, x));
  return out;
}

const std::string kNames = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

std::string numbered_names(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "class " + std::to_string(i) + "\n";
  return out;
}

void check_picture(const adatape::image::Image& image, int number) {
  REQUIRE(image.height == 32);
  REQUIRE(image.width == 32);
  REQUIRE(image.channels == 3);
  bool equal = true;
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x)
      for (int c = 0; c < 3; ++c) equal = equal && image.row(y)[x * 3 + c] == pixel(number, c, y, x);
  CHECK(equal);
}

/// A CIFAR-10 of 7 training pictures (batch 1 has three, the others one each) and one test picture.
void write_cifar10(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  write_file(folder / "batches.meta.txt", kNames);
  write_file(folder / "data_batch_1.bin", record({3}, 0) + record({9}, 1) + record({0}, 2));
  for (int batch = 2; batch <= 5; ++batch) write_file(folder / ("data_batch_" + std::to_string(batch) + ".bin"), record({batch}, batch + 1));
  write_file(folder / "test_batch.bin", record({8}, 7));
}

}  // namespace

TEST_CASE("CIFAR-10: batches one after the other, planes become pixels, names with an empty line at the end") {
  const TemporaryDirectory directory;
  for (const auto& folder : {directory.path() / "cifar-10-batches-bin", directory.path() / "plain"}) {
    write_cifar10(folder);
    const auto& given = folder.filename() == "plain" ? folder : directory.path();
    const auto train = load_cifar10(given, Split::train);
    REQUIRE(train.size() == 7);
    CHECK(train.class_names().size() == 10);
    CHECK(train.class_names()[9] == "truck");
    const std::vector<Index> labels{3, 9, 0, 2, 3, 4, 5};
    for (Index i = 0; i < 7; ++i) {
      CHECK(train.label(i) == labels[static_cast<std::size_t>(i)]);
      check_picture(train.image(i), static_cast<int>(i));
    }
    CHECK(train.name(2) == (folder / "data_batch_1.bin").string() + ": picture 2");
    CHECK(train.name(3) == (folder / "data_batch_2.bin").string() + ": picture 0");
    CHECK(train.name(6) == (folder / "data_batch_5.bin").string() + ": picture 0");
    const auto test = load_cifar10(given, Split::test);
    REQUIRE(test.size() == 1);
    CHECK(test.label(0) == 8);
    check_picture(test.image(0), 7);
    for (const Index outside : {Index{-1}, Index{1}}) {
      CHECK(error_of([&] { test.image(outside); }) == "CIFAR: wanted a picture of 0 .. 0, found " + std::to_string(outside));
      CHECK(error_of([&] { test.label(outside); }) != "");
      CHECK(error_of([&] { test.name(outside); }) != "");
    }
  }
}

TEST_CASE("CIFAR-100: the label is the fine one, the second byte") {
  const TemporaryDirectory directory;
  const auto folder = directory / "cifar-100-binary";
  std::filesystem::create_directories(folder);
  write_file(folder / "fine_label_names.txt", numbered_names(100) + "\n");
  write_file(folder / "train.bin", record({19, 99}, 0) + record({0, 20}, 1));
  write_file(folder / "test.bin", record({4, 0}, 2));
  const auto train = load_cifar100(directory.path(), Split::train);
  REQUIRE(train.size() == 2);
  CHECK(train.label(0) == 99);
  CHECK(train.label(1) == 20);
  CHECK(train.class_names()[20] == "class 20");
  check_picture(train.image(1), 1);
  CHECK(load_cifar100(folder, Split::test).label(0) == 0);
  const auto error = [&](const std::string& bytes) {
    write_file(folder / "test.bin", bytes);
    return error_of([&] { load_cifar100(directory.path(), Split::test); });
  };
  const std::string file = (folder / "test.bin").string();
  CHECK(error(record({20, 0}, 0)) == file + ": picture 0 has coarse label 20, wanted less than 20");
  CHECK(error(record({1, 0}, 0) + record({1, 100}, 0)) == file + ": picture 1 has label 100, wanted less than 100");
  CHECK(error(record({1}, 0)) == file + ": wanted records of 3074 bytes, found 3073 bytes: 0 records and 3073 bytes more");
}

TEST_CASE("CIFAR: each wrong layout has its error") {
  const TemporaryDirectory directory;
  const auto folder = directory / "cifar-10-batches-bin";
  const std::string none = directory.path().string() + ": wanted the binary version of CIFAR-10, found no data_batch_1.bin here or in cifar-10-batches-bin";
  const auto error = [&](Split split = Split::train) { return error_of([&] { load_cifar10(directory.path(), split); }); };
  CHECK(error() == none);
  write_file(directory / "data_batch_1", "pickle");
  CHECK(error() == none + ": this is the version for Python; download the binary version");
  std::filesystem::remove(directory / "data_batch_1");
  write_file(directory / "train.bin", record({1, 1}, 0));
  CHECK(error() == none + ": these are the files of the other CIFAR");
  std::filesystem::create_directory(folder);  // empty: the files beside it count
  write_cifar10(directory.path());
  CHECK(error() == "");
  for (const char* name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"})
    std::filesystem::remove(directory / (name + std::string(".bin")));
  CHECK(error() == none + ": these are the files of the other CIFAR");
  write_cifar10(folder);
  CHECK(error() == "");
  CHECK(error_of([&] { load_cifar100(folder, Split::train); }) == folder.string() +
                                                                      ": wanted the binary version of CIFAR-100, found no train.bin here or in "
                                                                      "cifar-100-binary: these are the files of the other CIFAR");

  const std::string third = (folder / "data_batch_3.bin").string();
  const auto with_third = [&](const std::string& bytes) {
    write_file(third, bytes);
    return error();
  };
  CHECK(with_third(record({10}, 0)) == third + ": picture 0 has label 10, wanted less than 10");
  CHECK(with_third(record({1}, 0) + "x") == third + ": wanted records of 3073 bytes, found 3074 bytes: 1 records and 1 bytes more");
  CHECK(with_third("") == third + ": wanted records of 3073 bytes, found 0 bytes: 0 records and 0 bytes more");
  std::filesystem::remove(third);
  CHECK(error() == third + ": cannot open: No such file or directory");
  std::filesystem::create_directory(third);
  CHECK(error() == third + ": wanted a file, found a directory");
  std::filesystem::remove(third);
  CHECK(error(Split::test) == "");

  const std::string names = (folder / "batches.meta.txt").string();
  const auto with_names = [&](const std::string& text) {
    write_file(names, text);
    return error(Split::test);
  };
  CHECK(with_names("airplane\r\nautomobile\r\nbird\r\ncat\r\ndeer\r\ndog\r\nfrog\r\nhorse\r\nship\r\ntruck\r\n") == "");
  CHECK(load_cifar10(folder, Split::test).class_names()[0] == "airplane");
  CHECK(with_names(numbered_names(9)) == names + ": wanted 10 names, one a line, found 9");
  CHECK(with_names("cat\n" + kNames) == names + ": line 5: the class \"cat\" is there twice");
  CHECK(with_names("a\n\nb\n") == names + ": line 2: wanted the name of a class, found an empty text");
  CHECK(with_names("\n\n") == names + ": wanted names of classes, one a line, found none");
  std::filesystem::remove(names);
  CHECK(error() == names + ": cannot open: No such file or directory");
}

TEST_CASE("CIFAR: a file above 1 GiB is refused before it is read") {
  const TemporaryDirectory directory;
  write_cifar10(directory.path());
  const auto path = directory / "test_batch.bin";
  std::filesystem::resize_file(path, std::uintmax_t{3073} * 350'000);  // sparse
  CHECK(error_of([&] { load_cifar10(directory.path(), Split::test); }) == path.string() + ": wanted at most 1073741824 bytes, found 1075550000");
}
