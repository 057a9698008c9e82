#include "adatape/core/random.hpp"

#include <doctest/doctest.h>
#if __has_include(<Random123/philox.h>)
#include <Random123/philox.h>
#endif

#include <algorithm>
#include <set>
#include <vector>

using namespace adatape;

// The answers that ship with Random123 (kat_vectors).
static_assert(philox_words({0, 0, 0, 0}, {0, 0}) == PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox_words({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) == PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox_words({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

TEST_CASE("random: known answers of Philox4x32-10") {
  const auto words = Stream(0, Purpose::initialise).block(0);
  CHECK(words[0] == 0x6627e8d5);
  CHECK(words[1] == 0xe169c58d);
  CHECK(words[2] == 0xbc57ac4c);
  CHECK(words[3] == 0x9b00dbd8);
}

#if __has_include(<Random123/philox.h>)
TEST_CASE("random: the words of Random123") {
  bool equal = true;
  for (std::uint32_t i = 0; i < 100000; ++i) {
    const auto in = philox_words({i, 1, 2, 3}, {4, 5});  // counters and keys of any bits
    const auto key = philox_words({i, 6, 7, 8}, {9, 10});
    const auto ours = philox_words(in, {key[0], key[1]});
    const auto theirs = r123::Philox4x32{}({{in[0], in[1], in[2], in[3]}}, {{key[0], key[1]}});
    equal = equal && std::equal(ours.begin(), ours.end(), theirs.begin());
  }
  CHECK(equal);
}
#endif

TEST_CASE("random: a draw depends on seed, purpose, step, sample, site and index, and on nothing else") {
  std::set<std::uint32_t> seen;
  std::size_t count = 0;
  for (std::uint64_t seed : {1ull, 2ull, 1ull << 32})
    for (auto purpose : {Purpose::initialise, Purpose::shuffle, Purpose::dropout, Purpose::bernoulli_mask})
      for (std::uint64_t step : {0u, 1u})
        for (std::uint64_t sample : {0u, 1u})
          for (std::uint32_t site : {0u, 1u, 16u})
            for (std::uint64_t index : {0u, 1u, 5u}) {
              const Stream stream(seed, purpose, step, sample, site);
              CHECK(stream.bits(index) == Stream(seed, purpose, step, sample, site).bits(index));
              seen.insert(stream.bits(index));
              ++count;
            }
  CHECK(seen.size() == count);
}

TEST_CASE("random: uniform values") {
  const Stream stream(1, Purpose::data);
  double sum = 0, squares = 0;
  constexpr int n = 100000;
  for (std::uint64_t i = 0; i < n; ++i) {
    const double value = stream.uniform(i);
    if (value <= 0 || value >= 1) FAIL("outside of (0, 1)");
    sum += value;
    squares += value * value;
  }
  CHECK(sum / n == doctest::Approx(0.5).epsilon(0.01));
  CHECK(squares / n == doctest::Approx(1.0 / 3).epsilon(0.01));
  CHECK(Stream::to_uniform(0) > 0);
  CHECK(Stream::to_uniform(0xffffffffu) < 1);
}

TEST_CASE("random: normal values") {
  const Stream stream(2, Purpose::data);
  double moments[5] = {};
  double neighbours = 0, before = 0;
  constexpr int n = 200000;
  for (std::uint64_t i = 0; i < n; ++i) {
    const double value = stream.normal(i);
    double power = 1;
    for (double& moment : moments) {
      moment += power / n;
      power *= value;
    }
    neighbours += value * before / n;
    before = value;
  }
  CHECK(std::abs(moments[1]) < 0.01);
  CHECK(moments[2] == doctest::Approx(1).epsilon(0.02));
  CHECK(std::abs(moments[3]) < 0.05);
  CHECK(moments[4] == doctest::Approx(3).epsilon(0.05));
  CHECK(std::abs(neighbours) < 0.01);
}

TEST_CASE("random: integers below a bound are even") {
  const Stream stream(3, Purpose::data);
  for (std::uint64_t bound : {1u, 2u, 3u, 7u, 10u}) {
    std::vector<int> counts(bound, 0);
    for (std::uint64_t i = 0; i < 10000 * bound; ++i) ++counts.at(stream.below(i, bound));
    for (int count : counts) CHECK(std::abs(count - 10000) < 500);
  }
  bool inside = true;
  for (std::uint64_t i = 0; i < 1000; ++i) inside = inside && stream.below(i, 1ull << 32) < 1ull << 32;
  CHECK(inside);
}

TEST_CASE("random: a shuffle is a permutation, and all permutations of three occur") {
  std::vector<int> elements(1000);
  for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<int>(i);
  auto shuffled = elements;
  shuffle<int>(shuffled, Stream(1, Purpose::shuffle, 1));
  CHECK(shuffled != elements);
  auto again = elements;
  shuffle<int>(again, Stream(1, Purpose::shuffle, 1));
  CHECK(again == shuffled);
  std::ranges::sort(shuffled);
  CHECK(shuffled == elements);

  std::multiset<std::vector<int>> orders;
  for (std::uint64_t epoch = 0; epoch < 6000; ++epoch) {
    std::vector<int> three{0, 1, 2};
    shuffle<int>(three, Stream(5, Purpose::shuffle, epoch));
    orders.insert(three);
  }
  std::vector<int> order{0, 1, 2};
  do {
    CHECK(orders.count(order) > 850);
    CHECK(orders.count(order) < 1150);
  } while (std::ranges::next_permutation(order).found);
}
