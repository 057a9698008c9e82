#pragma once
/// The labelled pictures of one split, in memory or in files, and how a model takes them.
#include <numeric>
#include <span>
#include <variant>
#include <vector>

#include "adatape/data/file_set.hpp"
#include "adatape/data/idx.hpp"
#include "picture_fit.hpp"

namespace adatape::examples {

/// A Dataset (adatape/data/dataset.hpp) of pictures of any size, and as a model of height x width pixels and so many channels takes them. A value type. Many
/// threads may read it at once.
class PictureSet {
 public:
  /// Pictures in memory, of any size and channels. `class_names` are empty strings where the classes have no names.
  PictureSet(data::ImageDataset pictures, std::vector<std::string> class_names, Index height, Index width, int channels)
      : height_(height), width_(width), channels_(channels), names_(std::move(class_names)) {
    number_all(pictures.count);
    source_ = std::move(pictures);
  }
  /// Pictures that are read from their files whenever they are asked for.
  PictureSet(data::FileSet files, Index height, Index width, int channels) : height_(height), width_(width), channels_(channels), names_(files.class_names()) {
    number_all(files.size());
    source_.emplace<data::FileSet>(std::move(files));
  }

  Index size() const { return std::ssize(numbers_); }
  /// Values of one picture as the model takes it.
  Index picture_size() const { return height_ * width_ * channels_; }
  Index height() const { return height_; }
  Index width() const { return width_; }
  int channels() const { return channels_; }
  bool in_memory() const { return source_.index() == 0; }
  const std::vector<std::string>& class_names() const { return names_; }
  bool has_names() const { return !names_.front().empty(); }

  Index label(Index i) const {
    const Index at = number(i);
    return in_memory() ? memory().labels[static_cast<std::size_t>(at)] : files().label(at);
  }
  /// [size]
  std::vector<std::int64_t> labels() const {
    std::vector<std::int64_t> all;
    all.reserve(numbers_.size());
    for (Index i = 0; i < size(); ++i) all.push_back(label(i));
    return all;
  }
  /// The path of a file, or "picture i".
  std::string name(Index i) const { return in_memory() ? "picture " + io::number_text(number(i)) : files().name(number(i)); }
  /// The picture as it was stored. Throws Error where a file cannot be read.
  image::Image image(Index i) const {
    if (!in_memory()) return files().image(number(i));
    image::Image out(memory().height, memory().width, static_cast<int>(memory().channels));
    std::ranges::copy(memory().image(number(i)), out.values.begin());
    return out;
  }
  /// [height, width, channels] of picture i as the model takes it: a view of this set, or of `room`, where the picture is put if it has to be read or does not
  /// fit as it is. Throws Error as image() does.
  std::span<const std::uint8_t> pixels(Index i, image::Image& room) const {
    if (in_memory() && !fit_.crops() && memory().height == height_ && memory().width == width_ && memory().channels == channels_)
      return memory().image(number(i));
    room = fit_(image(i), height_, width_, channels_);
    return room.values;
  }
  /// What pixels() does with pictures of other sizes, from now on.
  void fit_by(const PictureFit& fit) { fit_ = fit; }
  const PictureFit& fit() const { return fit_; }

  /// Makes picture kept[i] picture i, and leaves out all others. `kept` has at least one number, and numbers from 0 to size() - 1.
  void keep(const std::vector<Index>& kept) {
    std::vector<Index> numbers;
    numbers.reserve(kept.size());
    for (const Index i : kept) numbers.push_back(number(i));
    require(!numbers.empty(), "pictures: wanted at least one to be kept, found none");
    numbers_ = std::move(numbers);
  }

 private:
  const data::ImageDataset& memory() const { return std::get<data::ImageDataset>(source_); }
  const data::FileSet& files() const { return std::get<data::FileSet>(source_); }
  void number_all(Index count) {
    numbers_.resize(static_cast<std::size_t>(count));
    std::iota(numbers_.begin(), numbers_.end(), Index{0});
  }
  Index number(Index i) const {
    data::require_sample(i, size(), "pictures");
    return numbers_[static_cast<std::size_t>(i)];
  }

  Index height_, width_;
  int channels_;
  PictureFit fit_;
  std::vector<std::string> names_;
  std::vector<Index> numbers_;  ///< [size] in the source
  std::variant<data::ImageDataset, data::FileSet> source_;
};
static_assert(data::Dataset<PictureSet>);

}  // namespace adatape::examples
