#pragma once
/// A training batch out of the data set: chosen, varied, normalised.
#include <vector>

#include "../common/compiled_model.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/train/batch.hpp"
#include "augmentation.hpp"

namespace adatape::examples {

class BatchLoader {
 public:
  BatchLoader(const data::ImageDataset& images, const PixelTable& table, const Augmentation& augmentation, std::uint64_t seed)
      : images_(images), table_(table), augmentation_(augmentation), seed_(seed) {}

  /// Valid until the next call.
  SampleBatch load(std::span<const Index> numbers, Index epoch) {
    const auto count = numbers.size();
    const auto size = static_cast<std::size_t>(images_.image_size());
    input_.resize(count * size);
    labels_.resize(count);
    numbers_.assign(numbers.begin(), numbers.end());
    parallel_chunks(static_cast<Index>(count), 16, [&](Index begin, Index end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        const Stream stream(seed_, Purpose::augmentation, static_cast<std::uint64_t>(epoch), numbers_[i]);
        augment(augmentation_, stream, images_.image(numbers[i]), images_.height, images_.width, table_, input_.data() + i * size);
        labels_[i] = images_.labels[static_cast<std::size_t>(numbers[i])];
      }
    });
    return {input_, labels_, {}, numbers_};
  }

 private:
  const data::ImageDataset& images_;
  const PixelTable& table_;
  Augmentation augmentation_;
  std::uint64_t seed_;
  std::vector<float> input_;
  std::vector<std::int64_t> labels_;
  std::vector<std::uint64_t> numbers_;
};

}  // namespace adatape::examples
