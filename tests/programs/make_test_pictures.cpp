/// make_test_pictures DIR: the same 10 easily told classes of 32 x 32 pictures in colour as CIFAR-10 files (DIR/cifar), as IDX files (DIR/idx) and as folders
/// of PNG files (DIR/folder), in the same order; three classes of PNG and JPEG files of several sizes (DIR/mixed); and CIFAR-100 files (DIR/cifar100). For the
/// tests of the programs.
#include <array>

#include "test_files.hpp"

namespace {

namespace fs = std::filesystem;

/// In byte order, as folders are numbered.
const std::array<std::string, 10> kClasses{"apple pie", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck", "Äpfel"};

/// A colour that tells the class, with a pattern of its own for each number.
Bytes picture(int label, int number, int height, int width) {
  Bytes rgb;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int channel = 0; channel < 3; ++channel) {
        const int base = (label * (channel == 0 ? 67 : channel == 1 ? 101 : 149) + 40 * channel) % 200;
        rgb.push_back(static_cast<std::uint8_t>(base + (x * 7 + y * 13 + number * 31 + channel * 5) % 50));
      }
  return rgb;
}

/// One picture of each class after the other, `each` of them.
struct Split {
  int each, first;
};

void write_idx_split(const fs::path& folder, const std::string& stem, const Split& split) {
  Bytes pixels, labels;
  for (int label = 0; label < 10; ++label)
    for (int i = 0; i < split.each; ++i) {
      const auto rgb = picture(label, split.first + i, 32, 32);
      pixels.insert(pixels.end(), rgb.begin(), rgb.end());
      labels.push_back(static_cast<std::uint8_t>(label));
    }
  const auto count = static_cast<std::uint32_t>(10 * split.each);
  write_idx(folder / (stem + "-images-idx4-ubyte"), {count, 32, 32, 3}, pixels);
  write_idx(folder / (stem + "-labels-idx1-ubyte"), {count}, labels);
}

/// The files hold the split's records in order, as many each.
void write_cifar(const fs::path& folder, const std::vector<std::string>& files, const Split& split) {
  std::vector<Bytes> parts(files.size());
  for (int k = 0; k < 10 * split.each; ++k) {
    auto& part = parts[static_cast<std::size_t>(k) * files.size() / static_cast<std::size_t>(10 * split.each)];
    const auto rgb = picture(k / split.each, split.first + k % split.each, 32, 32);
    part.push_back(static_cast<std::uint8_t>(k / split.each));
    for (std::size_t channel = 0; channel < 3; ++channel)
      for (std::size_t pixel = 0; pixel < 32 * 32; ++pixel) part.push_back(rgb[pixel * 3 + channel]);
  }
  for (std::size_t i = 0; i < files.size(); ++i) write_bytes(folder / files[i], parts[i]);
}

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

bool write_folder(const fs::path& folder, const Split& split) {
  bool written = true;
  for (int label = 0; label < 10; ++label) {
    const auto place = folder / kClasses[static_cast<std::size_t>(label)];
    fs::create_directories(place);
    for (int i = 0; i < split.each; ++i)
      written = write_png(place / (two_digits(i) + " Bild ü.png"), 32, 32, picture(label, split.first + i, 32, 32)) && written;
  }
  return written;
}

/// JPEG and PNG files by turns, some of them in a folder below that of their class.
bool write_mixed(const fs::path& folder, const Split& split) {
  bool written = true;
  for (int label = 0; label < 3; ++label) {
    const auto place = folder / kClasses[static_cast<std::size_t>(label)];
    fs::create_directories(place / "more");
    for (int i = 0; i < split.each; ++i) {
      const int height = 40 + 3 * (i % 5), width = 64 - 7 * (i % 4);
      const auto rgb = picture(label, split.first + i, height, width);
      const auto file = (i % 3 == 0 ? place / "more" : place) / (two_digits(i) + (i % 2 == 0 ? ".jpg" : ".png"));
      const auto rows = static_cast<unsigned>(height), columns = static_cast<unsigned>(width);
      if (i % 2 == 0)
        write_jpeg(file, rows, columns, rgb);
      else
        written = write_png(file, rows, columns, rgb) && written;
    }
  }
  return written;
}

void write_lines(const fs::path& path, const std::vector<std::string>& lines) {
  std::ofstream file(path);
  for (const auto& line : lines) file << line << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const fs::path root = argv[1];
  const auto cifar = root / "cifar" / "cifar-10-batches-bin", cifar100 = root / "cifar100" / "cifar-100-binary";
  for (const auto& folder : {cifar, cifar100, root / "idx"}) fs::create_directories(folder);
  const Split train{10, 0}, test{3, 500};

  write_idx_split(root / "idx", "train", train);
  write_idx_split(root / "idx", "t10k", test);
  std::vector<std::string> batches;
  for (int batch = 1; batch <= 5; ++batch) batches.push_back("data_batch_" + std::to_string(batch) + ".bin");
  write_cifar(cifar, batches, train);
  write_cifar(cifar, {"test_batch.bin"}, test);
  write_lines(cifar / "batches.meta.txt", {kClasses.begin(), kClasses.end()});

  std::vector<std::string> hundred;
  for (int i = 0; i < 100; ++i) hundred.push_back("class " + std::to_string(i));
  Bytes record(2 + 3 * 32 * 32);
  write_bytes(cifar100 / "train.bin", record);
  write_bytes(cifar100 / "test.bin", record);
  write_lines(cifar100 / "fine_label_names.txt", hundred);

  const bool written = write_folder(root / "folder" / "train", train) && write_folder(root / "folder" / "val", test) &&
                       write_mixed(root / "mixed" / "train", {12, 0}) && write_mixed(root / "mixed" / "test", {4, 500});
  return written ? 0 : 1;
}
