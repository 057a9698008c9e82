/// Every nesting of Chain, Skip and Named: forward, infer, infer_add and infer_in_place against each other. Their gradients: compositions_gradients_test.cpp.
#include <doctest/doctest.h>

#include "adatape/testing/inference_check.hpp"
#include "compositions.hpp"

using namespace adatape;

namespace {

/// The members are there, not only the functions that could be made of others.
template <class L, class T>
concept InfersInEveryWay = nn::detail::HasInfer<L, T> && nn::detail::HasInferAdd<L, T> && (L::in != L::out || nn::detail::HasInferInPlace<L, T>);

}  // namespace

TEST_CASE_TEMPLATE("compositions: infer, infer_add and infer_in_place compute what forward does", L, ADATAPE_TEST_COMPOSITIONS) {
  static_assert(InfersInEveryWay<L, float> && InfersInEveryWay<L, double> && Layer<L, float>);
  CHECK(gradcheck::inference_error<L, float>({{4, 2, 5, 2, 3}, 2}) <= 100 * static_cast<double>(std::numeric_limits<float>::epsilon()));
  CHECK(gradcheck::inference_error<L, double>({{4, 2, 5, 2, 3}, 2}) <= 100 * std::numeric_limits<double>::epsilon());
}

TEST_CASE("compositions: the check of inference finds a layer that aliases though it says it may not, and one that is wrong") {
  struct Claims : testing::OnlyAdds<12> {
    enum : bool { infer_add_may_alias = true };
  };
  CHECK(gradcheck::inference_error<testing::OnlyAdds<12>, double>({{4, 2}, 2}) < 1e-14);
  CHECK(gradcheck::inference_error<Claims, double>({{4, 2}, 2}) > 1e-3);
}

TEST_CASE("compositions: what may alias is visible in the type") {
  using nn::Chain, nn::Skip, nn::Named, nn::Linear, nn::LayerNorm;
  static_assert(!infer_may_alias<Linear<4, 4>> && !infer_add_may_alias<Linear<4, 4>>);
  static_assert(!infer_may_alias<Named<"a", Linear<4, 4>>>);
  static_assert(infer_may_alias<LayerNorm<4>> && infer_may_alias<Named<"a", LayerNorm<4>>>);
  static_assert(infer_may_alias<Chain<Linear<4, 4>, Linear<4, 4>>> && infer_add_may_alias<Chain<Linear<4, 4>, Linear<4, 4>>>);
  static_assert(infer_may_alias<Skip<Linear<4, 4>, 0>> && !infer_add_may_alias<Skip<Linear<4, 4>, 0>>);
  static_assert(!infer_may_alias<testing::OnlyAdds<4>> && !infer_add_may_alias<testing::OnlyAdds<4>>);
}
