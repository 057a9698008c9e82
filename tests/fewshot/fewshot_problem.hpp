#pragma once
/// Features and labels for tests of few-shot evaluation: the same numbers as make_fewshot.py makes.
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "adatape/core/tensor.hpp"

namespace adatape::testing {

using Matrix = RowMatrix<double>;
using Labels = std::vector<std::int64_t>;

/// The first output of splitmix64 with state i, as a number in [0, 1).
inline double uniform(std::uint64_t i) {
  std::uint64_t z = i + 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/// Labels of images first to first + count - 1: the last class but one has two images where others have one, the last class has none.
inline Labels problem_labels(Index first, Index count, Index classes) {
  Labels labels;
  for (Index n = first; n < first + count; ++n) labels.push_back(std::min(n % classes, classes - 2));
  return labels;
}

/// Features of these images: noise, and a part that tells the class.
inline Matrix problem_features(int seed, Index first, Index count, Index size, Index classes) {
  const auto labels = problem_labels(first, count, classes);
  Matrix x(count, size);
  for (Index n = 0; n < count; ++n)
    for (Index f = 0; f < size; ++f) {
      const auto state = static_cast<std::uint64_t>(seed * 1000003 + (first + n) * size + f);
      const double part = f % (classes - 1) == labels[static_cast<std::size_t>(n)] ? 0.5 : 0;
      x(n, f) = static_cast<double>(1 + f % 5) * (uniform(state) + part) + static_cast<double>(f);
    }
  return x;
}

/// Labels 0, 1, ..., classes - 1, 0, 1, ...
inline Labels balanced_labels(Index count, Index classes) {
  Labels labels;
  for (Index n = 0; n < count; ++n) labels.push_back(n % classes);
  return labels;
}

/// Numbers 0 to count - 1.
inline std::vector<Index> numbers(Index count) {
  std::vector<Index> all;
  for (Index i = 0; i < count; ++i) all.push_back(i);
  return all;
}

}  // namespace adatape::testing
