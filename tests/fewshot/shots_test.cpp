#include "adatape/fewshot/shots.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "../io/files.hpp"
#include "fewshot_problem.hpp"

using adatape::Index;
using adatape::fewshot::ShotOrder;
using adatape::test::error_of;
using adatape::testing::balanced_labels;
using adatape::testing::Labels;

TEST_CASE("shots: k of each class, class after class, and a choice is a prefix of larger ones") {
  const auto labels = balanced_labels(90, 3);
  const auto order = ShotOrder::of_seed(labels, 3, 0);
  const auto ten = order.choose(10);
  REQUIRE(ten.size() == 30);
  CHECK(std::set(ten.begin(), ten.end()).size() == 30);
  for (std::size_t n = 0; n < 30; ++n) CHECK(labels[static_cast<std::size_t>(ten[n])] == static_cast<int>(n / 10));
  for (const Index shots : {1, 4, 25}) {
    const auto choice = order.choose(shots);
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t k = 0; k < static_cast<std::size_t>(std::min<Index>(shots, 10)); ++k)
        CHECK(choice[c * static_cast<std::size_t>(shots) + k] == ten[10 * c + k]);
  }
}

TEST_CASE("shots: a seed gives the same choice again, others give others, and classes differ from each other") {
  const auto labels = balanced_labels(90, 3);
  CHECK(ShotOrder::of_seed(labels, 3, 5).choose(30) == ShotOrder::of_seed(labels, 3, 5).choose(30));
  CHECK(ShotOrder::of_seed(labels, 3, 5).choose(30) != ShotOrder::of_seed(labels, 3, 6).choose(30));
  const auto all = ShotOrder::of_seed(labels, 3, 5).choose(30);  // image 3 i + c is the i-th of class c
  bool same = true;
  for (std::size_t k = 0; k < 30; ++k) same = same && all[k] / 3 == all[30 + k] / 3;
  CHECK_FALSE(same);
}

TEST_CASE("shots: the permutation of a class does not depend on the images of other classes") {
  Labels alone(20, 1), mixed;
  for (int i = 0; i < 20; ++i) mixed.insert(mixed.end(), {0, 1, 0});
  const auto a = ShotOrder::of_seed(alone, 2, 3).choose(20), b = ShotOrder::of_seed(mixed, 2, 3).choose(20);
  for (std::size_t k = 0; k < 20; ++k) CHECK(3 * a[k] + 1 == b[20 + k]);
}

TEST_CASE("shots: over many seeds every image of a class is first about equally often") {
  const Labels labels{0, 1, 0, 1, 0};
  std::map<Index, int> first;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) ++first[ShotOrder::of_seed(labels, 2, seed).choose(1)[0]];
  CHECK(first.size() == 3);
  for (const Index i : {0, 2, 4}) CHECK(std::abs(first[i] - 1000) < 130);  // five standard deviations
}

TEST_CASE("shots: the order of the data, and a class with few or no images") {
  const Labels labels{2, 0, 2, 0, 2, 0};
  const auto order = ShotOrder::of_data(labels, 4);
  CHECK(order.choose(2) == std::vector<Index>{1, 3, 0, 2});
  CHECK(order.choose(1) == std::vector<Index>{1, 0});
  CHECK(order.choose(7) == std::vector<Index>{1, 3, 5, 0, 2, 4});
  CHECK(order.classes() == 4);
  CHECK(order.images(1).empty());
  CHECK(ShotOrder::of_data({}, 1).choose(1).empty());
}

TEST_CASE("shots: misuse") {
  const Labels labels{0, 1, 5};
  CHECK(error_of([&] { ShotOrder::of_data(labels, 5); }) == "shots: wanted labels from 0 to 4, found 5 as label 2");
  CHECK(error_of([&] { ShotOrder::of_seed(Labels{0, -1}, 5, 0); }) == "shots: wanted labels from 0 to 4, found -1 as label 1");
  CHECK(error_of([&] { ShotOrder::of_data(labels, 0); }) == "shots: wanted at least 1 class, found 0");
  CHECK(error_of([&] { ShotOrder::of_data(labels, 6).choose(0); }) == "shots: wanted at least 1 shot, found 0");
}
