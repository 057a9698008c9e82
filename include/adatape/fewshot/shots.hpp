#pragma once
/// The choice of k training images of each class.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/core/random.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::fewshot {

/// The images of every class in an order of choice. The choice of k shots is the first k images of each class. So a choice is part of every larger one of the
/// same order.
class ShotOrder {
 public:
  /// The order of the data: the rule of scenic (scenic/train_lib/transfer/fewshot_utils.py, FewShotEvaluator.compute_fewshot_metrics).
  /// Throws Error unless classes >= 1 and every label is at least 0 and below `classes`. Throws std::bad_alloc where there is no memory.
  static ShotOrder of_data(std::span<const std::int64_t> labels, Index classes) {
    require(classes >= 1, "shots: wanted at least 1 class, found ", classes);
    ShotOrder order;
    order.images_.resize(static_cast<std::size_t>(classes));
    for (std::size_t i = 0; i < labels.size(); ++i) {
      require(0 <= labels[i] && labels[i] < classes, "shots: wanted labels from 0 to ", classes - 1, ", found ", labels[i], " as label ", i);
      order.images_[static_cast<std::size_t>(labels[i])].push_back(static_cast<Index>(i));
    }
    return order;
  }

  /// One random permutation of each class: a function of the seed, the class and the number of its images. big_vision permutes each class too
  /// (big_vision/evaluators/fewshot_lsr.py), with the generator of numpy. So the choices are others, with the same distribution.
  /// Throws as of_data does.
  static ShotOrder of_seed(std::span<const std::int64_t> labels, Index classes, std::uint64_t seed) {
    auto order = of_data(labels, classes);
    for (std::size_t c = 0; c < order.images_.size(); ++c) shuffle(std::span(order.images_[c]), Stream(seed, Purpose::shuffle, 0, c, kSite));
    return order;
  }

  /// The number of classes, those without images among them.
  Index classes() const { return static_cast<Index>(images_.size()); }
  /// The images of class c in order of choice; 0 <= c < classes. A view, valid as long as this object.
  std::span<const Index> images(Index c) const { return images_[static_cast<std::size_t>(c)]; }

  /// The numbers of the images of a choice: `shots` of class 0, then of class 1, and so on. A class with fewer images contributes all that it has.
  /// Throws Error unless shots >= 1.
  std::vector<Index> choose(Index shots) const {
    require(shots >= 1, "shots: wanted at least 1 shot, found ", shots);
    std::vector<Index> chosen;
    for (const auto& images : images_) chosen.insert(chosen.end(), images.begin(), images.begin() + std::min(shots, std::ssize(images)));
    return chosen;
  }

 private:
  /// Site 0 of Purpose::shuffle is the order of training (data/sampler.hpp).
  static constexpr std::uint32_t kSite = 1;

  ShotOrder() = default;
  std::vector<std::vector<Index>> images_;  ///< of each class
};

}  // namespace adatape::fewshot
