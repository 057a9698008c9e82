#pragma once
/// A linear classifier of standardised features, and its accuracy.
#include <Eigen/Core>
#include <limits>
#include <vector>

#include "adatape/core/parallel.hpp"
#include "adatape/fewshot/features.hpp"
#include "adatape/fewshot/panels.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::fewshot {

/// The value of the bias column. It is large, so that l2 hardly shrinks the bias.
inline constexpr double kBias = 100;
/// What is added to every deviation, so that a feature that is constant can be divided by it.
inline constexpr double kDeviationFloor = 1e-5;

namespace detail {

/// (x - mean) / deviation of image i, to `to` [F].
inline void standardise(const Features& features, Index i, const Eigen::RowVectorXd& mean, const Eigen::RowVectorXd& deviation, double* to) {
  features.read(i, to);
  Eigen::Map<Eigen::RowVectorXd> row(to, features.size());
  row = (row - mean).cwiseQuotient(deviation);
}

}  // namespace detail

/// What ridge regression found (fewshot/ridge.hpp).
struct RidgeClassifier {
  Eigen::RowVectorXd mean;       ///< [F] of the training images
  Eigen::RowVectorXd deviation;  ///< [F] of the training images, with kDeviationFloor added
  RowMatrix<double> weights;     ///< [F + 1, C]; the last row belongs to the bias column, whose value is kBias

  /// The class of every image: the largest of the C scores [(x - mean) / deviation, kBias] weights, the first one where several are equal. The images are
  /// split over all cores. Throws Error unless the images have F features and all scores are finite; the Error names the first image whose scores are not.
  /// Throws std::bad_alloc where there is no memory.
  std::vector<std::int64_t> predict(const Features& features) const {
    const Index size = mean.size();
    require(features.size() == size, "ridge: wanted images of ", size, " features, found ", features.size());
    const Panels panels(weights.topRows(size));
    const Eigen::RowVectorXd bias = kBias * weights.row(size);
    std::vector<std::int64_t> labels(static_cast<std::size_t>(features.images()), kNotFinite);
    parallel_chunks(features.images(), kImagesAtOnce, [&](Index begin, Index end) {
      RowMatrix<double> rows = RowMatrix<double>::Zero(padded_rows(end - begin), size);
      for (Index i = begin; i < end; ++i) detail::standardise(features, i, mean, deviation, rows.row(i - begin).data());
      choose(rows, panels, bias, std::span(labels).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    });
    if (const auto bad = std::ranges::find(labels, kNotFinite); bad != labels.end()) {
      features.require_finite(bad - labels.begin(), "ridge");
      require(false, "ridge: wanted features small enough for finite scores, found image ", bad - labels.begin(), " with scores that are not finite");
    }
    return labels;
  }

 private:
  static constexpr Index kImagesAtOnce = 64;
  static constexpr std::int64_t kNotFinite = -1;

  /// The labels of standardised rows. A label is kNotFinite where a score is not finite.
  static void choose(const RowMatrix<double>& rows, const Panels& panels, const Eigen::RowVectorXd& bias, std::span<std::int64_t> labels) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::vector<double> best(labels.size(), -infinity);
    std::vector<char> finite(labels.size(), 1);
    for (Index p = 0; p < panels.count(); ++p)
      for (Index row = 0; row < rows.rows(); row += Panels::rows) {
        const auto sums = panels.times(rows.row(row).data(), rows.cols(), p);
        for (auto i = static_cast<std::size_t>(row); i < std::min(labels.size(), static_cast<std::size_t>(row + Panels::rows)); ++i)
          for (Index column = 0; column < panels.columns_of(p); ++column) {
            const Index label = p * Panels::width + column;
            const double score = sums[i - static_cast<std::size_t>(row)][column] + bias[label];
            if (!std::isfinite(score)) finite[i] = 0;
            if (score <= best[i]) continue;
            best[i] = score;
            labels[i] = label;
          }
      }
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (!finite[i]) labels[i] = kNotFinite;
  }
};

/// The share of labels that were predicted, 0 to 1. Throws Error unless there is at least one label and as many predictions.
inline double accuracy(std::span<const std::int64_t> predictions, std::span<const std::int64_t> labels) {
  require(!labels.empty() && predictions.size() == labels.size(), "accuracy: wanted at least 1 label and as many predictions, found ", labels.size(), " and ",
          predictions.size());
  Index correct = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) correct += predictions[i] == labels[i];
  return static_cast<double>(correct) / static_cast<double>(labels.size());
}

}  // namespace adatape::fewshot
