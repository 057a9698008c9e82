#include "adatape/core/tokens.hpp"

#include <doctest/doctest.h>

#include <atomic>

#include "adatape/core/layer.hpp"
#include "adatape/nn/join.hpp"
#include "random_values.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE("packing: lengths and rows of a ragged batch") {
  const RaggedPacking ragged({3, 1, 0, 5}, 0);
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

TEST_CASE("tokens: const ones are views that cannot be written") {
  const RaggedPacking ragged({3, 1}, 1);
  const auto values = random_values<float>(4 * 2, 1);
  const Tokens<const float, 2> tokens{values.data(), ragged};
  CHECK(tokens.row(3) == values.data() + 6);
  CHECK(tokens.matrix()(3, 1) == values[7]);
  CHECK(tokens.sample(1)(0, 0) == values[6]);
  static_assert(std::is_same_v<decltype(tokens.matrix()), Eigen::Map<const RowMatrix<float, 2>>>);
  static_assert(std::is_same_v<decltype(tokens.sample(0)), Eigen::Map<const RowMatrix<float, 2>>>);
  static_assert(std::is_same_v<decltype(Tokens<float, 2>{}.matrix()), Eigen::Map<RowMatrix<float, 2>>>);
  static_assert(std::is_convertible_v<Tokens<float, 2>, Tokens<const float, 2>>);
  static_assert(!std::is_convertible_v<Tokens<const float, 2>, Tokens<float, 2>>);
  static_assert(!std::is_convertible_v<Tokens<float, 3>, Tokens<const float, 2>>);
}

namespace {

template <class M, int D = Eigen::Dynamic>
concept HasTokens = requires(M&& matrix, Packing packing) { as_tokens<D>(std::forward<M>(matrix), packing); };

}  // namespace

TEST_CASE("as_tokens: row-major matrices are views, others do not compile") {
  const RaggedPacking ragged({3, 1}, 1);
  RowMatrix<float, 2> rows = RowMatrix<float, 2>::Random(4, 2);
  const auto tokens = as_tokens(rows, ragged);
  static_assert(std::is_same_v<decltype(tokens), const Tokens<float, 2>>);
  CHECK(tokens.data == rows.data());
  CHECK(tokens.sample(1)(0, 1) == rows(3, 1));
  static_assert(std::is_same_v<decltype(as_tokens(std::as_const(rows), ragged)), Tokens<const float, 2>>);
  const Eigen::Ref<const RowMatrix<float, 2>> reference(rows);
  static_assert(std::is_same_v<decltype(as_tokens(reference, ragged)), Tokens<const float, 2>>);
  CHECK(as_tokens(reference, ragged).data == rows.data());
  static_assert(std::is_same_v<decltype(as_tokens(tokens.matrix(), ragged)), Tokens<float, 2>>);
  CHECK(as_tokens(tokens.matrix(), ragged).data == rows.data());
  RowMatrix<float> wide = RowMatrix<float>::Random(6, 3);  // the type does not say the width
  CHECK(as_tokens<3>(wide.middleRows(2, 4), ragged).data == wide.data() + 6);
  Eigen::VectorXf column = Eigen::VectorXf::Random(4);
  CHECK(as_tokens(column, ragged).row(3) == column.data() + 3);
  CHECK_THROWS_WITH_AS(as_tokens<3>(wide, ragged), "as_tokens: wanted a matrix of 4 rows, found 6", Error);
  CHECK_THROWS_WITH_AS(as_tokens<2>(wide.topRows(4), ragged), "as_tokens: wanted a matrix of 2 columns, found 3", Error);
  CHECK_THROWS_WITH_AS(as_tokens<2>(wide.topLeftCorner(4, 2), ragged),
                       "as_tokens: wanted a matrix whose rows are adjacent in memory, found row and column strides of 3 and 1", Error);
  static_assert(HasTokens<RowMatrix<float, 2>&> && HasTokens<Eigen::Map<const RowMatrix<double, 2>>>);
  static_assert(HasTokens<RowMatrix<float, 2>&, 2> && !HasTokens<RowMatrix<float, 2>&, 3>);
  static_assert(!HasTokens<RowMatrix<float, 2>>, "a matrix that dies with the call");
  static_assert(!HasTokens<Eigen::Matrix<float, Eigen::Dynamic, 2>&>, "column-major");
  static_assert(!HasTokens<Eigen::Ref<const Eigen::Matrix<float, Eigen::Dynamic, 2>>&>, "column-major");
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
  const auto head = random_values<double>(6 * 3, 1), tail = random_values<double>(4 * 3, 2);
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
