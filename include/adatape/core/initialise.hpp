#pragma once
/// Initial values of parameters. Every tensor has a random stream of its own, whose key is the seed and the name of the tensor. So adding a layer changes the
/// initial values of no other layer.
#include <cmath>
#include <string_view>

#include "adatape/core/parameters.hpp"
#include "adatape/core/random.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

namespace detail {

/// FNV-1a of the name, folded to the 28 bits that Stream uses of a site.
constexpr std::uint32_t name_hash(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return (hash ^ (hash >> 28)) & 0xfffffffu;
}

}  // namespace detail

/// Sets every value of every tensor as the Init of the tensor says: a constant, sqrt(variance) z or sqrt(3 variance) (2 u - 1), with z standard normal and u
/// uniform in (0, 1). Draws are in double and rounded to T. Throws Error if the parameters were moved from.
template <class Layer, class T>
void initialise(Parameters<Layer, T>& parameters, std::uint64_t seed) {
  for (const LayoutEntry& entry : parameters.layout()) {
    const Stream stream(seed, Purpose::initialise, 0, 0, detail::name_hash(entry.name()));
    const double stddev = std::sqrt(entry.init.variance);
    std::uint64_t index = 0;
    for (T& value : parameters.values(entry)) {
      switch (entry.init.kind) {
        case Init::Kind::constant: value = static_cast<T>(entry.init.value); break;
        case Init::Kind::normal: value = static_cast<T>(stddev * stream.normal(index)); break;
        case Init::Kind::uniform: value = static_cast<T>(stddev * std::sqrt(3.0) * (2 * stream.uniform(index) - 1)); break;
      }
      ++index;
    }
  }
}

}  // namespace adatape
