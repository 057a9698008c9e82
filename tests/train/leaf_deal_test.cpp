#include "adatape/train/leaf_deal.hpp"

#include <doctest/doctest.h>

#include "random_values.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

/// The least slowest() of all cuts that give process `process` and those behind it the leaves from `first` on.
double best_of_all(std::span<const double> seconds, Index processes, double block_seconds, train::LeafCuts& cuts) {
  const Index leaves = std::ssize(seconds), most = 4 * ((leaves + processes - 1) / processes), dealt = std::ssize(cuts) - 1;
  if (dealt == processes) return cuts.back() == leaves ? train::slowest(cuts, seconds, block_seconds) : 1e300;
  double best = 1e300;
  for (Index end = cuts.back() + 1; end <= std::min(leaves, cuts.back() + most); ++end) {
    cuts.push_back(end);
    best = std::min(best, best_of_all(seconds, processes, block_seconds, cuts));
    cuts.pop_back();
  }
  return best;
}

}  // namespace

TEST_CASE("leaf deal: blocks of adjacent leaves are those of a pairwise sum") {
  for (Index first = 0; first < 20; ++first)
    for (Index end = first + 1; end < 40; ++end) {
      train::PairwiseSum<char> sum;
      for (Index leaf = first; leaf < end; ++leaf) sum.take({leaf, 1, {}}, [](char, char) {});
      CHECK(train::blocks_of({first, end}) == std::ssize(sum.blocks()));
    }
}

TEST_CASE("leaf deal: no other cuts are better") {
  for (std::uint64_t seed = 0; seed < 6; ++seed)
    for (const Index leaves : {4, 7, 9})
      for (const Index processes : {1, 2, 3, 4})
        for (const double block_seconds : {0.0, 0.5}) {
          const auto values = random_values<double>(leaves, seed);
          std::vector<double> seconds;
          for (const double value : values) seconds.push_back(value * value);
          const auto cuts = train::deal_leaves(seconds, processes, block_seconds);
          REQUIRE(std::ssize(cuts) == processes + 1);
          CHECK((cuts.front() == 0 && cuts.back() == leaves));
          for (std::size_t p = 0; p + 1 < cuts.size(); ++p) CHECK(cuts[p] < cuts[p + 1]);
          train::LeafCuts trial{0};
          CHECK(train::slowest(cuts, seconds, block_seconds) == doctest::Approx(best_of_all(seconds, processes, block_seconds, trial)));
        }
}

TEST_CASE("leaf deal: expensive leaves are shared out after some batches, and other counts begin anew") {
  train::LeafDeal deal(2);
  const auto batch = [&](std::vector<double> seconds) {
    std::vector<train::LeafResult> results(seconds.size());
    for (std::size_t l = 0; l < seconds.size(); ++l) results[l].seconds = seconds[l];
    deal.measure(results);
  };
  const std::vector<double> uneven{1, 1, 1, 1, 1, 1, 5, 5};
  Index batches = 0;
  for (; !deal.due(); ++batches) {
    REQUIRE(batches < 100);
    CHECK(deal.share(8, 0) == train::Share{0, 4});
    batch(uneven);
  }
  deal.deal(0);
  CHECK(deal.share(8, 0) == train::Share{0, 6});
  CHECK(deal.share(8, 1) == train::Share{6, 8});
  CHECK(deal.share(6, 1) == train::Share{3, 6});
  // A block costs more than the deal would gain: 0 to 3 and 4 to 7 are one block each.
  train::LeafDeal with_blocks(2);
  std::vector<train::LeafResult> results(8);
  for (std::size_t l = 0; l < 8; ++l) results[l].seconds = l < 4 ? 1 : 1.5;
  with_blocks.measure(results);
  with_blocks.deal(10);
  CHECK(with_blocks.share(8, 0) == train::Share{0, 4});
  batch({1, 1, 1});
  CHECK(!deal.due());
  CHECK(deal.share(3, 0) == train::Share{0, 1});
}
