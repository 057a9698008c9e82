#include "image_data.hpp"

#include <fmt/format.h>

#include "../command_line.hpp"
#include "../common/fingerprint.hpp"
#include "../common/same_run.hpp"
#include "adatape/data/cifar.hpp"
#include "adatape/data/idx.hpp"
#include "adatape/data/imagenet.hpp"
#include "adatape/data/pets.hpp"

namespace adatape::examples {

namespace {

namespace fs = std::filesystem;
using data::Split;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}
bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool has_idx(const fs::path& folder, const std::string& stem, const std::string& type) {
  try {
    data::find_idx(folder, stem, type);
    return true;
  } catch (const Error&) {
    return false;
  }
}
bool is_idx(const fs::path& folder) { return has_idx(folder, "train-images", "idx3") || has_idx(folder, "train-images", "idx4"); }
bool is_cifar10(const fs::path& folder) { return is_folder(folder / "cifar-10-batches-bin") || is_file(folder / "data_batch_1.bin"); }
bool is_cifar100(const fs::path& folder) { return is_folder(folder / "cifar-100-binary") || is_file(folder / "train.bin"); }
bool is_pets(const fs::path& folder) { return is_folder(folder / "images") && is_folder(folder / "annotations"); }
bool is_imagenet(const fs::path& folder) {
  if (!is_folder(folder / "train") || !is_folder(folder / "val")) return false;
  const auto classes = data::detail::list_folder(folder / "train").folders;
  return !classes.empty() && std::ranges::all_of(classes, data::detail::is_wnid);
}

/// The folder of test pictures beside train; empty if there is none.
fs::path test_folder(const fs::path& folder) {
  for (const char* name : {"val", "valid", "validation", "test"})
    if (is_folder(folder / name)) return folder / name;
  return {};
}

/// flags.format, or what "auto" finds.
std::string find_format(const DataFlags& flags) {
  if (flags.format != "auto") return flags.format;
  const fs::path folder = flags.directory;
  require(is_folder(folder), folder.string(), ": wanted a folder with a data set, found no such folder");
  if (is_idx(folder)) return "idx";
  if (is_cifar10(folder) || is_cifar100(folder)) return "cifar";
  if (is_pets(folder)) return "pets";
  if (is_imagenet(folder)) return "imagenet";
  if (is_folder(folder / "train") && !test_folder(folder).empty()) return "folder";
  throw Error(folder.string() +
              ": wanted a data set, found neither IDX files (train-images-idx3-ubyte, ...) nor CIFAR in its binary version (cifar-10-batches-bin or "
              "cifar-100-binary) nor the folders images and annotations of Pets nor the folder train beside one of val, valid, validation and test");
}

/// The pictures of a set that is in memory, of its size and channels.
template <data::Dataset Set>
PictureSet in_memory(const Set& set, const ModelFacts& facts) {
  const auto first = set.image(0);
  data::ImageDataset out{set.size(), first.height, first.width, first.channels, {}, {}};
  out.pixels.resize(static_cast<std::size_t>(out.count * out.image_size()));
  out.labels.resize(static_cast<std::size_t>(out.count));
  parallel_for(out.count, [&](Index i) {
    std::ranges::copy(set.image(i).values, out.pixels.begin() + i * out.image_size());
    out.labels[static_cast<std::size_t>(i)] = set.label(i);
  });
  return {std::move(out), set.class_names(), facts.height, facts.width, facts.channels};
}

/// Grey images, or images in colour where there are no grey ones. The classes are those up to the largest label.
PictureSet load_idx(const fs::path& folder, Split split, const ModelFacts& facts, Index classes) {
  const std::string stem = split == Split::train ? "train" : "t10k";
  const bool colour = !has_idx(folder, stem + "-images", "idx3") && has_idx(folder, stem + "-images", "idx4");
  const auto labels = data::find_idx(folder, stem + "-labels", "idx1"), images = data::find_idx(folder, stem + "-images", colour ? "idx4" : "idx3");
  auto pictures = data::read_idx_dataset(images, labels, classes);
  const auto used = static_cast<std::size_t>(1 + std::ranges::max(pictures.labels));
  return {std::move(pictures), std::vector<std::string>(used), facts.height, facts.width, facts.channels};
}

ImageData load_cifar(const fs::path& folder, const ModelFacts& facts) {
  const bool both = is_cifar10(folder) && is_cifar100(folder);
  require(!both, folder.string(), ": wanted one data set, found both CIFAR-10 and CIFAR-100: give the folder of one of them");
  const auto load = is_cifar100(folder) ? data::load_cifar100 : data::load_cifar10;
  return {in_memory(load(folder, Split::train), facts), in_memory(load(folder, Split::test), facts)};
}

fs::path index_file(const DataFlags& flags, Split split) {
  return flags.index_folder.empty() ? fs::path() : fs::path(flags.index_folder) / (split == Split::train ? "train.index" : "test.index");
}

PictureSet in_files(data::FileSet files, Split split, const ModelFacts& facts) {
  const char* pictures = split == Split::train ? "training" : "test";
  if (!files.cache_note().empty()) fmt::print("the {} pictures were listed anew: {}\n", pictures, one_line(files.cache_note()));
  return {std::move(files), facts.height, facts.width, facts.channels};
}

ImageData load_pets(const DataFlags& flags, const ModelFacts& facts) {
  const auto open = [&](Split split) {
    return in_files(data::open_pets(flags.directory, split, index_file(flags, split), picture_options(facts.channels, flags.read_damaged)), split, facts);
  };
  auto training = open(Split::train);
  return {std::move(training), open(Split::test)};
}

ImageData load_imagenet(const DataFlags& flags, const ModelFacts& facts) {
  const auto open = [&](Split split) {
    const data::ImagenetOptions options{.classes = {}, .val_list = flags.val_list};
    const auto pictures = picture_options(facts.channels, flags.read_damaged);
    return in_files(data::open_imagenet(flags.directory, split, options, index_file(flags, split), pictures), split, facts);
  };
  auto training = open(Split::train);
  return {std::move(training), open(Split::test)};
}

ImageData load_folders(const DataFlags& flags, const ModelFacts& facts) {
  const fs::path folder = flags.directory;
  const auto test = test_folder(folder);
  require(is_folder(folder / "train") && !test.empty(), folder.string(), ": wanted the folder train and one of val, valid, validation and test, found no ",
          is_folder(folder / "train") ? "folder of test pictures" : "folder train");
  const auto open = [&](const fs::path& place, Split split, const data::ClassFolderOptions& options) {
    return in_files(data::open_class_folder(place, options, index_file(flags, split), picture_options(facts.channels, flags.read_damaged)), split, facts);
  };
  auto training = open(folder / "train", Split::train, {});
  auto testing = open(test, Split::test, {.classes = training.class_names(), .allow_empty = true});
  return {std::move(training), std::move(testing)};
}

}  // namespace

void add_data_flags(CLI::App& app, DataFlags& flags, const std::string& note, const std::string& name) {
  app.add_option(
         name, flags.directory,
         "folder with train-images-idx3-ubyte, t10k-labels-idx1-ubyte, ... (plain or .gz), with CIFAR-10 or CIFAR-100 in the binary version, with images and "
         "annotations of Oxford-IIIT Pets, or with the folders train and val (or test) that have a folder of PNG and JPEG files for each class, as ImageNet "
         "has" +
             note)
      ->capture_default_str();
  app.add_option("--format", flags.format, "what " + name + " holds: idx, cifar, pets, imagenet, folder; auto finds out")
      ->check(CLI::IsMember({"auto", "idx", "cifar", "pets", "imagenet", "folder"}))
      ->capture_default_str();
  app.add_option("--val-list", flags.val_list,
                 "ImageNet whose folder val has no folders: a text of a line \"file WNID\" for each picture of val, or \"WNID\" in byte order of the files; "
                 "none: val.txt beside val");
  app.add_flag("--read-damaged", flags.read_damaged, kReadDamagedHelp);
}

ImageData load_image_data(const DataFlags& flags, const ModelFacts& facts, Index most_classes) {
  const fs::path folder = flags.directory;
  const auto format = find_format(flags);
  if (!flags.val_list.empty() && format != "imagenet")
    throw UsageError(fmt::format("--val-list: only ImageNet has a list of val; the format of {} is {}", folder.string(), format));
  if (format == "idx") return {load_idx(folder, Split::train, facts, most_classes), load_idx(folder, Split::test, facts, most_classes)};
  auto data = format == "cifar"      ? load_cifar(folder, facts)
              : format == "pets"     ? load_pets(flags, facts)
              : format == "imagenet" ? load_imagenet(flags, facts)
                                     : load_folders(flags, facts);
  const auto classes = std::ssize(data.train.class_names());
  require(classes <= most_classes, folder.string(), ": wanted at most ", most_classes, " classes, for which ", facts.name, " has outputs, found ", classes);
  return data;
}

void require_same_images(ProcessGroup& group, const ImageData& data) {
  if (group.is_alone()) return;
  const auto labels_of = [](const PictureSet& set) {
    Fingerprint of_labels;
    for (const auto label : set.labels()) of_labels.add(static_cast<std::uint64_t>(label));
    return of_labels.value();
  };
  require_same_count(group, data.train.size(), "training images");
  require_same_count(group, data.test.size(), "test images");
  require_same_values(group, labels_of(data.train), "labels of training images");
  require_same_values(group, labels_of(data.test), "labels of test images");
}

void keep_index(DataFlags& flags, const std::string& out) {
  const auto format = find_format(flags);
  if (format == "idx" || format == "cifar") return;
  if (data::detail::is_inside(out, flags.directory))
    throw UsageError(fmt::format("--out: wanted a folder outside of the data, found {} in {}", out, flags.directory));
  flags.index_folder = out;
}

}  // namespace adatape::examples
