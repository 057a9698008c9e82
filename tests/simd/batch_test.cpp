#include "adatape/simd/batch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "adatape/simd/reduce.hpp"
#include "adatape/simd/transpose.hpp"

using adatape::Index;
namespace simd = adatape::simd;

namespace {

constexpr float guard = std::numeric_limits<float>::quiet_NaN();

/// `n` values 1, 2, 3, ... between NaNs, from any alignment.
struct Guarded {
  std::vector<float> memory;
  float* values;
  Guarded(Index n, Index misalignment) : memory(static_cast<std::size_t>(n + misalignment + 2 * simd::lanes<float>), guard) {
    values = memory.data() + simd::lanes<float> + misalignment;
    for (Index i = 0; i < n; ++i) values[i] = static_cast<float>(i + 1);
  }
  bool is_guarded(Index n) const {
    for (const float* p = memory.data(); p != memory.data() + memory.size(); ++p)
      if ((p < values || p >= values + n) && *p == *p) return false;
    return true;
  }
};

}  // namespace

TEST_CASE_TEMPLATE("partial loads and stores touch `count` values and no more", T, float, double) {
  constexpr Index n = simd::lanes<T>;
  for (Index count = 0; count <= n; ++count) {
    std::vector<T> exact(static_cast<std::size_t>(count), T(7));  // the address sanitizer sees a read behind its end
    alignas(simd::Batch<T>) T lanes[n];
    simd::load_partial(exact.data(), count, T(-1)).store_aligned(lanes);
    for (Index i = 0; i < n; ++i) CHECK(lanes[i] == (i < count ? T(7) : T(-1)));

    T out[n + 1];
    for (T& value : out) value = T(5);
    simd::store_partial(out, simd::splat(T(9)), count);
    for (Index i = 0; i <= n; ++i) CHECK(out[i] == (i < count ? T(9) : T(5)));

    T spread[3 * n + 1];
    for (T& value : spread) value = T(5);
    simd::store_strided(spread, Index{3}, simd::splat(T(9)), count);
    for (Index i = 0; i <= 3 * n; ++i) CHECK(spread[i] == (i % 3 == 0 && i < 3 * count ? T(9) : T(5)));
    simd::load_strided(spread, Index{3}, count).store_aligned(lanes);
    for (Index i = 0; i < n; ++i) CHECK(lanes[i] == (i < count ? T(9) : T(0)));
  }
}

TEST_CASE("for_each_batch visits every element once and stays inside the array") {
  for (Index n = 0; n <= 2 * simd::lanes<float> + 2; ++n) {
    for (Index misalignment = 0; misalignment < 3; ++misalignment) {
      Guarded array(n, misalignment);
      simd::for_each_batch<float>(n, [&](Index i, Index count) {
        const auto x = simd::load_partial(array.values + i, count);
        simd::store_partial(array.values + i, simd::fma(x, x, simd::splat(1.f)), count);
      });
      for (Index i = 0; i < n; ++i) CHECK(array.values[i] == static_cast<float>((i + 1) * (i + 1) + 1));
      CHECK(array.is_guarded(n));
    }
  }
}

TEST_CASE("sum and max of arrays of every length") {
  for (Index n = 0; n <= 3 * simd::lanes<float> + 2; ++n) {
    Guarded array(n, 1);
    CHECK(simd::sum(array.values, n) == static_cast<float>(n * (n + 1) / 2));
    for (Index i = 0; i < n; ++i) array.values[i] = -array.values[i];
    CHECK(simd::max(array.values, n) == (n == 0 ? -std::numeric_limits<float>::infinity() : -1.f));
    for (Index top = 0; top < n; ++top) {
      Guarded other(n, 0);
      other.values[top] = 1000;
      CHECK(simd::max(other.values, n) == 1000.f);
    }
  }
}

TEST_CASE_TEMPLATE("quotients and square roots round once", T, float, double) {
  constexpr Index n = simd::lanes<T>;
  using Limits = std::numeric_limits<T>;
  const auto round_once = [](T numerator, T denominator) {
    T quotients[n], roots[n];
    simd::store(quotients, simd::divide(simd::splat(numerator), simd::splat(denominator)));
    simd::store(roots, simd::sqrt(simd::splat(denominator)));
    return quotients[0] == numerator / denominator && quotients[n - 1] == quotients[0] && roots[0] == std::sqrt(denominator) && roots[n - 1] == roots[0];
  };
  for (const T special : {T(0), Limits::denorm_min(), Limits::min(), Limits::max(), Limits::infinity()}) CHECK(round_once(T(1), special));
  for (int i = 1; i <= 1000; ++i) CHECK(round_once(static_cast<T>(i), static_cast<T>(1001 - i) / 8));
}

TEST_CASE("the larger of each pair of integers, negative ones and the ends of the range") {
  constexpr Index n = simd::lanes<std::int32_t>;
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min(), greatest = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t sample[] = {least, least + 1, -2, -1, 0, 1, 0x7f7fffff, 0x7f800000, greatest};
  for (const std::int32_t x : sample) {
    for (const std::int32_t y : sample) {
      std::int32_t result[n];
      simd::store(result, simd::max(simd::splat(x), simd::splat(y)));
      CHECK(result[0] == std::max(x, y));
      CHECK(result[n - 1] == std::max(x, y));
    }
  }
}

TEST_CASE_TEMPLATE("lane reductions", T, float, double) {
  constexpr Index n = simd::lanes<T>;
  T values[n];
  for (Index i = 0; i < n; ++i) values[i] = static_cast<T>((i * 7) % n - 3);
  CHECK(simd::reduce_sum(simd::load(values)) == static_cast<T>(n * (n - 1) / 2 - 3 * n));
  CHECK(simd::reduce_max(simd::load(values)) == static_cast<T>(n - 4));
}

TEST_CASE_TEMPLATE("transpose exchanges rows and columns", T, float, double) {
  constexpr Index n = simd::lanes<T>;
  simd::Batch<T> block[n];
  for (Index i = 0; i < n; ++i) {
    T row[n];
    for (Index j = 0; j < n; ++j) row[j] = static_cast<T>(i * n + j);
    block[i] = simd::load(row);
  }
  simd::transpose<T>(block);
  for (Index i = 0; i < n; ++i) {
    T row[n];
    simd::store(row, block[i]);
    for (Index j = 0; j < n; ++j) CHECK(row[j] == static_cast<T>(j * n + i));
  }
}
