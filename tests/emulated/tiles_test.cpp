// The emulated tile registers of AMX: what they compute, and what they refuse as the CPU does.
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <thread>
#include <vector>

#include "adatape/simd/amx_kernel.hpp"

namespace {

/// What LDTILECFG reads. As the library's, but any register may have any size.
struct Configuration {
  std::array<unsigned char, 64> bytes{1};
  Configuration& set(std::size_t tile, int rows, int row_bytes) {
    bytes[48 + tile] = static_cast<unsigned char>(rows);
    bytes[16 + 2 * tile] = static_cast<unsigned char>(row_bytes % 256);
    bytes[17 + 2 * tile] = static_cast<unsigned char>(row_bytes / 256);
    return *this;
  }
  void load() const { _tile_loadconfig(bytes.data()); }
};

/// Releases the registers at the end of a test.
struct Release {
  ~Release() { _tile_release(); }
};

}  // namespace

#define CHECK_FAULT(message, ...) CHECK_THROWS_WITH_AS(__VA_ARGS__, doctest::Contains(message), emulated::Fault)

TEST_CASE("emulated AMX: a configuration that the CPU refuses") {
  const Release at_end;
  CHECK_NOTHROW(Configuration().set(0, 16, 64).set(7, 1, 4).load());
  for (const auto& [rows, row_bytes] : {std::array<int, 2>{17, 64}, {16, 65}, {1, 0}, {0, 4}, {1, 256}})
    CHECK_FAULT("emulated LDTILECFG: #GP: register 3 cannot have", Configuration().set(3, rows, row_bytes).load());
  for (const std::size_t reserved : {2u, 15u, 32u, 47u, 56u, 63u}) {
    Configuration with_bits;
    with_bits.bytes[reserved] = 1;
    CHECK_FAULT("is not 0", with_bits.load());
  }
  Configuration other_palette;
  other_palette.bytes[0] = 2;
  CHECK_FAULT("there is no palette 2", other_palette.load());
}

TEST_CASE("emulated AMX: registers are configured before they are used, in each thread, and hold 0 then") {
  const Release at_end;
  std::array<float, 16> values{}, zeros{};
  _tile_release();
  CHECK_FAULT("emulated TILELOADD: #UD: register 0 is not configured", _tile_loadd(0, values.data(), 64));
  Configuration().set(0, 1, 64).load();
  CHECK_NOTHROW(_tile_loadd(0, values.data(), 64));
  CHECK_FAULT("emulated TILESTORED: #UD: register 1 is not configured", _tile_stored(1, values.data(), 64));
  CHECK_FAULT("emulated TDPBUSD: #UD: register 1 is not configured", _tile_dpbusd(0, 1, 2));
  std::thread([&] { CHECK_FAULT("register 0 is not configured", _tile_loadd(0, values.data(), 64)); }).join();
  values.fill(5);
  _tile_loadd(0, values.data(), 64);
  Configuration().set(0, 1, 64).load();
  _tile_stored(0, values.data(), 64);
  CHECK(values == zeros);
  Configuration none;
  none.bytes[0] = 0;
  none.load();
  CHECK_FAULT("register 0 is not configured", _tile_stored(0, values.data(), 64));
}

TEST_CASE("emulated AMX: factors whose sizes do not fit") {
  const Release at_end;
  const auto product = [](int c_rows, int c_bytes, int a_rows, int a_bytes, int b_rows, int b_bytes) {
    Configuration().set(0, c_rows, c_bytes).set(1, a_rows, a_bytes).set(2, b_rows, b_bytes).load();
    _tile_dpbf16ps(0, 1, 2);
  };
  CHECK_NOTHROW(product(3, 20, 3, 8, 2, 20));
  for (const auto& s : {std::array<int, 6>{3, 20, 4, 8, 2, 20}, {3, 20, 3, 12, 2, 20}, {3, 20, 3, 8, 2, 24}})
    CHECK_FAULT("emulated TDPBF16PS: #UD: the sizes of the registers 0, 1 and 2 do not fit", product(s[0], s[1], s[2], s[3], s[4], s[5]));
  CHECK_FAULT("no whole number of words", product(3, 18, 3, 8, 2, 18));
}

TEST_CASE("emulated AMX: products of small tiles change their own bytes only") {
  const Release at_end;
  constexpr std::size_t row = 16;  // floats, of which 3 belong to the tile
  Configuration().set(0, 2, 12).set(1, 2, 8).set(2, 2, 12).load();
  const auto bf16 = [](float x) { return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16); };
  std::array<std::uint16_t, 8> a{};   // [2, 4]
  std::array<std::uint16_t, 12> b{};  // [4 / 2, 3, 2]
  std::vector<float> c(2 * row, 0.5f), wanted = c;
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t k = 0; k < 4; ++k) a[4 * i + k] = bf16(static_cast<float>(1 + i + 2 * k));
  for (std::size_t k = 0; k < 4; ++k)
    for (std::size_t j = 0; j < 3; ++j) b[(k / 2 * 3 + j) * 2 + k % 2] = bf16(static_cast<float>(k) - 3 * static_cast<float>(j));
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 4; ++k) wanted[row * i + j] += static_cast<float>(1 + i + 2 * k) * (static_cast<float>(k) - 3 * static_cast<float>(j));
  _tile_loadd(0, c.data(), row * sizeof(float));
  _tile_loadd(1, a.data(), 8);
  _tile_loadd(2, b.data(), 12);
  _tile_dpbf16ps(0, 1, 2);
  _tile_stored(0, c.data(), row * sizeof(float));
  CHECK(c == wanted);

  std::array<unsigned char, 16> left{};
  std::array<signed char, 24> right{};  // [8 / 4, 3, 4]
  left.fill(255), right.fill(-128);
  std::array<std::uint32_t, 6> sums{1, 2, 3, 0x80000000u, 5, 6};
  const auto before = sums;
  _tile_loadd(0, sums.data(), 12);
  _tile_loadd(1, left.data(), 8);
  _tile_loadd(2, right.data(), 12);
  _tile_dpbusd(0, 1, 2);
  _tile_stored(0, sums.data(), 12);
  for (std::size_t i = 0; i < sums.size(); ++i) CHECK(sums[i] == before[i] - 8u * 255u * 128u);
}

TEST_CASE("emulated AMX: the system grants the registers, and answers all else") {
  CHECK_NOTHROW(adatape::simd::require_amx());
  CHECK(syscall(SYS_getpid) == getpid());
}
