#pragma once
/// The tile registers of AMX, those of one thread, with LDTILECFG, TILERELEASE, TILELOADD and TILESTORED after the operations in Intel's manual (palette 1).
#include <cstddef>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "bf16_arithmetic.hpp"

namespace emulated {

/// An exception of the CPU: #UD or #GP. It ends a program by a signal. Here it is thrown, so it fails the test with its message.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// Throws a Fault of the pieces unless the condition holds.
template <class... Pieces>
void demand(bool condition, const char* instruction, const Pieces&... pieces) {
  if (condition) return;
  std::ostringstream message;
  message << "emulated " << instruction << ": ";
  (message << ... << pieces);
  throw Fault(message.str());
}

/// A tile register. A register without rows is not configured. Bytes behind the configured ones are 0.
struct Tile {
  static constexpr int most_rows = 16, most_row_bytes = 64;

  Words row[most_rows] = {};
  int rows = 0, row_bytes = 0;

  /// Writes the configured bytes of row r.
  void write(int r, const void* from) {
    row[r] = Words{};
    std::memcpy(&row[r], from, static_cast<std::size_t>(row_bytes));
  }
};

/// The registers of a thread. Without a configuration, as at the start of a thread, none is configured.
inline constexpr int tile_count = 8;
inline thread_local Tile tiles[tile_count];

/// Register `number`, for an instruction that wants it configured.
template <int number>
Tile& tile(const char* instruction) {
  static_assert(0 <= number && number < tile_count, "AMX has the tile registers 0 to 7");
  demand(tiles[number].rows > 0, instruction, "#UD: register ", number, " is not configured");
  return tiles[number];
}

inline void tilerelease() {
  for (Tile& each : tiles) each = Tile();
}

/// `memory`: 64 bytes. 0: palette. 1: the row where an interrupted load goes on. 2 to 15: 0. 16 to 31: the bytes of a row of each register, in 16 bits. 48 to
/// 55: the rows of each register. All other bytes are 0.
inline void ldtilecfg(const void* memory) {
  constexpr auto name = "LDTILECFG";
  unsigned char bytes[64];
  std::memcpy(bytes, memory, sizeof bytes);
  Tile configured[tile_count];
  if (bytes[0] != 0) {  // palette 0 releases the registers
    demand(bytes[0] == 1, name, "#GP: there is no palette ", int{bytes[0]});
    demand(bytes[1] == 0, name, "a start at another row than 0 is not emulated");
    for (int i = 2; i < 64; ++i)
      if (i < 16 || (i >= 32 && i < 48) || i >= 56) demand(bytes[i] == 0, name, "#GP: byte ", i, " is not 0");
    for (int t = 0; t < tile_count; ++t) {
      Tile& each = configured[t];
      each.row_bytes = bytes[16 + 2 * t] + 256 * bytes[17 + 2 * t];
      each.rows = bytes[48 + t];
      demand(each.row_bytes <= Tile::most_row_bytes && each.rows <= Tile::most_rows && (each.row_bytes == 0) == (each.rows == 0), name, "#GP: register ", t,
             " cannot have ", each.rows, " rows of ", each.row_bytes, " bytes");
    }
  }
  for (int t = 0; t < tile_count; ++t) tiles[t] = configured[t];
}

/// Reads the rows of a register, which begin `stride` bytes apart.
template <int number>
void tileloadd(const void* base, std::ptrdiff_t stride) {
  Tile& to = tile<number>("TILELOADD");
  for (int r = 0; r < to.rows; ++r) to.write(r, static_cast<const char*>(base) + r * stride);
}

/// Writes the rows of a register, which begin `stride` bytes apart.
template <int number>
void tilestored(void* base, std::ptrdiff_t stride) {
  const Tile& from = tile<number>("TILESTORED");
  for (int r = 0; r < from.rows; ++r) std::memcpy(static_cast<char*>(base) + r * stride, &from.row[r], static_cast<std::size_t>(from.row_bytes));
}

}  // namespace emulated
