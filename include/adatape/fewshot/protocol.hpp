#pragma once
/// Few-shot evaluation of features: which training images, which l2, and what is reported.
#include <numeric>

#include "adatape/fewshot/ridge.hpp"
#include "adatape/fewshot/shots.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::fewshot {

/// big_vision: random choices with seeds 0, 1, ..., and one l2 (big_vision/evaluators/fewshot_lsr.py). scenic: the first images of each class, and of a list of
/// l2 the one that ranks best on the test images (scenic/train_lib/transfer/fewshot_utils.py).
enum class Rule : std::uint8_t { big_vision, scenic };

/// What is evaluated. The defaults are big_vision's.
struct Protocol {
  Rule rule = Rule::big_vision;            ///< how training images and l2 are chosen
  std::vector<Index> shots{1, 5, 10, 25};  ///< numbers of training images of each class; each is evaluated
  Index seeds = 3;                         ///< big_vision: the number of choices for each number of shots; without effect for scenic, which has one
  std::vector<double> l2{1024};            ///< big_vision: one; scenic: those to choose from

  /// Scenic's rule with l2 = 2^-10, 2^-9, ..., 2^19. The list that AdaTape's authors used is not published. This one is of scenic's few-shot evaluation of
  /// BERT (projects/baselines/bert/configs/glue/glue_fewshot.py).
  static Protocol scenic() {
    Protocol protocol{.rule = Rule::scenic, .l2 = {}};
    for (int power = -10; power < 20; ++power) protocol.l2.push_back(std::ldexp(1.0, power));
    return protocol;
  }

  /// The number of choices of training images for each number of shots: 1 for scenic, else `seeds`.
  Index choices() const { return rule == Rule::scenic ? 1 : seeds; }
  /// Throws Error unless there is a number of shots and every one is at least 1, seeds >= 1, every l2 is finite and greater than 0, and there is one l2 for
  /// big_vision and at least one for scenic.
  void check() const {
    require(!shots.empty(), "few-shot protocol: wanted at least one number of shots, found none");
    for (const Index count : shots) require(count >= 1, "few-shot protocol: wanted shots of at least 1, found ", count);
    require(seeds >= 1, "few-shot protocol: wanted at least 1 seed, found ", seeds);
    require(rule == Rule::scenic ? !l2.empty() : l2.size() == 1, "few-shot protocol: wanted ", rule == Rule::scenic ? "at least one" : "one", " l2, found ",
            l2.size());
    for (const double value : l2) require(std::isfinite(value) && value > 0, "few-shot protocol: wanted a finite l2 greater than 0, found ", value);
  }
};

/// Accuracies [choices, l2s] for each number of shots, in the order of the protocol.
using Accuracies = std::vector<RowMatrix<double>>;

/// What is reported for one number of shots.
struct ShotResult {
  Index shots = 0;                 ///< training images of each class
  double l2 = 0;                   ///< of the ridge regression whose accuracies these are
  std::vector<double> accuracies;  ///< of every choice, 0 to 1

  /// The mean of the accuracies over the choices, 0 to 1.
  double mean() const { return std::accumulate(accuracies.begin(), accuracies.end(), 0.0) / static_cast<double>(accuracies.size()); }
  /// The population deviation over the choices (divided by their number); 0 for one.
  double deviation() const {
    double squares = 0;
    for (const double value : accuracies) squares += (value - mean()) * (value - mean());
    return std::sqrt(squares / static_cast<double>(accuracies.size()));
  }
};

/// Evaluation on one data set. It chooses the training images at once, so that features need to be computed for these only.
class Evaluation {
 public:
  /// `labels` are those of all training images. Throws Error as Protocol::check and ShotOrder do, and where there is no label.
  /// Throws std::bad_alloc where there is no memory.
  Evaluation(std::span<const std::int64_t> labels, Index classes, const Protocol& protocol) : protocol_(protocol), classes_(classes) {
    protocol_.check();
    require(!labels.empty(), "few-shot evaluation: wanted at least 1 training image, found none");
    for (Index seed = 0; seed < protocol_.choices(); ++seed) {
      const auto order =
          protocol_.rule == Rule::scenic ? ShotOrder::of_data(labels, classes) : ShotOrder::of_seed(labels, classes, static_cast<std::uint64_t>(seed));
      for (const Index shots : protocol_.shots) chosen_.push_back(order.choose(shots));
    }
    for (const auto& choice : chosen_) images_.insert(images_.end(), choice.begin(), choice.end());
    std::ranges::sort(images_);
    images_.erase(std::unique(images_.begin(), images_.end()), images_.end());
    for (const Index i : images_) labels_.push_back(labels[static_cast<std::size_t>(i)]);
    for (auto& choice : chosen_)
      for (Index& i : choice) i = std::ranges::lower_bound(images_, i) - images_.begin();
  }

  /// The protocol that the constructor took. Valid as long as this object.
  const Protocol& protocol() const { return protocol_; }
  /// The numbers of the training images that belong to a choice, ascending. A view, valid as long as this object.
  std::span<const Index> images() const { return images_; }

  /// The accuracy on the test images for every number of shots, choice and l2. `train` holds the features of images(), in that order, and test_labels
  /// [test.images()] the labels of the test images. Throws Error for other sizes, and as Ridge and RidgeClassifier do. Throws std::bad_alloc where there is no
  /// memory.
  Accuracies run(const Features& train, const Features& test, std::span<const std::int64_t> test_labels) const {
    require(train.images() == std::ssize(images_), "few-shot evaluation: wanted the features of ", images_.size(), " training images, found ", train.images());
    require(train.size() == test.size(), "few-shot evaluation: wanted test images of ", train.size(), " features, found ", test.size());
    require(std::ssize(test_labels) == test.images(), "few-shot evaluation: wanted a label for each of the ", test.images(), " test images, found ",
            test_labels.size(), " labels");
    const auto l2s = static_cast<Index>(protocol_.l2.size());
    Accuracies accuracies(protocol_.shots.size(), RowMatrix<double>(protocol_.choices(), l2s));
    for (std::size_t c = 0; c < chosen_.size(); ++c) {
      const Ridge ridge(train, labels_, chosen_[c], classes_);
      const auto seed = static_cast<Index>(c / protocol_.shots.size());
      for (Index j = 0; j < l2s; ++j)
        accuracies[c % protocol_.shots.size()](seed, j) = accuracy(ridge.solve(protocol_.l2[static_cast<std::size_t>(j)]).predict(test), test_labels);
    }
    return accuracies;
  }

 private:
  Protocol protocol_;
  Index classes_;
  std::vector<std::vector<Index>> chosen_;  ///< [choices * shots], places in images_
  std::vector<Index> images_;
  std::vector<std::int64_t> labels_;  ///< of images_
};

/// Scenic's choice of one l2 for several data sets, from accuracies [data sets, l2s]. On each data set the l2s are ranked by accuracy, the worst first; equal
/// accuracies rank in the order of the list. The answer is the column with the highest sum of ranks, the first of several. With one data set it is a column
/// of the highest accuracy, the last of several. Throws Error unless there is a row and a column.
inline Index best_l2(const RowMatrix<double>& accuracies) {
  require(accuracies.size() > 0, "best_l2: wanted at least 1 data set and 1 l2, found ", accuracies.rows(), " and ", accuracies.cols());
  std::vector<Index> ranks(static_cast<std::size_t>(accuracies.cols()), 0), order(ranks.size());
  for (Index set = 0; set < accuracies.rows(); ++set) {
    std::iota(order.begin(), order.end(), Index{0});
    std::ranges::stable_sort(order, {}, [&](Index column) { return accuracies(set, column); });
    for (std::size_t rank = 0; rank < order.size(); ++rank) ranks[static_cast<std::size_t>(order[rank])] += static_cast<Index>(rank);
  }
  return std::ranges::max_element(ranks) - ranks.begin();
}

/// What is reported of data sets that share a protocol, for each data set and number of shots. Scenic's rule chooses one l2 for all data sets, by best_l2.
/// Throws Error unless there is a data set, and each has the accuracies of the protocol.
inline std::vector<std::vector<ShotResult>> report(const Protocol& protocol, std::span<const Accuracies> of_sets) {
  require(!of_sets.empty(), "few-shot report: wanted at least 1 data set, found none");
  const auto l2s = static_cast<Index>(protocol.l2.size());
  for (const auto& set : of_sets) {
    bool fits = set.size() == protocol.shots.size();
    for (const auto& of_shots : set) fits = fits && of_shots.rows() == protocol.choices() && of_shots.cols() == l2s;
    require(fits, "few-shot report: wanted the accuracies of the protocol, found others");
  }
  std::vector<std::vector<ShotResult>> results(of_sets.size());
  for (std::size_t s = 0; s < protocol.shots.size(); ++s) {
    RowMatrix<double> means(static_cast<Index>(of_sets.size()), l2s);
    for (std::size_t set = 0; set < of_sets.size(); ++set) means.row(static_cast<Index>(set)) = of_sets[set][s].colwise().mean();
    const Index best = best_l2(means);
    for (std::size_t set = 0; set < of_sets.size(); ++set) {
      const auto column = of_sets[set][s].col(best);
      results[set].push_back({protocol.shots[s], protocol.l2[static_cast<std::size_t>(best)], {column.begin(), column.end()}});
    }
  }
  return results;
}

/// The same of one data set, for each number of shots.
inline std::vector<ShotResult> report(const Protocol& protocol, const Accuracies& accuracies) { return report(protocol, std::span(&accuracies, 1)).front(); }

}  // namespace adatape::fewshot
