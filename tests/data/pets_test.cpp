#include "adatape/data/pets.hpp"

#include <doctest/doctest.h>

#include "pictures.hpp"

using namespace adatape::data;
using namespace adatape::test;
using adatape::Index;

namespace {

const std::vector<std::string> kPets{"Abyssinian",
                                     "american_bulldog",
                                     "american_pit_bull_terrier",
                                     "basset_hound",
                                     "beagle",
                                     "Bengal",
                                     "Birman",
                                     "Bombay",
                                     "boxer",
                                     "British_Shorthair",
                                     "chihuahua",
                                     "Egyptian_Mau",
                                     "english_cocker_spaniel",
                                     "english_setter",
                                     "german_shorthaired",
                                     "great_pyrenees",
                                     "havanese",
                                     "japanese_chin",
                                     "keeshond",
                                     "leonberger",
                                     "Maine_Coon",
                                     "miniature_pinscher",
                                     "newfoundland",
                                     "Persian",
                                     "pomeranian",
                                     "pug",
                                     "Ragdoll",
                                     "Russian_Blue",
                                     "saint_bernard",
                                     "samoyed",
                                     "scottish_terrier",
                                     "shiba_inu",
                                     "Siamese",
                                     "Sphynx",
                                     "staffordshire_bull_terrier",
                                     "wheaten_terrier",
                                     "yorkshire_terrier"};

/// One line for a class, 1 .. 37, with its number-th picture.
std::string line(std::size_t pet, int number) {
  const std::string& name = kPets[pet - 1];
  const bool cat = name[0] >= 'A' && name[0] <= 'Z';
  return name + "_" + std::to_string(number) + " " + std::to_string(pet) + (cat ? " 1 " : " 2 ") + std::to_string(pet % 25 + 1) + "\n";
}

/// Two pictures of each class in trainval.txt, in reverse order of the classes, and one in test.txt. The files are empty but for the first.
struct PetsFolder {
  TemporaryDirectory directory;
  std::string trainval, test;
  std::filesystem::path list = directory / "annotations/trainval.txt";

  PetsFolder() {
    std::filesystem::create_directory(directory / "annotations");
    for (std::size_t pet = 37; pet >= 1; --pet) {
      trainval += line(pet, 100) + line(pet, 7);
      test += line(pet, 3);
      for (const char* number : {"_100.jpg", "_7.jpg", "_3.jpg"}) touch(directory.path() / "images" / (kPets[pet - 1] + number));
    }
    touch(directory / "images/Abyssinian_100.mat");
    write_png(directory / "images/yorkshire_terrier_100.jpg", pattern(3, 3, 1, 0));  // some .jpg of the set are not JPEG inside
    write_file(list, trainval);
    write_file(directory / "annotations/test.txt", test);
  }
  std::string error(const std::string& text) {
    write_file(list, text);
    return error_at(list, [&] { scan_pets(directory.path(), Split::train); });
  }
  /// trainval.txt with the first `from` replaced.
  std::string error(const std::string& from, const std::string& to) {
    auto text = trainval;
    return error(text.replace(text.find(from), from.size(), to));
  }
};

}  // namespace

TEST_CASE("Pets: labels are CLASS - 1, names come from the IDs, the order is that of the list") {
  PetsFolder f;
  const auto set = open_pets(f.directory.path(), Split::train);
  CHECK(set.size() == 74);
  CHECK(set.class_names() == kPets);
  CHECK(set.name(0) == (f.directory / "images/yorkshire_terrier_100.jpg").string());
  CHECK(set.label(0) == 36);
  CHECK(set.image(0).height == 3);
  CHECK(set.image(0).channels == 3);
  CHECK(set.name(73) == (f.directory / "images/Abyssinian_7.jpg").string());
  CHECK(set.label(73) == 0);
  CHECK(open_pets(f.directory.path(), Split::test).size() == 37);
  CHECK(f.error("# Image CLASS-ID SPECIES BREED ID\r\n\n" + f.trainval) == "");
}

TEST_CASE("Pets: the index is kept outside of the data, and follows the list") {
  PetsFolder f;
  const TemporaryDirectory output;
  const auto hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  const auto age = [&] {
    for (const auto& path : {f.list, f.directory / "annotations/test.txt", f.directory / "images"}) std::filesystem::last_write_time(path, hour_ago);
  };
  age();
  const auto open = [&](Split split) { return open_pets(f.directory.path(), split, output / "index"); };
  CHECK_FALSE(open(Split::train).from_cache());
  CHECK(open(Split::train).from_cache());
  CHECK(open(Split::test).cache_note() == "the cache is of another folder or of other options");
  open(Split::train);
  write_file(f.list, "#\n" + f.trainval);
  age();
  CHECK(open(Split::train).cache_note() == f.list.string() + ": has changed since it was scanned");
  CHECK(contains(error_of([&] { open_pets(f.directory.path(), Split::train, f.directory / "index"); }), "outside of the data"));
}

TEST_CASE("Pets: each wrong line and layout has its error") {
  PetsFolder f;
  CHECK(f.error(f.trainval) == "");
  CHECK(f.error("") == "wanted lines \"ID CLASS SPECIES BREED\", found none");
  const auto form = [](const std::string& found) { return "line 1: wanted \"ID CLASS SPECIES BREED\", found \"" + found + "\""; };
  for (const char* text : {"yorkshire_terrier_100 37 2", "yorkshire_terrier_100 37 2 12 1", "yorkshire_terrier_100 x 2 12", "yorkshire_terrier_100 -1 2 12",
                           "yorkshire_terrier_100 0 2 12", "yorkshire_terrier_100 4294967333 2 12", "pug"})
    CHECK(f.error(text) == form(text));
  CHECK(f.error("yorkshire_terrier_100 38 2 12") == "line 1: wanted a class of 1 .. 37, found 38");
  CHECK(f.error("yorkshire_terrier_100 37 3 12") == "line 1: wanted the species 1 (cat) or 2 (dog), found 3");
  for (const std::string id : {"pug", "_1", "pug_", "pug_1x", "../pug_1", "pug_1.jpg"})
    CHECK(f.error(id + " 26 2 1") == "line 1: wanted an ID such as Abyssinian_100, found \"" + id + "\"");
  CHECK(f.error(f.trainval + line(37, 100)) == "line 75: the picture \"yorkshire_terrier_100\" is there twice");
  CHECK(f.error("yorkshire_terrier_7 37", "wheaten_terrier_9 37") == "line 2: class 37 is yorkshire_terrier in a line before, and wheaten_terrier here");
  CHECK(f.error(f.trainval + "pug_8 26 2 1\n") == "line 75: wanted " + (f.directory / "images/pug_8.jpg").string() + ", found no such file");
  CHECK(f.error(f.test + "Pug_3 1 2 1") == "line 38: class 1 is Abyssinian in a line before, and Pug here");
  // Classes numbered by sorted folders: capitals first.
  CHECK(f.error("Abyssinian_3 1 1 1\n") == "wanted pictures of 37 classes, found none of class 2");
  auto swapped = f.test;
  swapped.replace(swapped.find(" 6 1"), 2, " 5");  // Bengal
  swapped.replace(swapped.find(" 5 2"), 2, " 6");  // beagle
  CHECK(f.error(swapped) == "wanted classes numbered in the order of their names, found Bengal before beagle");
  write_file(f.list, f.trainval);
  std::filesystem::remove_all(f.directory / "images");
  CHECK(error_of([&] { scan_pets(f.directory.path(), Split::train); }) == (f.directory / "images").string() + ": cannot inspect: No such file or directory");
  std::filesystem::remove(f.list);
  CHECK(error_of([&] { scan_pets(f.directory.path(), Split::train); }) == f.list.string() + ": cannot inspect: No such file or directory");
}
