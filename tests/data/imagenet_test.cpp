#include "adatape/data/imagenet.hpp"

#include <doctest/doctest.h>

#include "pictures.hpp"

using namespace adatape::data;
using namespace adatape::test;
using adatape::Index;
using Texts = std::vector<std::string>;

namespace {

/// train/ with three WNIDs and four pictures.
void write_train(const TemporaryDirectory& directory) {
  for (const char* file :
       {"train/n15075141/n15075141_9.JPEG", "train/n01440764/n01440764_10.JPEG", "train/n01440764/n01440764_2.JPEG", "train/n02123045/n02123045_1.JPEG"})
    touch(directory / file);
}

std::string scan_error(const TemporaryDirectory& directory, Split split, const ImagenetOptions& options = {}) {
  return error_of([&] { scan_imagenet(directory.path(), split, options); });
}

}  // namespace

TEST_CASE("ImageNet: labels are ranks of the WNIDs in byte order") {
  const TemporaryDirectory directory;
  write_train(directory);
  const auto train = scan_imagenet(directory.path(), Split::train);
  CHECK(train.class_names == Texts{"n01440764", "n02123045", "n15075141"});
  CHECK(entries(train) ==
        "train/n01440764/n01440764_10.JPEG=0, train/n01440764/n01440764_2.JPEG=0, train/n02123045/n02123045_1.JPEG=1, train/n15075141/n15075141_9.JPEG=2");
  // A val folder with folders: classes may be missing, not added.
  touch(directory / "val/n15075141/ILSVRC2012_val_00000002.JPEG");
  touch(directory / "val/n02123045/ILSVRC2012_val_00000001.JPEG");
  const auto val = scan_imagenet(directory.path(), Split::test);
  CHECK(val.class_names == train.class_names);
  CHECK(entries(val) == "val/n02123045/ILSVRC2012_val_00000001.JPEG=1, val/n15075141/ILSVRC2012_val_00000002.JPEG=2");
  CHECK(entries(scan_imagenet(directory.path(), Split::test, {{"n00000001", "n01440764", "n02123045", "n15075141"}, {}})) ==
        "val/n02123045/ILSVRC2012_val_00000001.JPEG=2, val/n15075141/ILSVRC2012_val_00000002.JPEG=3");
  touch(directory / "val/n09999999/ILSVRC2012_val_00000003.JPEG");
  CHECK(scan_error(directory, Split::test) == (directory / "val").string() + ": found the class \"n09999999\", which is not one of the 3 given classes");
  // Without train the classes are those of val.
  std::filesystem::remove_all(directory / "train");
  CHECK(entries(scan_imagenet(directory.path(), Split::test)) ==
        "val/n02123045/ILSVRC2012_val_00000001.JPEG=0, val/n09999999/ILSVRC2012_val_00000003.JPEG=1, val/n15075141/ILSVRC2012_val_00000002.JPEG=2");
}

TEST_CASE("ImageNet: pictures are decoded, and the index is kept") {
  const TemporaryDirectory directory;
  const auto root = directory / "imagenet";
  write_png(root / "train/n01440764/a.JPEG", pattern(2, 3, 3, 7));  // ImageNet has a PNG of this ending: the bytes decide
  write_png(root / "train/n02123045/b.JPEG", pattern(4, 1, 3, 9));
  const auto set = open_imagenet(root, Split::train, {}, directory / "index");
  CHECK(set.image(0) == pattern(2, 3, 3, 7));
  CHECK(set.image(1) == pattern(4, 1, 3, 9));
  CHECK(set.label(1) == 1);
  CHECK(open_imagenet(root, Split::train, {{"n01440764", "n02123045"}, {}}, directory / "index").cache_note() ==
        "the cache is of another folder or of other options");
}

TEST_CASE("ImageNet: an index of val that was kept is made again where a train folder has appeared, whose classes give the labels") {
  const TemporaryDirectory directory;
  const auto root = directory / "imagenet";
  const auto hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  const auto age = [&] {  // a folder that has just changed is not trusted
    std::filesystem::last_write_time(root, hour_ago);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) std::filesystem::last_write_time(entry.path(), hour_ago);
  };
  const auto open = [&] { return open_imagenet(root, Split::test, {}, directory / "index"); };
  touch(root / "val/n15075141/a.JPEG");
  touch(root / "val/n02123045/b.JPEG");
  age();
  CHECK_FALSE(open().from_cache());
  CHECK(open().from_cache());
  CHECK(entries(open().index()) == "val/n02123045/b.JPEG=0, val/n15075141/a.JPEG=1");
  for (const char* name : {"n01440764", "n02123045", "n15075141"}) touch(root / "train" / name / "c.JPEG");
  const auto set = open();
  CHECK_FALSE(set.from_cache());
  CHECK(set.cache_note() == root.string() + ": has changed since it was scanned");
  CHECK(entries(set.index()) == "val/n02123045/b.JPEG=1, val/n15075141/a.JPEG=2");
  age();
  open();
  CHECK(open().from_cache());
}

TEST_CASE("ImageNet: a val folder without folders and a list") {
  const TemporaryDirectory directory;
  write_train(directory);
  for (const char* file : {"val/a 1.JPEG", "val/1.JPEG", "val/2.JPEG", "val/3.JPEG", "val/readme.txt"}) touch(directory / file);
  std::filesystem::remove(directory / "val/a 1.JPEG");
  const auto list = directory / "val.txt";
  const std::string where = list.string() + ": ";
  const auto error = [&](const std::string& text) {
    write_file(list, text);
    return scan_error(directory, Split::test);
  };
  CHECK(scan_error(directory, Split::test) ==
        (directory / "val").string() + ": wanted val/WNID/*.JPEG, or " + list.string() + " with lines \"file WNID\", found pictures and no list");
  CHECK(error("2.JPEG n02123045\r\n1.JPEG\tn15075141\r\n3.JPEG   n02123045\r\n\r\n") == "");
  const auto val = scan_imagenet(directory.path(), Split::test);
  CHECK(val.class_names == Texts{"n01440764", "n02123045", "n15075141"});
  CHECK(entries(val) == "val/2.JPEG=1, val/1.JPEG=2, val/3.JPEG=1");
  CHECK(val.sources.size() == 3);
  // Without train the classes are those of the list.
  std::filesystem::rename(directory / "train", directory / "elsewhere");
  CHECK(entries(scan_imagenet(directory.path(), Split::test)) == "val/2.JPEG=0, val/1.JPEG=1, val/3.JPEG=0");
  std::filesystem::rename(directory / "elsewhere", directory / "train");

  CHECK(error("1.JPEG n02123045\n2.JPEG n02123045\n") == where + "wanted a line for each of the 3 pictures, found none for \"3.JPEG\"");
  CHECK(error("1.JPEG n02123045\n4.JPEG n02123045\n") == where + "line 2: the picture \"4.JPEG\" is not in " + (directory / "val").string());
  CHECK(error("1.JPEG n02123045\n1.JPEG n02123045\n") == where + "line 2: the picture \"1.JPEG\" is in line 1 too");
  CHECK(error("1.JPEG 65\n") ==
        where + "line 1: wanted a WNID, such as n01440764, found \"65\"; a number does not say to which order of the classes it belongs");
  CHECK(error("1.JPEG\n") == where + "line 1: wanted \"file WNID\", found \"1.JPEG\"");
  CHECK(error("1.JPEG n02123045 cat\n") == where + "line 1: wanted \"file WNID\", found \"1.JPEG n02123045 cat\"");
  CHECK(error("1.JPEG n02123045\n\n2.JPEG n02123045\n") == where + "line 2: wanted \"file WNID\", found \"\"");
  CHECK(error("1.JPEG n02123045\n2.JPEG n09999999\n3.JPEG n02123045\n") == where + "found the class \"n09999999\", which is not one of the 3 given classes");
  CHECK(error("") == where + "wanted a line for each of the 3 pictures, found none for \"1.JPEG\"");
  CHECK(contains(error("490\n361\n171\n"), where + "its numbers are IDs of the development kit"));
  std::filesystem::rename(list, directory / "other.txt");
  write_file(directory / "other.txt", "1.JPEG n02123045\n2.JPEG n02123045\n3.JPEG n01440764\n");
  CHECK(entries(scan_imagenet(directory.path(), Split::test, {{}, directory / "other.txt"})) == "val/1.JPEG=1, val/2.JPEG=1, val/3.JPEG=0");
  CHECK(scan_error(directory, Split::test, {{}, directory / "none.txt"}) == (directory / "none.txt").string() + ": cannot inspect: No such file or directory");
}

TEST_CASE("ImageNet: a list of nothing but WNIDs, in the order of the names, as tensorflow_datasets has it") {
  const TemporaryDirectory directory;
  write_train(directory);
  for (const char* file : {"val/10.JPEG", "val/2.JPEG", "val/1.JPEG", "val/readme.txt"}) touch(directory / file);
  const auto list = directory / "imagenet2012_validation_labels.txt";
  const auto error = [&](const std::string& text) {
    write_file(list, text);
    return scan_error(directory, Split::test, {{}, list});
  };
  CHECK(error("n02123045\nn15075141\nn01440764\n") == "");
  CHECK(entries(scan_imagenet(directory.path(), Split::test, {{}, list})) == "val/1.JPEG=1, val/10.JPEG=2, val/2.JPEG=0");
  const std::string where = list.string() + ": ";
  CHECK(error("n02123045\nn15075141\n") == where + "wanted a WNID for each of the 3 pictures, found 2 lines");
  CHECK(error("n02123045\nn15075141\nn01440764\nn01440764\n") == where + "wanted a WNID for each of the 3 pictures, found 4 lines");
  CHECK(error("n02123045\n2.JPEG n15075141\nn01440764\n") == where + "line 2: wanted a WNID, as in the lines before, found \"2.JPEG n15075141\"");
  CHECK(error("n02123045\nn15075141\nn09999999\n") == where + "found the class \"n09999999\", which is not one of the 3 given classes");
}

TEST_CASE("ImageNet: the list of the development kit is refused, with the reason") {
  const TemporaryDirectory directory;
  write_train(directory);
  touch(directory / "val/ILSVRC2012_val_00000001.JPEG");
  const std::string reason =
      ": its numbers are IDs of the development kit, which are not in the order of the WNIDs that labels follow, and which only its meta.mat explains; wanted "
      "val/WNID/*.JPEG, or a text of lines \"file WNID\" such as \"ILSVRC2012_val_00000001.JPEG n01751748\"";
  for (const char* folder : {"", "data", "ILSVRC2012_devkit_t12/data"}) {
    const auto truth = directory.path() / folder / "ILSVRC2012_validation_ground_truth.txt";
    touch(truth);
    CHECK(scan_error(directory, Split::test) == truth.string() + reason);
    CHECK(scan_error(directory, Split::test, {{}, truth}) == truth.string() + reason);
    std::filesystem::remove(truth);
  }
}

TEST_CASE("ImageNet: other wrong layouts, each with its error") {
  const TemporaryDirectory directory;
  CHECK(scan_error(directory, Split::train) == (directory / "train").string() + ": cannot inspect: No such file or directory");
  CHECK(scan_error(directory, Split::test) == (directory / "val").string() + ": cannot inspect: No such file or directory");
  std::filesystem::create_directory(directory / "train");
  CHECK(scan_error(directory, Split::train) == (directory / "train").string() + ": wanted a folder for each class, found an empty folder");
  touch(directory / "train/n01440764.tar");
  CHECK(scan_error(directory, Split::train) ==
        (directory / "train/n01440764.tar").string() + ": wanted a folder for each class, found an archive: unpack each in a folder of its name");
  std::filesystem::remove(directory / "train/n01440764.tar");
  write_train(directory);
  std::filesystem::create_directory(directory / "val");
  CHECK(scan_error(directory, Split::test) == (directory / "val").string() + ": wanted a folder for each class, found an empty folder");
  touch(directory / "val/readme.txt");
  write_file(directory / "val.txt", "");
  CHECK(scan_error(directory, Split::test) == (directory / "val").string() + ": wanted pictures, found none");
  touch(directory / "train/cat/1.JPEG");
  CHECK(scan_error(directory, Split::train) ==
        (directory / "train/cat").string() + ": wanted a folder called by a WNID, such as n01440764; other names are for a folder of classes");
  std::filesystem::remove_all(directory / "train/cat");
  touch(directory / "val/n01440764/1.JPEG");
  CHECK(scan_error(directory, Split::test) == "");
  CHECK(scan_error(directory, Split::test, {{}, directory / "val.txt"}) == (directory / "val").string() + ": wanted pictures directly inside, which " +
                                                                               (directory / "val.txt").string() + " lists, found the folder \"n01440764\"");
  CHECK(scan_error(directory, Split::test, {{"tench", "cat"}, {}}) == "ImageNet: wanted WNIDs as classes, found \"tench\"");
}
