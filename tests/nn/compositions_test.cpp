/// Every nesting of Chain, Skip and Named: forward, infer, infer_add and infer_in_place against each other, and gradients in compositions_gradients_test.
#include <doctest/doctest.h>

#include "compositions.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <class T>
void check_near(const std::vector<T>& found, const std::vector<T>& wanted) {
  double largest = 1, distance = 0;
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(wanted[i])));
    const double difference = std::abs(static_cast<double>(found[i]) - static_cast<double>(wanted[i]));
    distance = std::isnan(difference) ? std::numeric_limits<double>::infinity() : std::max(distance, difference);
  }
  CHECK(distance <= 100 * static_cast<double>(std::numeric_limits<T>::epsilon()) * largest);
}

template <class L, class T>
void check_composition() {
  const RaggedPacking ragged({4, 2, 5, 2, 3}, 2);
  const Packing packing = ragged;
  const auto parameters = random_parameters<L, T>(5, 0.2);
  auto x = random_values<T>(packing.rows() * L::in, 1);
  const auto x_before = x;
  const auto y_before = random_values<T>(packing.rows() * L::out, 2);
  Arena arena;
  const Context context{.arena = arena};
  std::vector<T> wanted(y_before.size()), y(y_before.size(), std::numeric_limits<T>::quiet_NaN());
  typename L::template Saved<T> saved;
  L::forward(*parameters, Tokens<T, L::in>{x.data(), packing}, Tokens<T, L::out>{wanted.data(), packing}, saved, context);
  const auto packed = L::pack(*parameters, arena);
  const Tokens<T, L::in> in{x.data(), packing};

  L::infer(packed, in, Tokens<T, L::out>{y.data(), packing}, context);
  check_near(y, wanted);
  CHECK(same_bits(x, x_before));

  y = y_before;
  L::infer_add(packed, in, Tokens<T, L::out>{y.data(), packing}, context);
  CHECK(same_bits(x, x_before));
  auto sum = wanted;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += y_before[i];
  check_near(y, sum);

  if constexpr (L::in == L::out) {
    L::infer_in_place(packed, in, context);
    check_near(x, wanted);
    if constexpr (infer_may_alias<L>) {
      x = x_before;
      L::infer(packed, in, in, context);
      check_near(x, wanted);
    }
    if constexpr (infer_add_may_alias<L>) {
      x = x_before;
      L::infer_add(packed, in, in, context);
      auto twice = wanted;
      for (std::size_t i = 0; i < twice.size(); ++i) twice[i] += x_before[i];
      check_near(x, twice);
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("compositions: infer, infer_add and infer_in_place compute what forward does", L, ADATAPE_TEST_COMPOSITIONS) {
  check_composition<L, float>();
  check_composition<L, double>();
}

TEST_CASE("compositions: what may alias is visible in the type") {
  using nn::Chain, nn::Skip, nn::Named, nn::Linear, nn::LayerNorm;
  static_assert(!infer_may_alias<Linear<4, 4>> && !infer_add_may_alias<Linear<4, 4>>);
  static_assert(!infer_may_alias<Named<"a", Linear<4, 4>>>);
  static_assert(infer_may_alias<LayerNorm<4>> && infer_may_alias<Named<"a", LayerNorm<4>>>);
  static_assert(infer_may_alias<Chain<Linear<4, 4>, Linear<4, 4>>> && infer_add_may_alias<Chain<Linear<4, 4>, Linear<4, 4>>>);
  static_assert(infer_may_alias<Skip<Linear<4, 4>, 0>> && !infer_add_may_alias<Skip<Linear<4, 4>, 0>>);
  static_assert(infer_may_alias<OnlyAdds<4>> == false);
}
