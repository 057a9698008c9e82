/// make_picture_sets FORMAT DIR: a data set in the layout of its publisher, with pictures that are drawn here, or Fashion-MNIST in colour. --help has the
/// flags. For the tests of the programs, and for runs at the size of a real set. The same flags give the same files (JPEG: with the same libjpeg).
#include <CLI/CLI.hpp>
#include <cstdio>

#include "adatape/core/parallel.hpp"
#include "drawn_picture.hpp"
#include "fashion_in_colour.hpp"
#include "picture_layouts.hpp"

namespace {

namespace fs = std::filesystem;
using adatape::Index;

struct Flags {
  std::string format, fashion = "/usr/share/datasets/fashion-mnist";
  fs::path root;
  Index classes = 10, train = 10, val = 5;
  std::uint64_t seed = 1;
  bool flat = false;
};

std::vector<LabelledFile> all_files(Index classes, Index each, const std::function<std::string(Index label, Index number)>& path, Index first) {
  std::vector<LabelledFile> files;
  for (Index label = 0; label < classes; ++label)
    for (Index i = 0; i < each; ++i) files.push_back({path(label, first + i), label, first + i});
  return files;
}

void draw_files(const Flags& flags, const std::vector<LabelledFile>& files) {
  adatape::parallel_for(std::ssize(files), [&](Index i) {
    const auto& file = files[static_cast<std::size_t>(i)];
    const auto [height, width] = photo_size(flags.seed, file.label, file.number);
    write_jpeg(flags.root / file.path, static_cast<unsigned>(height), static_cast<unsigned>(width),
               drawn_picture(flags.seed, file.label, file.number, height, width));
  });
}

void make_imagenet(const Flags& flags) {
  const auto train = all_files(
      flags.classes, flags.train, [](Index label, Index i) { return "train/" + wnid(label) + "/" + wnid(label) + "_" + std::to_string(i) + ".JPEG"; }, 0);
  // The names of ImageNet's validation pictures do not tell their classes.
  auto val = all_files(
      flags.classes, flags.val,
      [&](Index label, Index i) {
        const Index number = 1 + (i - kFirstOfVal) * flags.classes + label;
        return (flags.flat ? "val/" : "val/" + wnid(label) + "/") + "ILSVRC2012_val_" + digits(number, 8) + ".JPEG";
      },
      kFirstOfVal);
  make_folders(flags.root, train);
  make_folders(flags.root, val);
  draw_files(flags, train);
  draw_files(flags, val);
  if (!flags.flat) return;
  std::ranges::sort(val, {}, &LabelledFile::path);
  std::vector<std::string> lines;
  for (const auto& file : val) lines.push_back(file.path.substr(4) + " " + wnid(file.label));
  write_lines(flags.root / "val.txt", lines);
}

void make_pets(const Flags& flags) {
  const auto path = [](Index label, Index i) { return "images/" + pet_name(label) + "_" + std::to_string(1 + i) + ".jpg"; };
  const auto train = all_files(37, flags.train, path, 0), test = all_files(37, flags.val, path, flags.train);
  make_folders(flags.root, train);
  draw_files(flags, train);
  draw_files(flags, test);
  write_pets_lists(flags.root / "annotations", train, test);
}

void make_cifar(const Flags& flags, Index classes) {
  const auto pictures = [&](Index each, Index first) {
    std::vector<CifarPicture> set(static_cast<std::size_t>(classes * each));
    adatape::parallel_for(std::ssize(set), [&](Index i) {
      const Index label = i % classes, number = first + i / classes;  // one picture of each class after the other
      set[static_cast<std::size_t>(i)] = {label, drawn_picture(flags.seed, label, number, 32, 32)};
    });
    return set;
  };
  std::vector<std::string> names;
  for (Index label = 0; label < classes; ++label) names.push_back("class " + digits(label, 2));
  write_cifar(flags.root, names, pictures(flags.train, 0), pictures(flags.val, kFirstOfVal));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes a data set of drawn pictures in the layout of its publisher, or Fashion-MNIST in colour.");
  Flags flags;
  app.add_option("FORMAT", flags.format, "fashion: Fashion-MNIST as DIR/png, DIR/jpeg (folders of classes) and DIR/cifar, the same pictures in one order")
      ->required()
      ->check(CLI::IsMember({"imagenet", "pets", "cifar10", "cifar100", "fashion"}));
  app.add_option("DIR", flags.root, "folder to write to")->required();
  app.add_option("--classes", flags.classes, "classes of imagenet")->check(CLI::Range(2, 100'000))->capture_default_str();
  app.add_option("--train", flags.train, "training pictures of each class; fashion: in all")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--val", flags.val, "test pictures of each class; fashion: in all")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_flag("--flat", flags.flat, "imagenet: val without folders, and val.txt");
  app.add_option("--seed", flags.seed)->capture_default_str();
  app.add_option("--fashion", flags.fashion, "folder with the IDX files of Fashion-MNIST")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    if (flags.format == "imagenet") make_imagenet(flags);
    if (flags.format == "pets") make_pets(flags);
    if (flags.format == "cifar10") make_cifar(flags, 10);
    if (flags.format == "cifar100") make_cifar(flags, 100);
    if (flags.format == "fashion") make_fashion(flags.fashion, flags.root, flags.train, flags.val, flags.seed);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_picture_sets: %s\n", error.what());
    return 1;
  }
}
