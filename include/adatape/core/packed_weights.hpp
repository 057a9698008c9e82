#pragma once
/// Packed weights in one piece of memory, without pointers: another process can use them where they are, from a file for instance (io/packed.hpp).
///
/// pack_weights takes the same from its arena for all parameters of a layer. So a second call, on an arena that is filled with what the first call wrote
/// (Arena::keep), gives the same views, and neither reads parameters nor writes. This needs two things of every layer:
///  - pack_weights takes what stays from its arena by Arena::keep, as copy_values does.
///  - PackedWeights holds views of the arena, and no value of the parameters itself.
#include <bit>
#include <cstring>

#include "adatape/core/parameters.hpp"
#include "adatape/core/stored.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

namespace detail {

/// A NaN that no computation makes.
template <class T>
constexpr T marked_nan() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "packed weights: T must be float or double");
  if constexpr (std::is_same_v<T, float>)
    return std::bit_cast<float>(0x7fe5a5a5u);
  else
    return std::bit_cast<double>(0x7ffc5a5aa5a5a5a5u);
}

/// Whether one of the values at `bytes` is marked_nan<T>().
template <class T>
bool has_marked_nan(std::span<const std::byte> bytes) {
  constexpr T mark = marked_nan<T>();
  for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T))
    if (std::memcmp(bytes.data() + i, &mark, sizeof(T)) == 0) return true;
  return false;
}

/// Throws Error if PackedWeights of L hold values of the parameters. `packed` are the contents of packed weights.
template <class L, class T, class Stored>
void require_views_only(std::span<const std::byte> packed) {
  Pages copy(std::max<std::size_t>(packed.size(), 1));
  std::ranges::copy(packed, copy.data());
  Arena filled(std::move(copy));
  Parameters<L, T> marked;
  std::ranges::fill(marked.flat(), marked_nan<T>());
  const auto weights = pack_weights_as<L, T, Stored>(*marked, filled);
  require(!has_marked_nan<T>(std::as_bytes(std::span(&weights, 1))),
          "packed weights: wanted layers whose PackedWeights are views of the arena, found one that holds values of the parameters");
}

}  // namespace detail

/// The packed weights in an arena that is filled with them. Throws Error where its contents are too small, std::bad_alloc if there is no memory.
template <class L, class T, class Stored>
packed_weights_as<L, T, Stored> packed_weights_in(Arena& filled) {
  using Tree = typename L::template Params<T>;
  const Pages unread(sizeof(Tree));  // addresses only: pages that nobody touches take no memory
  return pack_weights_as<L, T, Stored>(*reinterpret_cast<const Tree*>(unread.data()), filled);
}

/// An arena of one block whose contents() are the packed weights of L, dense kernels stored as Stored. An Arena made of a copy of these bytes is filled with
/// them. Equal parameters give equal bytes. Throws Error if the parameters were moved from or a layer does not keep to the rules above, std::bad_alloc if there
/// is no memory.
template <class L, class T, class Stored>
Arena pack_in_one_piece(const Parameters<L, T>& parameters) {
  Arena arena;
  (void)pack_weights_as<L, T, Stored>(*parameters, arena);
  arena.reset();  // merges the blocks
  (void)pack_weights_as<L, T, Stored>(*parameters, arena);
  require(arena.kept() == arena.in_use(), "packed weights: wanted layers that take all of their ", arena.in_use(), " bytes by Arena::keep, found ",
          arena.kept(), " such bytes");
  detail::require_views_only<L, T, Stored>(arena.contents());
  return arena;
}

}  // namespace adatape
