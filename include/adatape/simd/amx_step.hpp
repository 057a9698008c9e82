#pragma once
/// Intel's AMX: steps of the kernel that multiply whole tiles of A and B. A tile register holds up to 16 rows of 64 bytes.
#include "adatape/core/bf16.hpp"
#include "adatape/simd/gemm_tile.hpp"

#if defined(ADATAPE_AMX)
#include <sys/syscall.h>
#include <unistd.h>

#include "adatape/core/error.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::simd {

/// The sizes of the kernel of AMX: two by two tiles of C. The blocks around them are as large as those of float.
struct AmxTile : GemmTile<float> {
  static constexpr int rows = 32, vectors = 2, most_rows = rows;
  static constexpr Index columns = vectors * lanes<float>;
};

/// A step takes 64 bytes of k: for each row of A `depth` adjacent values, for each column of B `depth` values, in groups of `packed` adjacent values. The
/// groups of one k and of adjacent columns are adjacent.
struct AmxBf16Step {
  using Scalar = float;
  using Left = Bf16;
  using Right = Bf16;
  using Tile = AmxTile;
  static constexpr int depth = 32, packed = 2;
};
struct AmxInt8Step {
  using Scalar = std::int32_t;
  using Left = std::uint8_t;
  using Right = std::int8_t;
  using Tile = AmxTile;
  static constexpr int depth = 64, packed = 4;
};

template <class Step>
inline constexpr bool is_amx_step = std::is_same_v<Step, AmxBf16Step> || std::is_same_v<Step, AmxInt8Step>;

/// Asks Linux once in a process for the registers of AMX, which a process does not have at its start. Throws Error where Linux refuses.
inline void require_amx() {
  constexpr long request_permission = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA: Documentation/arch/x86/xstate.rst of Linux
  static const bool granted = syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
  require(granted,
          "products of bf16 and int8: this program was compiled for AMX. Wanted its registers from the system, found that it refuses them. Compile with "
          "-mno-amx-tile");
}

}  // namespace adatape::simd
#endif
