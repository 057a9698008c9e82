#include "adatape/data/class_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "pictures.hpp"

using namespace adatape::data;
using namespace adatape::test;
using adatape::Index;
using Texts = std::vector<std::string>;

static_assert(Dataset<FileSet>);

namespace {

ClassFolderOptions natural() { return {ClassOrder::natural, {}, false}; }
ClassFolderOptions given(Texts classes, bool allow_empty = false) { return {ClassOrder::bytes, std::move(classes), allow_empty}; }

}  // namespace

TEST_CASE("class folder: torchvision's order") {
  const TemporaryDirectory directory;
  // Expected: make_folder_orders.py. A folder's whole path counts, and a blank is before a slash: "sub x" is between "sub" and "sub/deeper".
  for (const char* file : {"b/2.png", "b/10.PNG", "b/sub/1.jpg", "b/sub/deeper/0.jpeg", "b/sub x/3.webp", "B/x.TIFF", "10/a.bmp", "2/a.ppm", "b/note.txt",
                           "b/.hidden.png", "B/._x.png", ".git/config.png", "b/.thumbs/1.png", "outside.png", "b/1.gif", "b/.png"})
    touch(directory / file);
  const auto index = scan_class_folder(directory.path());
  CHECK(index.class_names == Texts{"10", "2", "B", "b"});
  CHECK(entries(index) == "10/a.bmp=0, 2/a.ppm=1, B/x.TIFF=2, b/10.PNG=3, b/2.png=3, b/sub/1.jpg=3, b/sub x/3.webp=3, b/sub/deeper/0.jpeg=3");
  CHECK(index.sources.size() == 8);  // the root, four classes, three folders in one of them
}

TEST_CASE("class folder: timm's natural order") {
  const TemporaryDirectory directory;
  for (const char* file : {"b/2.png", "b/10.png", "b/B1.png", "b/a2.png", "B2/x.png", "10/a.png", "2/a.png", "b/01.png"}) touch(directory / file);
  const auto index = scan_class_folder(directory.path(), natural());
  CHECK(index.class_names == Texts{"2", "10", "b", "B2"});
  CHECK(entries(index) == "2/a.png=0, 10/a.png=1, B2/x.png=3, b/01.png=2, b/2.png=2, b/10.png=2, b/a2.png=2, b/B1.png=2");
}

TEST_CASE("natural order: against the key of timm") {
  // Expected: make_folder_orders.py
  const Texts sorted{"",
                     "0",
                     "00",
                     "01",
                     "1",
                     "1a",
                     "01b",
                     "1B2",
                     "1b10",
                     "2",
                     "10",
                     "99999999999999999998",
                     "99999999999999999999",
                     "/x",
                     "a",
                     "A1",
                     "a01",
                     "a1",
                     "a1b",
                     "a2",
                     "a10",
                     "a10/b",
                     "a10/b2",
                     "a 1",
                     "a/1",
                     "aB",
                     "ab1",
                     "B",
                     "b",
                     "z\xc3\xa9",
                     "\xc3\xa4"};
  for (std::size_t i = 0; i < sorted.size(); ++i)
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      CAPTURE(sorted[i]);
      CAPTURE(sorted[j]);
      CHECK(natural_less(sorted[i], sorted[j]) == (i < j));
    }
}

TEST_CASE("class folder: names with blanks and UTF-8, links, and pictures that are decoded") {
  const TemporaryDirectory directory;
  const auto root = directory / "root";
  write_png(root / "red panda/1 2.png", pattern(3, 2, 3, 10));
  write_png(root / "\xc3\xa4pfel/\xe7\x8c\xab.png", pattern(2, 4, 3, 90));
  write_png(directory / "elsewhere/cat.png", pattern(1, 1, 3, 50));
  std::filesystem::create_directory_symlink(directory / "elsewhere", root / "linked");
  std::filesystem::create_symlink(directory / "elsewhere/cat.png", root / "red panda/2.png");
  write_file(root / "linked/broken.png", "no picture");
  const auto set = open_class_folder(root);
  CHECK(set.class_names() == Texts{"linked", "red panda", "\xc3\xa4pfel"});
  CHECK(entries(set.index()) == "linked/broken.png=0, linked/cat.png=0, red panda/1 2.png=1, red panda/2.png=1, \xc3\xa4pfel/\xe7\x8c\xab.png=2");
  CHECK(set.image(1) == pattern(1, 1, 3, 50));
  CHECK(set.image(2) == pattern(3, 2, 3, 10));
  CHECK(set.image(3) == pattern(1, 1, 3, 50));
  CHECK(set.image(4) == pattern(2, 4, 3, 90));
  CHECK(set.label(4) == 2);
  CHECK(set.name(2) == (root / "red panda/1 2.png").string());
  CHECK(contains(error_of([&] { set.image(0); }), (root / "linked/broken.png").string()));
  CHECK(error_of([&] { set.image(5); }) == "files: wanted a picture of 0 .. 4, found 5");
  CHECK(error_of([&] { set.label(-1); }) == "files: wanted a picture of 0 .. 4, found -1");
  CHECK_FALSE(set.from_cache());
}

TEST_CASE("class folder: each wrong layout has its error") {
  const TemporaryDirectory directory;
  const auto root = directory / "root";
  const auto error = [&](const ClassFolderOptions& options = {}) { return error_at(root, [&] { scan_class_folder(root, options); }); };
  CHECK(error() == "cannot inspect: No such file or directory");
  write_file(root, "");
  CHECK(error() == "cannot read the folder: Not a directory");
  std::filesystem::remove(root);
  std::filesystem::create_directory(root);
  CHECK(error() == "wanted a folder for each class, found an empty folder");
  touch(root / "1.png");
  touch(root / "2.png");
  CHECK(error() == "wanted a folder for each class, found no folder and 2 files directly inside, such as \"1.png\"");
  std::filesystem::create_directory(root / ".cache");
  CHECK(error() == "wanted a folder for each class, found no folder and 2 files directly inside, such as \"1.png\"");
  touch(root / "train/a/1.png");
  CHECK(error() == "wanted a folder for each class, found the parts of a data set, such as \"train\": give one of them");
  touch(root / "val/a/1.png");
  CHECK(error() == "wanted a folder for each class, found the parts of a data set, such as \"train\": give one of them");
  std::filesystem::remove_all(root / "train");
  std::filesystem::remove_all(root / "val");
  touch(root / "cat/1.png");
  CHECK(error() == "wanted at least 2 classes, found the single folder \"cat\"");
  CHECK(error(given({"cat"})) == "");
  CHECK(error(given({"cat", "dog"})) == "wanted at least 2 classes, found the single folder \"cat\"");
  CHECK(error(given({"cat", "dog"}, true)) == "");
  std::filesystem::create_directory(root / "dog");
  CHECK(error_of([&] { scan_class_folder(root); }) == (root / "dog").string() + ": wanted pictures of a class, found none");
  touch(root / "dog/deep/film.mp4");
  CHECK(error_of([&] { scan_class_folder(root); }) ==
        (root / "dog").string() + ": wanted pictures of a class, found none; \"film.mp4\" does not end like a picture (.jpg, .png, ...)");
  CHECK(scan_class_folder(root, {ClassOrder::bytes, {}, true}).class_names == Texts{"cat", "dog"});
  std::filesystem::remove(root / "cat/1.png");
  CHECK(error({ClassOrder::bytes, {}, true}) == "wanted pictures in folders, found none");
  touch(root / "cat/1.png");
  touch(root / "dog/1.png");
  CHECK(error() == "");
  // links
  std::filesystem::create_symlink("nowhere.png", root / "dog/2.png");
  CHECK(error_of([&] { scan_class_folder(root); }) == (root / "dog/2.png").string() + ": wanted a file or a folder, found a link that leads nowhere");
  std::filesystem::remove(root / "dog/2.png");
  std::filesystem::create_symlink("nowhere", root / "bird");
  CHECK(error_of([&] { scan_class_folder(root); }) == (root / "bird").string() + ": wanted a file or a folder, found a link that leads nowhere");
  std::filesystem::remove(root / "bird");
  std::filesystem::create_directory_symlink("..", root / "dog/up");
  CHECK(contains(error_of([&] { scan_class_folder(root); }), "found a link to a folder above it"));
  std::filesystem::remove(root / "dog/up");
  std::filesystem::create_directory_symlink("../cat", root / "dog/a");
  std::filesystem::create_directory_symlink("../dog", root / "cat/b");
  CHECK(contains(error_of([&] { scan_class_folder(root); }), "found a link to a folder above it"));
  std::filesystem::remove(root / "dog/a");
  std::filesystem::remove(root / "cat/b");
  // what is neither file nor folder
  REQUIRE(::mkfifo((root / "dog/3.png").c_str(), 0600) == 0);
  CHECK(error_of([&] { scan_class_folder(root); }) == (root / "dog/3.png").string() + ": wanted a file or a folder, found a pipe, socket or device");
  std::filesystem::remove(root / "dog/3.png");
  // names
  touch(root / "bad\nname/1.png");
  CHECK(error() == "wanted the name of a class in UTF-8 without control characters, found \"bad\\x0aname\"");
  std::filesystem::remove_all(root / "bad\nname");
  touch(root / "caf\xe9/1.png");
  CHECK(error() == "wanted the name of a class in UTF-8 without control characters, found \"caf\\xe9\"");
}

TEST_CASE("class folder: a list of classes decides the labels") {
  const TemporaryDirectory directory;
  const auto root = directory / "root";
  for (const char* file : {"cat/1.png", "dog/1.png", "red panda/1.png"}) touch(root / file);
  const auto list = directory / "classes.txt";
  write_file(list, "\xef\xbb\xbfred panda\r\ncat\r\nhorse\r\ndog\r\n\r\n");
  const auto names = read_class_names(list);
  CHECK(names == Texts{"red panda", "cat", "horse", "dog"});
  CHECK(error_of([&] { scan_class_folder(root, given(names)); }) ==
        root.string() + ": wanted a folder for each of the 4 given classes, found none for \"horse\"");
  CHECK(entries(scan_class_folder(root, given(names, true))) == "cat/1.png=1, dog/1.png=3, red panda/1.png=0");
  CHECK(scan_class_folder(root, given(names, true)).class_names == names);
  CHECK(error_of([&] {
          scan_class_folder(root, given({"cat", "dog"}));
        }) == root.string() + ": found the class \"red panda\", which is not one of the 2 given classes");
  CHECK(error_of([&] { scan_class_folder(root, given({"cat", "dog", "red panda", "dog"})); }) == root.string() + ": the list of classes has \"dog\" twice");
  for (const auto& [text, message] : {std::pair<std::string, std::string>{"a\n\nb\n", "line 2: wanted the name of a class, found an empty text"},
                                      {"a\nb\na\n", "line 3: the class \"a\" is there twice"},
                                      {"\r\n", "wanted names of classes, one a line, found none"},
                                      {"a\n\xff\n", "line 2: wanted the name of a class in UTF-8 without control characters, found \"\\xff\""}}) {
    write_file(list, text);
    CHECK(error_at(list, [&] { read_class_names(list); }) == message);
  }
}

TEST_CASE("class folder: a validation set takes the classes of the training set, and has no others") {
  const TemporaryDirectory directory;
  for (const char* file : {"train/a/1.png", "train/b/1.png", "train/c/1.png", "val/a/1.png", "val/c/1.png"}) touch(directory / file);
  const auto train = scan_class_folder(directory / "train");
  auto val = scan_class_folder(directory / "val");
  CHECK(entries(val) == "a/1.png=0, c/1.png=1");
  match_classes(val, train.class_names, "val");
  CHECK(entries(val) == "a/1.png=0, c/1.png=2");
  CHECK(val.class_names == train.class_names);
  touch(directory / "val/d/1.png");
  auto more = scan_class_folder(directory / "val");
  CHECK(error_of([&] { match_classes(more, train.class_names, "val"); }) == "val: found the class \"d\", which is not one of the 3 given classes");
}
