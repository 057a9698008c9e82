#include "adatape/train/pairwise_sum.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace adatape;

namespace {

using Sum = train::PairwiseSum<std::string>;

void add(std::string& to, const std::string& from) { to = "(" + to + "+" + from + ")"; }

/// The additions of leaves 0 to count - 1, which are cut behind the leaves whose bit in `cuts` is set. Each piece is summed on its own first.
std::string additions(Index count, unsigned cuts) {
  Sum whole, piece;
  const auto end_piece = [&] {
    for (const auto& block : piece.blocks()) whole.take(block, add);
    piece.clear();
  };
  for (Index leaf = 0; leaf < count; ++leaf) {
    piece.take({leaf, 1, std::to_string(leaf)}, add);
    if (cuts >> leaf & 1) end_piece();
  }
  end_piece();
  whole.finish(add);
  REQUIRE(whole.blocks().size() == 1);
  return whole.blocks()[0].value;
}

}  // namespace

TEST_CASE("pairwise sum: neighbours of equal size are added first, and the rest from right to left") {
  CHECK(additions(1, 0) == "0");
  CHECK(additions(2, 0) == "(0+1)");
  CHECK(additions(3, 0) == "((0+1)+2)");
  CHECK(additions(4, 0) == "((0+1)+(2+3))");
  CHECK(additions(7, 0) == "(((0+1)+(2+3))+((4+5)+6))");
}

TEST_CASE("pairwise sum: any cut of the leaves gives the same additions") {
  for (Index count = 1; count <= 10; ++count) {
    const auto wanted = additions(count, 0);
    bool same = true;
    for (unsigned cuts = 1; cuts < 1u << count; ++cuts) same = same && additions(count, cuts) == wanted;
    CHECK(same);
  }
}

TEST_CASE("pairwise sum: few blocks wait") {
  for (Index first = 0; first < 64; ++first) {
    Sum sum;
    std::size_t most = 0;
    for (Index leaf = first; leaf < 64; ++leaf) {
      sum.take({leaf, 1, ""}, [](std::string&, const std::string&) {});
      most = std::max(most, sum.blocks().size());
    }
    CHECK(most <= 12);
  }
}
