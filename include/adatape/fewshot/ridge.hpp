#pragma once
/// Ridge regression on the features of a few images: the linear classifier of few-shot evaluation.
#include <Eigen/Cholesky>
#include <numeric>
#include <vector>

#include "adatape/fewshot/features.hpp"
#include "adatape/fewshot/ridge_classifier.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::fewshot {

/// Which of two equal systems is solved. smaller: the dual where there are at most as many images as features, else the primal.
enum class Side : std::uint8_t { smaller, primal, dual };

/// The equations of one choice of training images, from which a classifier is solved for any number of l2. With N images, F features and C classes:
///
///   Z = (x - mean) / deviation       [N, F], deviation = population deviation + 1e-5
///   X = [Z, 100]                     [N, F + 1], the last column is the bias
///   Y = 2 onehot(label) - 1          [N, C]
///   W = (X'X + l2 I)^-1 X'Y          [F + 1, C]
///
/// This is the regression of big_vision (big_vision/evaluators/fewshot_lsr.py) and scenic (scenic/train_lib/transfer/fewshot_utils.py). The columns of Z add
/// up to 0, so they are orthogonal to the bias and to the constant -1 in Y. So the equations separate:
///
///   W of the features = (Z'Z + l2 I)^-1 Z' 2 onehot      primal, [F, F]
///                     = Z' (ZZ' + l2 I)^-1 2 onehot      dual, [N, N], equal for l2 > 0
///   W of the bias     = 100 sum_n Y / (1e4 N + l2)
///
/// Everything is double. Sums have one order, so results have the same bits for any number of threads. The matrix is made once, and each l2 costs one Cholesky
/// decomposition.
class Ridge {
 public:
  /// `chosen` are the numbers of the training images, `labels` [features.images()] those of all images. Nothing is kept of the arguments.
  /// Throws Error unless
  ///  - there are as many labels as images, at least one feature, one chosen image and one class,
  ///  - every chosen number is one of an image, and its label is at least 0 and below `classes`,
  ///  - all chosen features are finite, and small enough that their deviations are finite too.
  /// Throws std::bad_alloc where there is no memory.
  Ridge(const Features& features, std::span<const std::int64_t> labels, std::span<const Index> chosen, Index classes, Side side = Side::smaller)
      : images_(std::ssize(chosen)), size_(features.size()), dual_(side == Side::dual || (side == Side::smaller && images_ <= size_)) {
    check(features, labels, chosen, classes);
    measure(features, chosen);
    counts_ = Eigen::RowVectorXd::Zero(classes);
    for (const Index i : chosen) ++counts_[labels[static_cast<std::size_t>(i)]];
    if (dual_)
      make_dual(features, labels, chosen);
    else
      make_primal(features, labels, chosen);
  }

  /// The same with all images as training images.
  Ridge(const Features& features, std::span<const std::int64_t> labels, Index classes, Side side = Side::smaller)
      : Ridge(features, labels, all(features.images()), classes, side) {}

  /// Whether the dual system is solved.
  bool is_dual() const { return dual_; }

  /// The classifier for `l2`. Throws Error unless l2 is finite and greater than 0, and unless the decomposition succeeds; it fails only where l2 is so small
  /// that rounding makes the matrix indefinite. Throws std::bad_alloc where there is no memory.
  RidgeClassifier solve(double l2) const {
    require(std::isfinite(l2) && l2 > 0, "ridge: wanted a finite l2 greater than 0, found ", l2);
    Eigen::MatrixXd matrix = gram_;
    matrix.diagonal().array() += l2;
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>, Eigen::Lower> decomposition(matrix);
    require(decomposition.info() == Eigen::Success, "ridge: wanted an l2 that makes the matrix of the features positive definite in double, found ", l2);
    const Eigen::MatrixXd solution = decomposition.solve(targets_);
    RidgeClassifier classifier{.mean = mean_, .deviation = deviation_, .weights = RowMatrix<double>(size_ + 1, counts_.size())};
    if (dual_)
      classifier.weights.topRows(size_) = multiply(standardised_, size_, Panels(solution));
    else
      classifier.weights.topRows(size_) = solution;
    const auto count = static_cast<double>(images_);
    classifier.weights.row(size_).array() = kBias * (2 * counts_.array() - count) / (kBias * kBias * count + l2);
    return classifier;
  }

 private:
  static std::vector<Index> all(Index images) {
    std::vector<Index> numbers(static_cast<std::size_t>(images));
    std::iota(numbers.begin(), numbers.end(), Index{0});
    return numbers;
  }

  void check(const Features& features, std::span<const std::int64_t> labels, std::span<const Index> chosen, Index classes) const {
    require(std::ssize(labels) == features.images(), "ridge: wanted a label for each of the ", features.images(), " images, found ", labels.size(), " labels");
    require(size_ >= 1 && classes >= 1, "ridge: wanted at least 1 feature and 1 class, found ", size_, " and ", classes);
    require(images_ >= 1, "ridge: wanted at least 1 training image, found none");
    for (const Index i : chosen) {
      require(0 <= i && i < features.images(), "ridge: wanted images from 0 to ", features.images() - 1, ", found ", i);
      const auto label = labels[static_cast<std::size_t>(i)];
      require(0 <= label && label < classes, "ridge: wanted labels from 0 to ", classes - 1, ", found ", label, " of image ", i);
      features.require_finite(i, "ridge");
    }
  }

  /// Mean and deviation. The mean is that of differences from the first image, so a feature that is constant gets exactly its value as mean, and Z = 0.
  void measure(const Features& features, std::span<const Index> chosen) {
    const auto count = static_cast<double>(images_);
    Eigen::RowVectorXd first(size_), row(size_), sum = Eigen::RowVectorXd::Zero(size_);
    features.read(chosen[0], first.data());
    for (const Index i : chosen) {
      features.read(i, row.data());
      sum += row - first;
    }
    mean_ = first + sum / count;
    sum.setZero();
    for (const Index i : chosen) {
      features.read(i, row.data());
      sum += (row - mean_).cwiseAbs2();
    }
    deviation_ = (sum / count).cwiseSqrt().array() + kDeviationFloor;
    for (Index column = 0; column < size_; ++column)
      require(std::isfinite(mean_[column]) && std::isfinite(deviation_[column]), "ridge: wanted features whose deviation is finite, found ", deviation_[column],
              " as deviation of feature ", column);
  }

  /// Z' in rows [F, N], and ZZ'.
  void make_dual(const Features& features, std::span<const std::int64_t> labels, std::span<const Index> chosen) {
    standardised_ = RowMatrix<double>::Zero(padded_rows(size_), images_);
    targets_ = Eigen::MatrixXd::Zero(images_, counts_.size());
    Eigen::RowVectorXd row(size_);
    for (Index n = 0; n < images_; ++n) {
      const Index i = chosen[static_cast<std::size_t>(n)];
      detail::standardise(features, i, mean_, deviation_, row.data());
      standardised_.col(n).head(size_) = row.transpose();
      targets_(n, labels[static_cast<std::size_t>(i)]) = 2;
    }
    gram_ = Eigen::MatrixXd::Zero(images_, images_);
    gram_.selfadjointView<Eigen::Lower>().rankUpdate(standardised_.topRows(size_).transpose());
  }

  /// Z'Z, and Z' 2 onehot: twice the sum of the rows of each class. Z is never held as a whole.
  void make_primal(const Features& features, std::span<const std::int64_t> labels, std::span<const Index> chosen) {
    constexpr Index at_once = 256;
    gram_ = Eigen::MatrixXd::Zero(size_, size_);
    targets_ = Eigen::MatrixXd::Zero(size_, counts_.size());
    RowMatrix<double> block(at_once, size_);
    for (Index begin = 0; begin < images_; begin += at_once) {
      const Index count = std::min(at_once, images_ - begin);
      for (Index n = 0; n < count; ++n) {
        const Index i = chosen[static_cast<std::size_t>(begin + n)];
        detail::standardise(features, i, mean_, deviation_, block.row(n).data());
        targets_.col(labels[static_cast<std::size_t>(i)]) += 2 * block.row(n).transpose();
      }
      gram_.selfadjointView<Eigen::Lower>().rankUpdate(block.topRows(count).transpose());
    }
  }

  Index images_, size_;
  bool dual_;
  Eigen::RowVectorXd mean_, deviation_;  ///< [F]
  Eigen::RowVectorXd counts_;            ///< [C] training images
  RowMatrix<double> standardised_;       ///< dual: [F in full panels, N]
  Eigen::MatrixXd gram_;                 ///< lower triangle: [F, F] or [N, N]
  Eigen::MatrixXd targets_;              ///< the right-hand side: [F, C] or [N, C]
};

}  // namespace adatape::fewshot
