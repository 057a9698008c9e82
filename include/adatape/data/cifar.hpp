#pragma once
/// CIFAR-10 and CIFAR-100 in their binary version (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html).
///
/// A file is records and nothing else, no header and no count. A record is the label (CIFAR-100: a coarse label of 0 .. 19, then the fine label of 0 .. 99),
/// one byte each, then the red, the green and the blue plane of a picture, each [32, 32] bytes, row-major.
#include <algorithm>
#include <span>

#include "adatape/data/dataset.hpp"
#include "adatape/data/split.hpp"
#include "adatape/data/text_lines.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// A split of CIFAR-10 or CIFAR-100, a Dataset. The records are in memory, as they are in the files: 154 MB for the training pictures. Pictures are
/// [32, 32, 3]. The label of CIFAR-100 is the fine one.
class Cifar {
 public:
  static constexpr Index kSide = 32;  ///< height and width of a picture, in pixels

  Index size() const { return std::ssize(records_) / record_size(); }
  const std::vector<std::string>& class_names() const { return names_; }
  Index label(Index i) const { return record(i)[static_cast<std::size_t>(label_bytes_ - 1)]; }
  /// "path: picture number", the number counted from 0 within its file.
  std::string name(Index i) const {
    require_sample(i, size(), "CIFAR");
    const auto file = std::ranges::upper_bound(files_, i, {}, &File::end);
    const Index begin = file == files_.begin() ? 0 : std::prev(file)->end;
    return file->path + ": picture " + io::number_text(i - begin);
  }
  /// Picture i. Throws Error unless 0 <= i < size(), std::bad_alloc where there is no memory.
  image::Image image(Index i) const {
    const auto planes = record(i).subspan(static_cast<std::size_t>(label_bytes_));
    image::Image out(kSide, kSide, 3);
    for (std::size_t pixel = 0; pixel < kPixels; ++pixel)
      for (std::size_t channel = 0; channel < 3; ++channel) out.values[pixel * 3 + channel] = planes[channel * kPixels + pixel];
    return out;
  }

 private:
  friend Cifar load_cifar10(const std::filesystem::path&, Split);
  friend Cifar load_cifar100(const std::filesystem::path&, Split);

  static constexpr std::size_t kPixels = kSide * kSide;
  static constexpr std::size_t kLargestFile = std::size_t{1} << 30;  ///< 1 GiB, seven times the training pictures

  /// The place of a file in the set: pictures up to `end`, exclusive.
  struct File {
    std::string path;
    Index end;
  };

  Cifar(int label_bytes, std::vector<std::string> names) : label_bytes_(label_bytes), names_(std::move(names)) {}

  Index record_size() const { return label_bytes_ + Index{3 * kPixels}; }

  std::span<const std::uint8_t> record(Index i) const {
    require_sample(i, size(), "CIFAR");
    return std::span(records_).subspan(static_cast<std::size_t>(i * record_size()), static_cast<std::size_t>(record_size()));
  }

  /// Appends the pictures of a file. Throws Error if it cannot be read, changes while it is being read, is not a whole number of records, or has a label out of
  /// range.
  void append(const std::filesystem::path& path) {
    io::InputFile file(path);
    const auto step = static_cast<std::size_t>(record_size());
    require(file.size() > 0 && file.size() % step == 0, file.path(), ": wanted records of ", step, " bytes, found ", file.size(),
            " bytes: ", file.size() / step, " records and ", file.size() % step, " bytes more");
    require(file.size() <= kLargestFile, file.path(), ": wanted at most ", kLargestFile, " bytes, found ", file.size());
    const std::size_t held = records_.size();
    records_.resize(held + file.size());
    file.read(std::as_writable_bytes(std::span(records_).subspan(held)));
    file.require_unchanged();
    for (std::size_t at = held; at < records_.size(); at += step) {
      const int fine = records_[at + static_cast<std::size_t>(label_bytes_ - 1)];
      require(fine < std::ssize(names_), file.path(), ": picture ", (at - held) / step, " has label ", fine, ", wanted less than ", names_.size());
      require(label_bytes_ == 1 || records_[at] < 20, file.path(), ": picture ", (at - held) / step, " has coarse label ", int{records_[at]},
              ", wanted less than 20");
    }
    files_.push_back({file.path(), size()});
  }

  int label_bytes_;  ///< 1: CIFAR-10, 2: CIFAR-100
  std::vector<std::string> names_;
  std::vector<std::uint8_t> records_;  ///< [size, record_size]
  std::vector<File> files_;
};

namespace detail {

/// The folder with the files: `inner` in `directory`, as the archive has it, or `directory` itself. Throws Error, which says what to do, if the file `first`
/// is not there.
inline std::filesystem::path find_cifar(const std::filesystem::path& directory, const char* set, const char* inner, const std::string& first,
                                        const std::string& python, const std::string& other) {
  std::error_code ignored;
  for (const auto& folder : {directory / inner, directory})
    if (std::filesystem::exists(folder / first, ignored)) return folder;
  const auto there = [&](const std::string& name) {
    return std::filesystem::is_regular_file(directory / name, ignored) || std::filesystem::is_regular_file(directory / inner / name, ignored);
  };
  const char* hint = there(python)  ? ": this is the version for Python; download the binary version"
                     : there(other) ? ": these are the files of the other CIFAR"
                                    : "";
  throw Error(directory.string() + ": wanted the binary version of " + set + ", found no " + first + " here or in " + inner + hint);
}

inline std::vector<std::string> read_cifar_names(const std::filesystem::path& path, std::size_t count) {
  auto names = read_class_names(path);
  require(names.size() == count, path.string(), ": wanted ", count, " names, one a line, found ", names.size());
  return names;
}

}  // namespace detail

/// Reads a split of CIFAR-10 from data_batch_1.bin .. data_batch_5.bin or test_batch.bin, and the names from batches.meta.txt. They are in `directory` or in
/// its folder cifar-10-batches-bin. The order is that of the files, one after the other.
/// Throws Error for a file that is missing or cannot be read, a size that is not a whole number of records, a label that is not below 10, and names that are
/// not 10. Throws std::bad_alloc where there is no memory.
inline Cifar load_cifar10(const std::filesystem::path& directory, Split split) {
  const std::string first = split == Split::train ? "data_batch_1" : "test_batch";
  const auto folder = detail::find_cifar(directory, "CIFAR-10", "cifar-10-batches-bin", first + ".bin", first, "train.bin");
  Cifar set(1, detail::read_cifar_names(folder / "batches.meta.txt", 10));
  if (split == Split::test) set.append(folder / "test_batch.bin");
  for (int batch = 1; split == Split::train && batch <= 5; ++batch) set.append(folder / ("data_batch_" + io::number_text(batch) + ".bin"));
  return set;
}

/// Reads a split of CIFAR-100 from train.bin or test.bin, and the names from fine_label_names.txt. They are in `directory` or in its folder cifar-100-binary.
/// Throws as load_cifar10 does; the labels must be below 100 (fine) and 20 (coarse), and the names are 100.
inline Cifar load_cifar100(const std::filesystem::path& directory, Split split) {
  const std::string first = split == Split::train ? "train" : "test";
  const auto folder = detail::find_cifar(directory, "CIFAR-100", "cifar-100-binary", first + ".bin", first, "test_batch.bin");
  Cifar set(2, detail::read_cifar_names(folder / "fine_label_names.txt", 100));
  set.append(folder / (first + ".bin"));
  return set;
}

}  // namespace adatape::data
