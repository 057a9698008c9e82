#pragma once
/// Where in an encoder a tensor belongs, told by its name.
#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string_view>

#include "adatape/core/error.hpp"
#include "adatape/core/layout.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

namespace detail {

/// Whether a part of a name between slashes is `prefix` and a number, and then that number.
inline std::optional<int> number_behind(std::string_view part, std::string_view prefix) {
  int number = 0;
  if (!part.starts_with(prefix)) return std::nullopt;
  const auto [end, error] = std::from_chars(part.data() + prefix.size(), part.data() + part.size(), number);
  if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return number;
}

/// Calls visit(part) for the parts of a name between slashes, in order, until one returns true. Returns whether one did.
template <class Visit>
bool any_part(std::string_view name, const Visit& visit) {
  while (true) {
    const auto slash = name.find('/');
    if (visit(name.substr(0, slash))) return true;
    if (slash == name.npos) return false;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace detail

/// The number of the layer that a tensor of an encoder of `blocks` blocks belongs to, by the names of model::Classifier (docs/model.md):
///     0           prefix tokens, positions, the embeddings of own tokens and of an input bank
///     l + 1       block l, and the read before block l: tensors of AddTapeToken_r, where l is read_layers[r]
///     blocks      the one block that ACT applies in all its steps
///     blocks + 1  everything else: the halting unit of ACT, the norm, pre_logits and heads behind the encoder
/// The names count wherever they stand between slashes, so an encoder inside of a model of one's own has the same numbers. Throws Error, naming the tensor, for
/// a block that is not below `blocks`, and for a read that read_layers does not have.
inline int layer_number(const LayoutEntry& entry, int blocks, std::span<const int> read_layers) {
  constexpr std::string_view embeddings[]{"embedding", "cls", "dist", "registers", "posembed_input", "embedding_bank", "posembed_input_bank", "pre_bank"};
  int number = blocks + 1;
  detail::any_part(entry.name(), [&](std::string_view part) {
    if (const auto read = detail::number_behind(part, "AddTapeToken_")) {
      require(*read >= 0 && static_cast<std::size_t>(*read) < read_layers.size(), "layer number: ", entry.name(), ": wanted a read below ",
              read_layers.size(), ", the number of read layers that were given, found ", *read);
      number = read_layers[static_cast<std::size_t>(*read)] + 1;
      return true;
    }
    if (const auto block = detail::number_behind(part, "encoderblock_")) {
      require(*block >= 0 && *block < blocks, "layer number: ", entry.name(), ": wanted a block below ", blocks,
              ", the number of blocks that was given, found ", *block);
      number = *block + 1;
      return true;
    }
    if (part == "encoderblock")
      number = blocks;
    else if (std::ranges::find(embeddings, part) != std::end(embeddings))
      number = 0;
    return number != blocks + 1;
  });
  return number;
}

}  // namespace adatape
