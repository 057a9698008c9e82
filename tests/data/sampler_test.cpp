#include "adatape/data/sampler.hpp"

#include <doctest/doctest.h>

#include "../io/files.hpp"

using adatape::Index;
using adatape::data::LastBatch;
using adatape::data::OrderedSampler;
using adatape::data::ShufflingSampler;
using adatape::test::error_of;

namespace {

std::vector<Index> take(ShufflingSampler& sampler, Index batches) {
  std::vector<Index> out;
  for (Index i = 0; i < batches; ++i) {
    const auto batch = sampler.next();
    out.insert(out.end(), batch.begin(), batch.end());
  }
  return out;
}

}  // namespace

TEST_CASE("sampler: an epoch is a permutation, and no two are alike") {
  ShufflingSampler sampler(1000, 64, 7);
  CHECK(sampler.batches_per_epoch() == 16);
  const auto first = take(sampler, 16);
  CHECK(sampler.epoch() == 0);
  const auto second = take(sampler, 16);
  CHECK(sampler.epoch() == 1);
  std::vector<Index> sorted(1000);
  std::iota(sorted.begin(), sorted.end(), Index{0});
  CHECK(first != sorted);
  CHECK(first != second);
  ShufflingSampler other(1000, 64, 8);
  CHECK(take(other, 16) != first);
  for (auto epoch : {first, second}) {
    std::ranges::sort(epoch);
    CHECK(epoch == sorted);
  }
}

TEST_CASE("sampler: the last batch is kept or dropped") {
  ShufflingSampler keep(10, 4, 1), drop(10, 4, 1, LastBatch::drop);
  CHECK(keep.batches_per_epoch() == 3);
  CHECK(drop.batches_per_epoch() == 2);
  for (const std::size_t size : {4u, 4u, 2u, 4u}) CHECK(keep.next().size() == size);
  for (const std::size_t size : {4u, 4u, 4u}) CHECK(drop.next().size() == size);
  CHECK(drop.epoch() == 1);
  CHECK(drop.position() == 1);
  for (const Index larger : {Index{100}, std::numeric_limits<Index>::max()}) {  // than the set: one batch an epoch
    ShufflingSampler one(3, larger, 1);
    CHECK(one.batches_per_epoch() == 1);
    for (const Index epoch : {0, 1}) {
      CHECK(one.next().size() == 3);
      CHECK(one.epoch() == epoch);
    }
    OrderedSampler once(3, larger);
    CHECK(once.next().size() == 3);
    CHECK(once.next().empty());
  }
}

TEST_CASE("sampler: continues from any place of any epoch") {
  for (const Index place : {0, 1, 2, 3, 4, 7, 9}) {
    ShufflingSampler whole(10, 4, 3), resumed(10, 4, 3);
    take(whole, place);
    take(resumed, 20);
    resumed.seek(whole.epoch(), whole.position());
    CHECK(take(resumed, 8) == take(whole, 8));
  }
}

TEST_CASE("sampler: every order of three comes up about equally often") {
  std::vector<int> counts(27);
  ShufflingSampler sampler(3, 3, 11);
  for (int i = 0; i < 6000; ++i) {
    const auto order = sampler.next();
    ++counts[static_cast<std::size_t>(9 * order[0] + 3 * order[1] + order[2])];
  }
  CHECK(std::ranges::count(counts, 0) == 21);
  for (const int count : counts) CHECK((count == 0 || std::abs(count - 1000) < 150));  // five standard deviations
}

TEST_CASE("sampler: misuse") {
  CHECK(error_of([] { ShufflingSampler(0, 1, 0); }) == "sampler: wanted at least 1 sample, found 0");
  CHECK(error_of([] { ShufflingSampler(-5, 1, 0); }) == "sampler: wanted at least 1 sample, found -5");
  CHECK(error_of([] { ShufflingSampler(5, 0, 0); }) == "sampler: wanted a batch size of at least 1, found 0");
  CHECK(error_of([] { ShufflingSampler(5, 6, 0, LastBatch::drop); }) == "sampler: 5 samples do not fill a batch of 6");
  ShufflingSampler sampler(10, 4, 0);
  CHECK(error_of([&] { sampler.seek(0, 4); }) == "sampler: no batch 4 in epoch 0, which has 3");
  CHECK(error_of([&] { sampler.seek(-1, 0); }) == "sampler: no batch 0 in epoch -1, which has 3");
}
