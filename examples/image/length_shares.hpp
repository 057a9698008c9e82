#pragma once
/// Which images stand for many, where tape lengths differ.
#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "adatape/core/types.hpp"

namespace adatape::examples {

/// At most `count` positions in `lengths`, in order of length. Every length that occurs gets an equal share, as far as it has images, spread evenly over them.
inline std::vector<std::size_t> equal_shares(std::span<const Index> lengths, Index count) {
  std::map<Index, std::vector<std::size_t>> of_length;
  for (std::size_t i = 0; i < lengths.size(); ++i) of_length[lengths[i]].push_back(i);
  std::map<Index, std::size_t> share;
  for (std::size_t left = std::min(static_cast<std::size_t>(count), lengths.size()); left > 0;)
    for (const auto& [length, images] : of_length)
      if (left > 0 && share[length] < images.size()) {
        ++share[length];
        --left;
      }
  std::vector<std::size_t> out;
  for (const auto& [length, images] : of_length)
    for (std::size_t i = 0; i < share[length]; ++i) out.push_back(images[i * images.size() / share[length]]);
  return out;
}

}  // namespace adatape::examples
