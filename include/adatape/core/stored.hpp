#pragma once
/// The type in which inference stores weights, apart from the type T of activations and sums.
///
/// A layer or a model that can store its weights as something else than T has
///     template <class T, class Stored = T> struct PackedWeights;
///     pack_weights(params, arena, StoredAs<Stored>) -> PackedWeights<T, Stored>      Stored is T where the argument is left out
/// Stored is the type of the kernels of dense layers. Everything else that is packed stays T: biases, LayerNorm, class tokens, positions, banks, the keys and
/// the queries of the reader, and all that comes before the first read of a tape, so that it reads what it reads with kernels of T. A layer without this
/// pack_weights keeps all its weights as T, whatever Stored is.
#include <cstdint>
#include <string_view>

#include "adatape/core/arena.hpp"
#include "adatape/core/bf16.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// An argument that names a type.
template <class Stored>
struct StoredAs {};

/// The name of a type of stored values in files and flags: "f32", "f64", "bf16" or "int8".
template <class T>
constexpr std::string_view storage_name() {
  static_assert((std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, Bf16> || std::is_same_v<T, std::int8_t>),
                "storage_name: values are stored as float, double, Bf16 or std::int8_t");
  if (std::is_same_v<T, float>) return "f32";
  if (std::is_same_v<T, double>) return "f64";
  return std::is_same_v<T, Bf16> ? "bf16" : "int8";
}

/// Whether L, packed from parameters of type T, can store weights as Stored.
template <class L, class T, class Stored>
concept Stores = requires(const typename L::template Params<T>& params, Arena& arena) {
  { L::pack_weights(params, arena, StoredAs<Stored>{}) } -> std::same_as<typename L::template PackedWeights<T, Stored>>;
};

/// The type in which a model stores what comes before its first read: T where it reads, because the query of the read comes from there.
template <bool reads, class T, class Stored>
using StoredBeforeRead = std::conditional_t<reads, T, Stored>;

namespace detail {

template <class L, class T, class Stored>
struct PackedAs {
  using type = typename L::template PackedWeights<T>;
};
template <class L, class T, class Stored>
requires(!std::is_same_v<T, Stored> && Stores<L, T, Stored>) struct PackedAs<L, T, Stored> {
  using type = typename L::template PackedWeights<T, Stored>;
};

}  // namespace detail

/// The packed weights of L where dense kernels are stored as Stored.
template <class L, class T, class Stored>
using packed_weights_as = typename detail::PackedAs<L, T, Stored>::type;

/// Packs the weights of L. The result views memory of the arena; the parameters may be destroyed afterwards. Throws std::bad_alloc if there is no memory.
template <class L, class T, class Stored>
packed_weights_as<L, T, Stored> pack_weights_as(const typename L::template Params<T>& params, Arena& arena) {
  if constexpr (std::is_same_v<T, Stored> || !Stores<L, T, Stored>)
    return L::pack_weights(params, arena);
  else
    return L::pack_weights(params, arena, StoredAs<Stored>{});
}

}  // namespace adatape
