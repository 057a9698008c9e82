#include "adatape/core/tokens.hpp"

#include <doctest/doctest.h>

#include <atomic>

#include "adatape/nn/join.hpp"
#include "random_values.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE("packing: lengths and rows of a ragged batch") {
  const RaggedPacking ragged({3, 1, 0, 5}, 1);
  const Packing packing = ragged;
  CHECK(packing.samples() == 4);
  CHECK(packing.rows() == 9);
  CHECK(packing.begin(3) == 4);
  CHECK(packing.length(2) == 0);
  CHECK(packing.length(3) == 5);
  auto values = random_values<float>(9 * 4, 1);
  const Tokens<float, 4> tokens{values.data(), packing};
  CHECK(tokens.size() == 36);
  CHECK(tokens.row(4) == values.data() + 16);
  CHECK(tokens.sample(3).rows() == 5);
  CHECK(tokens.sample(3)(0, 1) == values[17]);
  CHECK(tokens.matrix()(8, 3) == values[35]);
}

TEST_CASE("packing: uniform batches, the empty one too") {
  Arena arena;
  const auto packing = uniform_packing(3, 4, arena);
  CHECK(packing.samples() == 3);
  CHECK(packing.rows() == 12);
  CHECK(packing.own == 4);
  CHECK(uniform_packing(0, 4, arena).samples() == 0);
  CHECK(uniform_packing(0, 4, arena).rows() == 0);
}

TEST_CASE("packing: joining and splitting rows are inverse") {
  Arena arena;
  const RaggedPacking own({2, 2, 2}, 2), tape({3, 0, 1}, 0);
  const Packing whole = nn::join(own, tape, arena);
  CHECK(whole.rows() == 10);
  CHECK(whole.own == 2);
  CHECK(whole.length(0) == 5);
  CHECK(whole.length(1) == 2);
  auto head = random_values<double>(6 * 3, 1), tail = random_values<double>(4 * 3, 2);
  std::vector<double> joined(10 * 3), head_again(head.size()), tail_again(tail.size());
  nn::join_rows<3, double>({head.data(), own}, {tail.data(), tape}, {joined.data(), whole});
  CHECK(joined[6] == tail[0]);
  CHECK(joined[15] == head[6]);
  nn::split_rows<3, double>({joined.data(), whole}, {head_again.data(), own}, {tail_again.data(), tape});
  CHECK(head_again == head);
  CHECK(tail_again == tail);
  const nn::OwnAndTape apart(whole, arena);
  CHECK(apart.own.rows() == 6);
  CHECK(apart.tape.rows() == 4);
  CHECK(apart.tape.length(1) == 0);
}

TEST_CASE("parallel loops visit every item once, in place inside another loop") {
  for (int count : {1, 2, 5}) {
    const Threads threads(count);
    for (Index items : {0, 1, 2, 1000}) {
      std::vector<int> visits(static_cast<std::size_t>(items), 0);
      parallel_for(items, [&](Index i) { ++visits[static_cast<std::size_t>(i)]; });
      for (int visit : visits) CHECK(visit == 1);
      std::atomic<Index> total{0};
      parallel_chunks(items, 7, [&](Index begin, Index end) {
        parallel_for(end - begin, [&](Index) { ++total; });
        if (end - begin > 7) total = -1000000;
      });
      CHECK(total == items);
    }
  }
}
