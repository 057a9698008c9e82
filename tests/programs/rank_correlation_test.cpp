#include <doctest/doctest.h>

#include "tasks/rank_correlation.hpp"

using namespace adatape::examples;

TEST_CASE("ranks: equal values share the mean of their ranks") {
  CHECK(ranks({3, 1, 2}) == std::vector<double>{3, 1, 2});
  CHECK(ranks({5, 5, 1, 5}) == std::vector<double>{3, 3, 1, 3});
  CHECK(ranks({}).empty());
}

TEST_CASE("Spearman's correlation") {
  CHECK(rank_correlation({1, 2, 3, 4}, {10, 20, 30, 1000}) == doctest::Approx(1));
  CHECK(rank_correlation({1, 2, 3, 4}, {8, 4, 2, 1}) == doctest::Approx(-1));
  CHECK(rank_correlation({1, 2, 3, 4}, {5, 5, 5, 5}) == 0);
  // scipy.stats.spearmanr([106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17])
  CHECK(rank_correlation({106, 100, 86, 101, 99, 103, 97, 113, 112, 110}, {7, 27, 2, 50, 28, 29, 20, 12, 6, 17}) == doctest::Approx(-0.17575757575757575));
  // with ties: scipy.stats.spearmanr([1, 2, 2, 3, 3, 3], [1, 1, 2, 2, 3, 1])
  CHECK(rank_correlation({1, 2, 2, 3, 3, 3}, {1, 1, 2, 2, 3, 1}) == doctest::Approx(0.48333333333333345));
}
