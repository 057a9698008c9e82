#pragma once
/// TDPBF16PS and TDPBUSD of AMX, after the operations in Intel's manual.
#include "byte_products.hpp"
#include "tile_registers.hpp"

namespace emulated {

/// C += A B of three registers. A word of A holds the values of some adjacent k, and row k of B holds them for each column.
struct TileOperands {
  Tile& c;
  const Tile& a;
  const Tile& b;
};

/// The registers of a product, if their sizes fit: C [m, n], A [m, k], B [k, n] in words.
template <int c, int a, int b>
TileOperands operands(const char* instruction) {
  static_assert(c != a && a != b && c != b, "#UD: the registers of a product are three");
  const TileOperands of{tile<c>(instruction), tile<a>(instruction), tile<b>(instruction)};
  demand(of.c.row_bytes % 4 == 0 && of.a.row_bytes % 4 == 0 && of.b.row_bytes % 4 == 0, instruction, "#UD: a row is no whole number of words");
  demand(of.c.rows == of.a.rows && of.a.row_bytes / 4 == of.b.rows && of.c.row_bytes == of.b.row_bytes, instruction, "#UD: the sizes of the registers ", c,
         ", ", a, " and ", b, " do not fit");
  return of;
}

[[gnu::noinline]] inline void multiply_bf16(const TileOperands& of) {
  const FlushingMode mode;
  for (int m = 0; m < of.c.rows; ++m) {
    __m512 even = _mm512_setzero_ps(), odd = even;
    for (int k = 0; k < of.b.rows; ++k) {
      const Words pair = Words{} + of.a.row[m][k];
      even = add_product(lower_values(pair), lower_values(of.b.row[k]), even);
      odd = add_product(upper_values(pair), upper_values(of.b.row[k]), odd);
    }
    const __m512 sum = add(std::bit_cast<__m512>(of.c.row[m]), add(even, odd));
    of.c.write(m, &sum);
  }
}

[[gnu::noinline]] inline void multiply_bytes(const TileOperands& of) {
  for (int m = 0; m < of.c.rows; ++m) {
    Words sum = of.c.row[m];
    for (int k = 0; k < of.b.rows; ++k) sum = add_products_of_bytes<Words>(sum, Words{} + of.a.row[m][k], of.b.row[k]);
    of.c.write(m, &sum);
  }
}

template <int c, int a, int b>
void tdpbf16ps() {
  multiply_bf16(operands<c, a, b>("TDPBF16PS"));
}
template <int c, int a, int b>
void tdpbusd() {
  multiply_bytes(operands<c, a, b>("TDPBUSD"));
}

}  // namespace emulated
