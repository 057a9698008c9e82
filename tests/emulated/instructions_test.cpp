// The emulated instructions on vectors against their definitions, and against those of the CPU where it has them.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "adatape/core/random.hpp"

namespace {

constexpr std::size_t word_count = 16;
using Lanes = std::array<std::uint32_t, word_count>;

/// Words of any bits.
Lanes random_words(std::uint64_t seed) {
  const adatape::Stream random(seed, adatape::Purpose::data);
  Lanes words;
  for (std::size_t l = 0; l < words.size(); ++l) words[l] = static_cast<std::uint32_t>(random.below(l, std::uint64_t{1} << 32));
  return words;
}
template <class To, class From>
To first_bytes(const From& from) {
  static_assert(sizeof(To) <= sizeof(From));
  To to;
  std::memcpy(static_cast<void*>(&to), &from, sizeof to);
  return to;
}

std::uint16_t bits_of_bf16(float x) {
  const std::vector<float> values(16, x);
  return first_bytes<std::uint16_t>(_mm512_cvtneps_pbh(_mm512_loadu_ps(values.data())));
}

/// The same pair in all lanes.
__m512bh pairs(float lower, float upper) {
  Lanes words;
  words.fill(static_cast<std::uint32_t>(bits_of_bf16(lower)) | static_cast<std::uint32_t>(bits_of_bf16(upper)) << 16);
  return first_bytes<__m512bh>(words);
}

// A name in brackets is not the macro that emulates, but the compiler's intrinsic.
[[gnu::target("avx512vnni")]] __m512i vpdpbusd_of_cpu(__m512i sum, __m512i a, __m512i b) { return (_mm512_dpbusd_epi32)(sum, a, b); }
[[gnu::target("avx512bf16")]] __m512 vdpbf16ps_of_cpu(__m512 sum, __m512bh a, __m512bh b) { return (_mm512_dpbf16_ps)(sum, a, b); }
[[gnu::target("avx512bf16")]] __m512bh vcvtne2ps2bf16_of_cpu(__m512 upper, __m512 lower) { return (_mm512_cvtne2ps_pbh)(upper, lower); }

}  // namespace

TEST_CASE("emulated VPDPBUSD: four products of bytes, of which the second has a sign, in sums that wrap around") {
  const bool of_cpu = __builtin_cpu_supports("avx512vnni");
  MESSAGE("compared with the CPU's own VPDPBUSD: ", of_cpu);
  for (std::uint64_t seed = 0; seed < 3000; seed += 3) {
    const auto sum = random_words(seed), a = random_words(seed + 1), b = random_words(seed + 2);
    const auto as_integers = [](const Lanes& words) { return first_bytes<__m512i>(words); };
    const __m512i result = _mm512_dpbusd_epi32(as_integers(sum), as_integers(a), as_integers(b));
    const auto half = [](const Lanes& words) { return first_bytes<__m256i>(words); };
    const auto found = first_bytes<Lanes>(result);
    const auto found_in_half = first_bytes<std::array<std::uint32_t, 8>>(emulated::vpdpbusd(half(sum), half(a), half(b)));
    Lanes wanted = sum;
    for (std::size_t l = 0; l < word_count; ++l)
      for (int byte = 0; byte < 4; ++byte)
        wanted[l] += static_cast<std::uint32_t>(static_cast<std::uint8_t>(a[l] >> 8 * byte) * static_cast<std::int8_t>(b[l] >> 8 * byte));
    CHECK(found == wanted);
    CHECK(found_in_half == first_bytes<std::array<std::uint32_t, 8>>(wanted));
    if (of_cpu) CHECK(found == first_bytes<Lanes>(vpdpbusd_of_cpu(as_integers(sum), as_integers(a), as_integers(b))));
  }
}

TEST_CASE("emulated VCVTNEPS2BF16: nearest even, no subnormal numbers, quiet NaN") {
  CHECK(bits_of_bf16(1.f) == 0x3f80);
  CHECK(bits_of_bf16(0x1.01p0f) == 0x3f80);       // halfway: to the even one
  CHECK(bits_of_bf16(0x1.03p0f) == 0x3f82);       // halfway: to the even one
  CHECK(bits_of_bf16(0x1.010002p0f) == 0x3f81);   // above halfway
  CHECK(bits_of_bf16(-0x1.00fffep0f) == 0xbf80);  // below halfway
  CHECK(bits_of_bf16(0x1.ffp127f) == 0x7f80);     // becomes infinite
  CHECK(bits_of_bf16(-std::numeric_limits<float>::infinity()) == 0xff80);
  CHECK(bits_of_bf16(std::numeric_limits<float>::min()) == 0x0080);
  CHECK(bits_of_bf16(-0x1.fffffcp-127f) == 0x8000);  // the largest subnormal number
  CHECK(bits_of_bf16(0.f) == 0);
  CHECK(bits_of_bf16(first_bytes<float>(std::uint32_t{0xff800001})) == 0xffc0);  // a signalling NaN
}

TEST_CASE("emulated VCVTNE2PS2BF16: the second operand comes first") {
  const auto values = _mm512_cvtne2ps_pbh(_mm512_set1_ps(2), _mm512_set1_ps(1));
  const auto found = first_bytes<std::array<std::uint16_t, 32>>(values);
  for (std::size_t l = 0; l < 32; ++l) CHECK(found[l] == (l < 16 ? 0x3f80 : 0x4000));
}

TEST_CASE("emulated VDPBF16PS: the upper pair first, subnormal numbers as 0, whatever MXCSR says") {
  const auto dot = [](float sum, float a0, float a1, float b0, float b1) {
    return first_bytes<float>(_mm512_dpbf16_ps(_mm512_set1_ps(sum), pairs(a0, a1), pairs(b0, b1)));
  };
  const unsigned before = _mm_getcsr();
  for (const unsigned mode : {before, before | 0x2000, before | 0x4000, before | 0x8040}) {  // to nearest, down, up, flushing
    _mm_setcsr(mode);
    CHECK(dot(1, 2, 3, 5, 7) == 32);
    CHECK(dot(0x1p24f, 1, 1, 1, 1) == 0x1p24f);  // twice a tie, which goes to the even one
    CHECK(dot(0x1p60f, 1, 0x1p30f, 1, -0x1p30f) == 1);
    CHECK(dot(1, 0x1p30f, 0x1p30f, 0x1p30f, -0x1p30f) == 0);  // 1 - 2^60 + 2^60: the upper pair was first
    CHECK(std::isnan(dot(0, 0, std::numeric_limits<float>::infinity(), 1, 0)));
    CHECK(_mm_getcsr() == (mode | (_mm_getcsr() & 0x3f)));
  }
  _mm_setcsr(before);
  CHECK(dot(0x1p-130f, 0, 0, 0, 0) == 0);
  CHECK(dot(0, 0x1p-100f, 0, 0x1p-30f, 0) == 0);
  CHECK(std::signbit(dot(-0x1p-130f, 0, 0, -0.f, -0.f)));
  CHECK(dot(0x1p-126f, -0x1.8p-76f, 0, 0x1p-75f, 0) == 0);        // 24 bits below 2^-126 do not reach it
  CHECK(dot(0x1p-126f, -0x1p-76f, 0, 0x1p-75f, 0) == 0x1p-126f);  // halfway: to the even one
}

TEST_CASE("emulated AVX512-BF16: equal to the CPU's own") {
  if (!__builtin_cpu_supports("avx512bf16")) {
    MESSAGE("left out: this CPU has no AVX512-BF16");
    return;
  }
  const auto numbers = [](const Lanes& words) {  // which NaN a sum keeps is not compared
    auto result = words;
    for (auto& word : result)
      if ((word & 0x7fffffff) > 0x7f800000) word = 0x7fc00000;
    return result;
  };
  for (const float factor : {-0x1p-76f, -0x1.8p-76f, -0x1p-75f}) {  // just below the smallest normal number (simd/bf16_step.hpp)
    const auto sum = _mm512_set1_ps(0x1p-126f);
    const auto a = pairs(factor, 0), b = pairs(0x1p-75f, 0);
    CHECK(first_bytes<float>(_mm512_dpbf16_ps(sum, a, b)) == first_bytes<float>(vdpbf16ps_of_cpu(sum, a, b)));
  }
  for (std::uint64_t seed = 0; seed < 30000; seed += 3) {
    const auto sum = random_words(seed), a = random_words(seed + 1), b = random_words(seed + 2);
    const auto of_sum = first_bytes<__m512>(sum), of_a = first_bytes<__m512>(a);
    const auto pairs_a = first_bytes<__m512bh>(a), pairs_b = first_bytes<__m512bh>(b);
    CHECK(numbers(first_bytes<Lanes>(_mm512_dpbf16_ps(of_sum, pairs_a, pairs_b))) == numbers(first_bytes<Lanes>(vdpbf16ps_of_cpu(of_sum, pairs_a, pairs_b))));
    CHECK(first_bytes<Lanes>(_mm512_cvtne2ps_pbh(of_sum, of_a)) == first_bytes<Lanes>(vcvtne2ps2bf16_of_cpu(of_sum, of_a)));
  }
}
