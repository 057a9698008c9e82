#include "adatape/data/file_set.hpp"

#include <doctest/doctest.h>

#include "adatape/data/class_folder.hpp"
#include "adatape/data/loader.hpp"
#include "adatape/data/sampler.hpp"
#include "pictures.hpp"

using namespace adatape::data;
using namespace adatape::test;
using adatape::Draws;
using adatape::Index;
using adatape::image::Image;

namespace {

/// [2] the sum of the picture's values, and the same with a random weight.
void sums(const Image& picture, Draws& draws, std::span<float> out) {
  Index sum = 0;
  for (const auto value : picture.values) sum += value;
  out[0] = static_cast<float>(sum);
  out[1] = static_cast<float>(draws.uniform() * static_cast<double>(sum));
}

}  // namespace

TEST_CASE("file set: a folder of PNG files through the loader") {
  const TemporaryDirectory directory;
  std::vector<float> expected;
  for (int i = 0; i < 12; ++i) {
    const auto picture = pattern(3 + i % 4, 5, 3, 20 * i);
    write_png(directory / ("class " + std::to_string(i / 6) + "/" + std::to_string(100 + i) + ".png"), picture);
    Index sum = 0;
    for (const auto value : picture.values) sum += value;
    expected.push_back(static_cast<float>(sum));
  }
  const auto set = open_class_folder(directory.path());
  REQUIRE(set.size() == 12);
  std::vector<float> first;
  for (const int workers : {0, 1, 2, 5}) {
    Loader loader(set, ShufflingSampler(12, 5, 9), 2, sums, {workers, 2, 77, false});
    std::vector<float> inputs;
    for (int batch = 0; batch < 6; ++batch) {
      const auto loaded = *loader.next();
      for (Index k = 0; k < loaded.size(); ++k) {
        const auto at = static_cast<std::size_t>(k);
        const Index sample = loaded.samples[at];
        CHECK(loaded.inputs[2 * at] == expected[static_cast<std::size_t>(sample)]);
        CHECK(loaded.labels[at] == sample / 6);
      }
      inputs.insert(inputs.end(), loaded.inputs.begin(), loaded.inputs.end());
    }
    if (workers == 0) first = inputs;
    CHECK(inputs == first);
  }
}

TEST_CASE("file set: broken files stop a run with their path, or are left out by name") {
  const TemporaryDirectory directory;
  for (const char* file : {"a/1.png", "a/2.png", "a/3.png", "b/1.png", "b/2.png"}) write_png(directory / file, pattern(8, 8, 3, 1));
  const auto cut = directory / "a/2.png", empty = directory / "b/1.png";
  const auto whole = read_file(cut);
  write_file(cut, whole.substr(0, whole.size() / 2));
  write_file(empty, "");
  const auto set = open_class_folder(directory.path());
  for (const int workers : {0, 2}) {
    Loader strict(set, OrderedSampler(5, 5), 2, sums, {workers, 2, 0, false});
    CHECK(error_of([&] { strict.next(); }).starts_with(cut.string() + ": "));
    Loader lenient(set, OrderedSampler(5, 5), 2, sums, {workers, 2, 0, true});
    const auto batch = *lenient.next();
    CHECK(std::vector<Index>(batch.samples.begin(), batch.samples.end()) == std::vector<Index>{0, 2, 4});
    REQUIRE(lenient.broken().size() == 2);
    CHECK(lenient.broken()[0].name == cut.string());
    CHECK(lenient.broken()[1].name == empty.string());
    CHECK(lenient.broken()[1].what.starts_with(empty.string() + ": "));
  }
  std::filesystem::remove(empty);  // after the scan
  CHECK(error_of([&] { set.image(3); }).starts_with(empty.string() + ": cannot open"));
}
