#include <doctest/doctest.h>

#include "adatape/nn/block.hpp"
#include "larger.hpp"
#include "random_values.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

/// Whether two results differ by rounding only.
template <class T>
void check_equal(const std::vector<T>& found, const std::vector<T>& wanted) {
  double largest = 1, distance = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(wanted[i])));
    distance = larger(distance, std::abs(static_cast<double>(found[i] - wanted[i])));
  }
  CHECK(distance <= 100 * static_cast<double>(std::numeric_limits<T>::epsilon()) * largest);
}

/// infer, infer_add and infer_in_place of a layer, as far as it has them, against forward.
template <class L, class T>
void check_layer_inference() {
  const RaggedPacking ragged({4, 2, 5, 2, 3}, 2);
  const Packing packing = ragged;
  const auto parameters = random_parameters<L, T>(5, 0.2);
  auto x = random_values<T>(packing.rows() * L::in, 1);
  const auto before = random_values<T>(packing.rows() * L::out, 2);
  Arena arena;
  const Context context{.arena = arena};
  std::vector<T> wanted(before.size());
  typename L::template Saved<T> saved;
  L::forward(*parameters, Tokens<T, L::in>{x.data(), packing}, Tokens<T, L::out>{wanted.data(), packing}, saved, context);
  const auto packed = L::pack_weights(*parameters, arena);
  const Tokens<T, L::in> in{x.data(), packing};
  auto y = before;
  const Tokens<T, L::out> out{y.data(), packing};
  if constexpr (requires { L::infer(packed, in, out, context); }) {
    L::infer(packed, in, out, context);
    check_equal(y, wanted);
  }
  if constexpr (requires { L::infer_add(packed, in, out, context); }) {
    y = before;
    L::infer_add(packed, in, out, context);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] -= before[i];
    check_equal(y, wanted);
  }
  if constexpr (requires { L::infer_in_place(packed, in, context); }) {
    L::infer_in_place(packed, in, context);
    check_equal(x, wanted);
  }
}

template <class L>
void check_both() {
  check_layer_inference<L, float>();
  check_layer_inference<L, double>();
}

}  // namespace

TEST_CASE("inference: every layer computes what forward does") {
  check_both<nn::Linear<5, 7>>();
  check_both<nn::Linear<19, 33>>();
  check_both<nn::LayerNorm<21>>();
  check_both<nn::Mlp<9, 20>>();
  check_both<nn::Mlp<16, 35, ops::GeluForm::erf>>();
  check_both<nn::GluMlp<9, 20>>();
  check_both<nn::Attention<12, 3>>();
  check_both<nn::Attention<40, 2>>();
  check_both<nn::LayerNorm<21, nn::Epsilon{0.3}>>();
  check_both<nn::Attention<12, 3, false>>();
  check_both<nn::LayerScale<"gamma", nn::Attention<12, 3>, Init::constant(0.3)>>();
  check_both<nn::LayerScale<"gamma", nn::Named<"mlp", nn::Mlp<9, 20>>, Init::constant(0.3)>>();
  check_both<nn::LayerScale<"gamma", nn::SeparateTapeMlp<nn::Mlp<9, 20>, nn::GluMlp<9, 5>>, Init::constant(0.3)>>();
  check_both<nn::EncoderBlock<12, 3, 20>>();
  check_both<nn::EncoderBlock<24, 2, 30, ops::GeluForm::erf, 17, nn::BlockOptions{1e-2, false, 0.3}>>();
  check_both<nn::EncoderBlock<24, 2, 30, ops::GeluForm::erf, 17>>();
}
