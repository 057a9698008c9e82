#include "adatape/io/float16.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>

#include "adatape/core/bf16.hpp"

using adatape::Bf16;
using adatape::io::Float16;

namespace {

template <class Half>
Half half_of(std::uint32_t bits) {
  Half half;
  half.bits = static_cast<std::uint16_t>(bits);
  return half;
}
template <class Half>
float value_of(std::uint32_t bits) {
  return static_cast<float>(half_of<Half>(bits));
}

/// Every value comes back, and between two neighbours a float goes to the nearer, from the middle to the even one.
template <class Half>
void check_rounding(std::uint32_t infinity) {
  std::size_t wrong = 0;
  for (const std::uint32_t sign : {0u, 0x8000u})
    for (std::uint32_t low = 0; low < infinity; ++low) {
      const std::uint32_t high = low + 1;
      const float a = value_of<Half>(sign | low);
      wrong += Half(a).bits != (sign | low);
      if (high == infinity) continue;
      const float b = value_of<Half>(sign | high);
      const auto middle = static_cast<float>((static_cast<double>(a) + static_cast<double>(b)) / 2);
      wrong += Half(middle).bits != (sign | (low % 2 == 0 ? low : high));
      wrong += Half(std::nextafter(middle, a)).bits != (sign | low);
      wrong += Half(std::nextafter(middle, b)).bits != (sign | high);
    }
  CHECK(wrong == 0);
}

template <class Half>
void check_specials(std::uint32_t infinity) {
  const float inf = std::numeric_limits<float>::infinity();
  CHECK(Half(inf).bits == infinity);
  CHECK(Half(-inf).bits == (0x8000u | infinity));
  CHECK(value_of<Half>(infinity) == inf);
  CHECK(value_of<Half>(0x8000u | infinity) == -inf);
  CHECK(Half(-0.0f).bits == 0x8000u);
  CHECK(std::signbit(value_of<Half>(0x8000u)));
  std::size_t wrong = 0;
  for (std::uint32_t bits = infinity + 1; bits < 0x8000u; ++bits) wrong += !std::isnan(value_of<Half>(bits)) + !std::isnan(value_of<Half>(0x8000u | bits));
  for (const std::uint32_t nan : {0x7f800001u, 0x7fbfffffu, 0x7fc00000u, 0x7fffffffu, 0xff800001u, 0xffffffffu})
    wrong += !std::isnan(static_cast<float>(Half(std::bit_cast<float>(nan))));
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("Float16: all values match the definition of binary16") {
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits < 0x7c00u; ++bits) {
    const int exponent = static_cast<int>(bits >> 10), fraction = static_cast<int>(bits & 0x3ffu);
    const float expected = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24) : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
    wrong += value_of<Float16>(bits) != expected;
    wrong += value_of<Float16>(bits | 0x8000u) != -expected;
  }
  CHECK(wrong == 0);
}

TEST_CASE("Float16: rounding to nearest even, infinities, NaN") {
  check_rounding<Float16>(0x7c00u);
  check_specials<Float16>(0x7c00u);
  CHECK(Float16(65504.0f).bits == 0x7bffu);
  CHECK(Float16(std::nextafter(65520.0f, 0.0f)).bits == 0x7bffu);
  CHECK(Float16(65520.0f).bits == 0x7c00u);
  CHECK(Float16(1e30f).bits == 0x7c00u);
  CHECK(Float16(0x1p-24f).bits == 1);
  CHECK(Float16(0x1p-25f).bits == 0);
  CHECK(Float16(std::nextafter(0x1p-25f, 1.0f)).bits == 1);
  CHECK(Float16(std::numeric_limits<float>::denorm_min()).bits == 0);
}

TEST_CASE("Bf16: rounding to nearest even, subnormals, infinities, NaN") {
  check_rounding<Bf16>(0x7f80u);
  check_specials<Bf16>(0x7f80u);
  CHECK(value_of<Bf16>(0x3f80u) == 1.0f);
  CHECK(value_of<Bf16>(0x0001u) == 0x1p-133f);
  CHECK(Bf16(std::numeric_limits<float>::max()).bits == 0x7f80u);
  CHECK(Bf16(0x1.ffp127f).bits == 0x7f80u);
  CHECK(Bf16(std::nextafter(0x1.ffp127f, 0.0f)).bits == 0x7f7fu);
  CHECK(Bf16(std::numeric_limits<float>::denorm_min()).bits == 0);
}

TEST_CASE("Bf16: all 65536 values come back; a signalling NaN comes back quiet") {
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits <= 0xffffu; ++bits) {
    const bool is_nan = (bits & 0x7fffu) > 0x7f80u;
    wrong += Bf16(value_of<Bf16>(bits)).bits != (is_nan ? bits | 0x40u : bits);
  }
  CHECK(wrong == 0);
}
