/// What operations refuse once a call, in every build.
#include <functional>

#include "adatape/nn/pooling.hpp"
#include "adatape/ops/attention.hpp"
#include "adatape/ops/layer_norm.hpp"
#include "compare.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE_TEMPLATE("gemm: sizes that do not match are refused, packed or not, on one thread or many", T, float, double) {
  std::vector<T> memory(600, T(1));
  T* const data = memory.data();
  const auto product = [&](Index m, Index k, Index k_b, Index n, Index c_rows, Index c_cols) {
    const auto a = ops::row_major(data, m, k), b = ops::row_major(data + 100, k_b, n), c = ops::row_major(data + 200, c_rows, c_cols);
    const auto packed = ops::pack<T>(b, data + 300);
    for (const auto& multiply : {std::function<void()>([&] { ops::gemm<T>(a, b, c); }), std::function<void()>([&] { ops::gemm_serial<T>(a, b, c); }),
                                 std::function<void()>([&] { ops::gemm<T>(a, packed, c); }), std::function<void()>([&] { ops::gemm_serial<T>(a, packed, c); })})
      multiply();
  };
  CHECK_NOTHROW(product(3, 4, 4, 5, 3, 5));
  CHECK_NOTHROW(product(0, 4, 4, 5, 0, 5));
  CHECK_NOTHROW(product(3, 0, 0, 5, 3, 5));
  CHECK_THROWS_WITH_AS(product(3, 4, 6, 5, 3, 5), "gemm: wanted A [m, k], B [k, n] and C [m, n], found A [3, 4], B [6, 5] and C [3, 5]", Error);
  CHECK_THROWS_AS(product(3, 6, 4, 5, 3, 5), Error);
  CHECK_THROWS_AS(product(3, 4, 4, 5, 2, 5), Error);
  CHECK_THROWS_AS(product(3, 4, 4, 5, 4, 5), Error);
  CHECK_THROWS_AS(product(3, 4, 4, 5, 3, 4), Error);
  CHECK_THROWS_AS(product(3, 4, 4, 5, 3, 6), Error);
}

TEST_CASE_TEMPLATE("pooling: a sample without tokens is refused, forward and backward", T, float, double) {
  const RaggedPacking empty({2, 0, 3}, 0), full({2, 1, 3}, 1);
  std::vector<T> x(6 * 4, T(1)), pooled(3 * 4);
  const auto both = [&]<nn::Pool pool>(const Packing& packing) {
    nn::pool_tokens<pool>(Tokens<T, 4>{x.data(), packing}, pooled.data());
  };
  const auto back = [&]<nn::Pool pool>(const Packing& packing) {
    nn::add_pool_gradient<pool>(pooled.data(), Tokens<T, 4>{x.data(), packing});
  };
  constexpr const char* sentence = "pooling: wanted at least one token of every sample, found none of sample 1";
  CHECK_THROWS_WITH_AS(both.template operator()<nn::Pool::token>(empty), sentence, Error);
  CHECK_THROWS_WITH_AS(both.template operator()<nn::Pool::gap>(empty), sentence, Error);
  CHECK_THROWS_WITH_AS(back.template operator()<nn::Pool::token>(empty), sentence, Error);
  CHECK_THROWS_WITH_AS(back.template operator()<nn::Pool::gap>(empty), sentence, Error);
  CHECK_NOTHROW(both.template operator()<nn::Pool::token>(full));
  CHECK_NOTHROW(both.template operator()<nn::Pool::gap>(full));
  Packing prefixed = full;
  prefixed.prefix = 1;
  CHECK_THROWS_WITH_AS(both.template operator()<nn::Pool::gap_without_prefix>(prefixed),
                       "pooling: wanted at least one token of every sample behind its prefix tokens, found none of sample 1", Error);
  CHECK_NOTHROW(both.template operator()<nn::Pool::gap>(prefixed));
}

TEST_CASE_TEMPLATE("attention and layer_norm: sizes that mean nothing are refused", T, float, double) {
  const RaggedPacking ragged({2, 1}, 1);
  std::vector<T> projected(3 * 12, T(1)), out(3 * 4), moments(3);
  std::vector<ops::SoftmaxStatistics<T>> statistics(6);
  const T* const data = projected.data();
  const auto attend = [&](Index heads, Index width, Index stride) {
    ops::attention<T>(data, data + 4, data + 8, {ragged, heads, width, stride}, out.data(), statistics.data());
  };
  CHECK_NOTHROW(attend(2, 2, 12));
  CHECK_THROWS_AS(attend(0, 2, 12), Error);
  CHECK_THROWS_AS(attend(2, 0, 12), Error);
  CHECK_THROWS_WITH_AS(attend(2, 2, 3), "attention: wanted a stride of at least 4 (heads times their width), found 3", Error);
  CHECK_THROWS_AS(ops::layer_norm<T>(data, data, data, 3, 0, out.data(), nullptr, nullptr), Error);
  CHECK_THROWS_AS(ops::layer_norm<T>(data, data, data, 3, 4, out.data(), moments.data(), nullptr), Error);
}
