// One tile of a product of bf16 against the scalar reference of its exact arithmetic.
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "adatape/core/random.hpp"
#include "adatape/simd/amx_kernel.hpp"
#include "adatape/simd/bf16_packing.hpp"

using namespace adatape;

namespace {

using Step = simd::Bf16Step;
constexpr Index n = simd::lanes<float>;

/// What stands in memory before it is written.
const Step::Left unwritten(std::numeric_limits<float>::quiet_NaN());

/// NaNs count as equal: which of two NaNs a sum keeps differs between instruction sets.
bool same_number(float x, float y) { return (x != x && y != y) || std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y); }

/// `count` floats; with `any_bits` of any class, else of magnitudes from 2^-4 to 2^4.
std::vector<float> random_floats(Index count, std::uint64_t seed, bool any_bits) {
  const Stream random(seed, Purpose::data);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bits = static_cast<std::uint32_t>(random.below(i, std::uint64_t{1} << 32));
    const std::uint32_t exponent = 123 + bits % 8;
    values[i] = std::bit_cast<float>(any_bits ? bits : (bits & 0x807fffffu) | exponent << 23);
  }
  return values;
}

/// Values of `depth` k with the zeros that fill up the last group.
std::size_t in_groups(Index depth) { return static_cast<std::size_t>((depth + simd::bf16_group - 1) / simd::bf16_group * simd::bf16_group); }

/// sum = start + row panel, for one batch of columns.
void multiply(const Step::Left* row, const Bf16* panel, Index depth, Step::Right* buffer, const float* start, float* sum) {
  const auto* const read = simd::read_panel(panel, (depth + 1) / 2, n, buffer);
  simd::TileKernel<Step>().multiply(1, 1, {row, 0, Step::depth, read, Step::depth * n, (depth + Step::depth - 1) / Step::depth, start, 0, sum, 0});
}

/// One row of A and one batch of columns of B, `depth` k.
void check_chain(Index depth, std::uint64_t seed, bool any_bits) {
  CAPTURE(depth);
  CAPTURE(seed);
  const auto a = random_floats(depth, seed, any_bits), b = random_floats(depth * n, seed + 1, any_bits), start = random_floats(n, seed + 2, any_bits);
  std::vector<Bf16> packed(in_groups(depth) * static_cast<std::size_t>(n));
  simd::pack_panel(b.data(), n, Index{1}, depth, n, packed.data());
  std::vector<Step::Left> row(static_cast<std::size_t>(simd::rounded_row(depth)), unwritten);
  simd::round_row(a.data(), Index{1}, depth, row.data());
  float sum[n];
  std::vector<Step::Right> buffer(packed.size());
  multiply(row.data(), packed.data(), depth, buffer.data(), start.data(), sum);
  bool exact = true;
  for (Index j = 0; j < n; ++j) {
    std::vector<Bf16> of_a(in_groups(depth)), of_b(in_groups(depth));
    for (std::size_t k = 0; k < static_cast<std::size_t>(depth); ++k) {
      of_a[k] = simd::scalar::rounded_to_bf16(a[k]);
      of_b[k] = Bf16(b[k * static_cast<std::size_t>(n) + static_cast<std::size_t>(j)]);
    }
    float expected = start[static_cast<std::size_t>(j)];
    for (std::size_t k = 0; k < of_a.size(); k += static_cast<std::size_t>(simd::bf16_group))
      expected = simd::scalar::add_dot_of_group(&of_a[k], &of_b[k], expected);
    exact = exact && same_number(sum[j], expected);
  }
  CHECK(exact);
}

}  // namespace

TEST_CASE("bf16: chains of usual numbers have the bits of the scalar reference") {
  for (Index depth = 0; depth <= 40; ++depth)
    for (std::uint64_t seed = 0; seed < 40; ++seed) check_chain(depth, 10 * seed, false);
  check_chain(1537, 7, false);
}

TEST_CASE("bf16: a group of any bits, subnormal numbers, infinities and NaN among them") {
  for (std::uint64_t seed = 0; seed < 4000; ++seed) check_chain(1 + static_cast<Index>(seed) % simd::bf16_group, 10 * seed + 1, true);
}

TEST_CASE("bf16: subnormal numbers are kept or flushed as documented") {
  const float tiny = 0x1p-127f, subnormal = 0x1p-130f, smallest_normal = std::numeric_limits<float>::min();
  const auto product = [](float a, float b, float start) {
    Step::Left row[simd::rounded_row(1)];
    simd::round_row(&a, Index{1}, Index{1}, row);
    Bf16 packed[simd::bf16_group * n];
    const std::vector<float> of_b{b};
    simd::pack_panel(of_b.data(), Index{1}, Index{1}, Index{1}, Index{1}, packed);
    const std::vector<float> starts(static_cast<std::size_t>(n), start);
    float sum[n];
    Step::Right buffer[2 * n];
    multiply(row, packed, 1, buffer, starts.data(), sum);
    return sum[0];
  };
  const auto kept = [](float x) { return simd::bf16_flushes ? 0.f : x; };
  CHECK(product(tiny, 4.f, 0.f) == kept(4.f * tiny));        // a subnormal value of A
  CHECK(product(4.f, tiny, 0.f) == kept(4.f * tiny));        // of B
  CHECK(product(1.f, 0.f, subnormal) == kept(subnormal));    // a subnormal start
  CHECK(product(smallest_normal, 0.5f, 0.f) == kept(tiny));  // a subnormal result
  CHECK(product(smallest_normal, 1.f, 0.f) == smallest_normal);
}

TEST_CASE("bf16: rounding of A is that of the type") {
  const auto values = random_floats(20000, 3, true);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i + static_cast<std::size_t>(n) <= values.size(); i += static_cast<std::size_t>(n)) {
    Step::Left rounded[simd::rounded_row(n)];
    simd::round_row(values.data() + i, Index{1}, n, rounded);
    for (std::size_t l = 0; l < static_cast<std::size_t>(n); ++l)
      wrong += !same_number(static_cast<float>(rounded[l]), static_cast<float>(simd::scalar::rounded_to_bf16(values[i + l])));
  }
  CHECK(wrong == 0);
}

TEST_CASE("bf16: rows of A that are columns in memory are rounded as other rows are, with zeros behind the last value") {
  const auto values = random_floats(33 * 70, 5, true);
  std::size_t wrong = 0;
  for (const Index rows : {Index{1}, n - 1, n, n + 1, Index{33}})
    for (Index count = 1; count <= 70; ++count) {
      const auto stride = static_cast<std::size_t>((count + 2 * n - 1) / (2 * n) * 2 * n);
      std::vector<Step::Left> found(static_cast<std::size_t>(rows) * stride, unwritten), wanted(stride, unwritten);
      simd::round_columns(values.data(), rows, rows, count, found.data(), static_cast<Index>(stride));
      for (Index i = 0; i < rows; ++i) {
        simd::round_row(values.data() + i, rows, count, wanted.data());
        for (std::size_t k = 0; k < static_cast<std::size_t>(simd::rounded_row(count)); ++k) {
          const auto value = static_cast<float>(found[static_cast<std::size_t>(i) * stride + k]);
          wrong += !same_number(value, static_cast<float>(wanted[k])) || (k >= static_cast<std::size_t>(count) && value != 0);
        }
      }
    }
  CHECK(wrong == 0);
}

TEST_CASE("bf16: panels are packed as the scalar reference packs them") {
  constexpr Index columns = Step::Tile::columns, most = 70;
  const auto values = random_floats(2 * most * most, 4, true);
  std::size_t wrong = 0;
  for (const Index depth : {0, 1, 2, 15, 16, 31, 32, 33, 64, 65, 70})
    for (const Index width : {Index{0}, Index{1}, n - 1, n, n + 1, columns - 1, columns})
      for (const auto [k_stride, col_stride] : {std::array<Index, 2>{most, 1}, {1, most}, {2, most}}) {
        std::vector<Bf16> found(in_groups(depth) * static_cast<std::size_t>(columns), Bf16(9.f)), wanted = found;
        simd::pack_panel(values.data(), k_stride, col_stride, depth, width, found.data());
        simd::scalar::pack_panel(values.data(), k_stride, col_stride, depth, width, wanted.data());
        for (std::size_t i = 0; i < found.size(); ++i) wrong += !same_number(static_cast<float>(found[i]), static_cast<float>(wanted[i]));
      }
  CHECK(wrong == 0);
}
