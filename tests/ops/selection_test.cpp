#include "adatape/ops/row_dots.hpp"
#include "adatape/ops/top_k.hpp"
#include "compare.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <class T>
std::vector<Index> best(const std::vector<T>& scores, std::size_t k, std::vector<char> excluded = {}) {
  excluded.resize(scores.size(), 0);
  std::vector<Index> result(k, -7);
  ops::top_k<T>(scores, excluded, result);
  return result;
}

constexpr float nan_score = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
using Indices = std::vector<Index>;

}  // namespace

TEST_CASE("top_k: order, ties, exclusions") {
  CHECK(best<float>({3, 1, 2}, 2) == Indices{0, 2});
  CHECK(best<float>({1, 3, 3, 2, 3}, 3) == Indices{1, 2, 4});
  CHECK(best<float>({1, 3, 3, 2, 3}, 2, {0, 1, 0, 0, 0}) == Indices{2, 4});
  CHECK(best<float>({5, 5, 5, 5}, 4) == Indices{0, 1, 2, 3});
  CHECK(best<float>({0.f, -0.f, 0.f}, 3) == Indices{0, 1, 2});
  CHECK(best<float>({4}, 1) == Indices{0});
  CHECK(best<float>({4, 5}, 0).empty());
}

TEST_CASE("top_k: NaN and infinities rank, and every candidate is found once") {
  CHECK(best<float>({nan_score, 1, nan_score, 2}, 4) == Indices{3, 1, 0, 2});
  CHECK(best<float>({nan_score, -infinite, infinite}, 3) == Indices{2, 0, 1});
  CHECK(best<float>({nan_score, nan_score, nan_score}, 2) == Indices{0, 1});
  CHECK(best<float>({nan_score, nan_score, nan_score}, 2, {1, 0, 0}) == Indices{1, 2});
}

TEST_CASE_TEMPLATE("top_k: against sorting everything", T, float, double) {
  for (Index count = 1; count <= 70; count += count < 40 ? 1 : 7) {
    for (int kinds : {3, 1000000}) {  // many ties, and none
      const Stream random(static_cast<std::uint64_t>(count), Purpose::data);
      std::vector<T> scores(static_cast<std::size_t>(count));
      std::vector<char> excluded(scores.size());
      for (std::size_t i = 0; i < scores.size(); ++i) {
        scores[i] = static_cast<T>(random.below(i, static_cast<std::uint64_t>(kinds)));
        excluded[i] = random.uniform(1000 + i) < 0.3;
      }
      Indices candidates;
      for (Index i = 0; i < count; ++i)
        if (!excluded[static_cast<std::size_t>(i)]) candidates.push_back(i);
      std::ranges::stable_sort(candidates, [&](Index a, Index b) { return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)]; });
      for (std::size_t k = 0; k <= candidates.size(); ++k) {
        const Indices wanted(candidates.begin(), candidates.begin() + static_cast<Index>(k));
        if (best<T>(scores, k, excluded) != wanted) FAIL_CHECK("count " << count << ", k " << k);
      }
    }
  }
}

TEST_CASE("row_dots: float against the reference in double") {
  for (Index width = 0; width <= most_odd_sizes; ++width) {
    for (Index rows : {0, 1, 7}) {
      CAPTURE(width);
      CAPTURE(rows);
      const auto matrix = random_values<float>(rows * width, 1), vector = random_values<float>(width, 2);
      Guarded guarded_matrix(matrix), guarded_vector(vector), dots(rows);
      std::vector<double> wanted(static_cast<std::size_t>(rows));
      ops::scalar::row_dots(to_double(matrix).data(), rows, width, to_double(vector).data(), wanted.data());
      ops::row_dots(guarded_matrix.data(), rows, width, guarded_vector.data(), dots.data());
      check_close(dots.values(), wanted, 1 + static_cast<double>(width), 4);
      CHECK(dots.intact());
    }
  }
}

TEST_CASE_TEMPLATE("row_dots: equal rows score bit-equal, wherever they stand and however many there are", T, float, double) {
  for (Index width : {1, 7, 8, 16, 24, 33, 64}) {
    const auto row = random_values<T>(width, 1), vector = random_values<T>(width, 2);
    for (Index rows = 1; rows <= 21; ++rows) {
      std::vector<T> matrix;
      for (Index i = 0; i < rows; ++i) matrix.insert(matrix.end(), row.begin(), row.end());
      std::vector<T> dots(static_cast<std::size_t>(rows)), one(1);
      ops::row_dots(matrix.data(), rows, width, vector.data(), dots.data());
      ops::row_dots(row.data(), 1, width, vector.data(), one.data());
      CHECK(same_bits(dots, std::vector<T>(static_cast<std::size_t>(rows), one[0])));
    }
  }
}
