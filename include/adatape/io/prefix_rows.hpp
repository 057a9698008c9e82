#pragma once
/// The position embeddings that stand before those of the grid of patches: one for each prefix token (class token, distillation token, registers).
#include <array>
#include <numeric>
#include <string_view>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// The tensors of prefix tokens, [1, tokens, D], in the order of the tokens.
inline constexpr std::array<std::string_view, 3> kPrefixTensors{"cls", "dist", "registers"};

/// How many prefix tokens of each kind a model or a file has.
struct PrefixRows {
  std::array<Index, kPrefixTensors.size()> of_kind{};  ///< in the order of kPrefixTensors

  /// All prefix tokens.
  Index count() const { return std::accumulate(of_kind.begin(), of_kind.end(), Index{0}); }
  bool operator==(const PrefixRows&) const = default;
};

/// tokens(name) is the number of tokens of the tensor called so, 0 where there is none.
template <class Tokens>
PrefixRows prefix_rows(const Tokens& tokens) {
  PrefixRows rows;
  for (std::size_t kind = 0; kind < kPrefixTensors.size(); ++kind) rows.of_kind[kind] = tokens(kPrefixTensors[kind]);
  return rows;
}

}  // namespace adatape::io
