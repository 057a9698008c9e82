#pragma once
/// Which family a file is of, and where in it the weights stand.
#include <algorithm>
#include <optional>
#include <string>

#include "adatape/io/text.hpp"
#include "adatape/weights/flax.hpp"
#include "adatape/weights/huggingface.hpp"
#include "adatape/weights/source.hpp"
#include "adatape/weights/timm.hpp"
#include "adatape/weights/torchvision.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// The families that are known.
inline constexpr std::array<const Family*, 5> kFamilies{&kTimm, &kDeit, &kTorchvision, &kHuggingFace, &kFlax};

/// "timm, deit, torchvision, huggingface, flax"
inline std::string family_names() {
  std::string out;
  for (const auto* family : kFamilies) (out += out.empty() ? "" : ", ") += family->name;
  return out;
}

/// The family called `name`. Throws Error if there is none.
inline const Family& family_named(std::string_view name) {
  const auto found = std::ranges::find(kFamilies, name, [](const Family* family) { return family->name; });
  require(found != kFamilies.end(), "wanted one of the families ", family_names(), ", found ", io::in_quotes(name));
  return **found;
}

namespace detail {

/// `pattern` with the number of a block in place of '*'.
inline std::string with_block(std::string_view pattern, Index block) {
  const auto star = pattern.find('*');
  if (star == pattern.npos) return std::string(pattern);
  return std::string(pattern.substr(0, star)) + std::to_string(block) + std::string(pattern.substr(star + 1));
}

/// The number that stands in `name` in place of the '*' of `pattern`; -1 where `pattern` has none; nothing if `name` is not of the pattern.
inline std::optional<Index> block_of(std::string_view pattern, std::string_view name) {
  const auto star = pattern.find('*');
  if (star == pattern.npos) return pattern == name ? std::optional<Index>(-1) : std::nullopt;
  const auto before = pattern.substr(0, star), behind = pattern.substr(star + 1);
  if (name.size() <= pattern.size() - 1 || !name.starts_with(before) || !name.ends_with(behind)) return std::nullopt;
  const auto digits = name.substr(star, name.size() - (pattern.size() - 1));
  Index block = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), block);
  return error == std::errc() && end == digits.data() + digits.size() && block >= 0 ? std::optional(block) : std::nullopt;
}

/// The rule of a tensor of ours, and the number of its block; no rule where the family does not have the tensor.
struct FoundRule {
  const Rule* rule = nullptr;
  Index block = -1;
};
inline FoundRule find_rule(const Family& family, std::string_view name) {
  for (const auto& rule : family.rules)
    if (const auto block = block_of(rule.target, name)) return {&rule, *block};
  return {};
}

/// `name` with `renaming`; nothing where it does not apply.
inline std::optional<std::string> renamed(std::string_view name, const Renaming& renaming) {
  const auto at = name.find(renaming.part);
  if (at == name.npos) return std::nullopt;
  return std::string(name.substr(0, at)) + std::string(renaming.other) + std::string(name.substr(at + renaming.part.size()));
}

/// A name of a table as a distilled model of the family has it.
inline std::string distilled_name(const std::string& name, const Family& family) {
  for (const auto& [part, other] : family.distilled)
    if (name.starts_with(part)) return std::string(other) + name.substr(part.size());
  return name;
}

/// What stands before the anchor of a family, in every tensor that is called so: the places where a file may have the weights of a model.
inline std::vector<std::string> prefixes_of(const TensorSource& source, const Family& family) {
  std::vector<std::string> anchors{std::string(family.anchor)}, prefixes;
  for (const auto& renaming : family.renamings)
    if (auto other = renamed(family.anchor, renaming)) anchors.push_back(std::move(*other));
  for (const auto& anchor : anchors) {
    for (const auto& [name, tensor] : source.tensors()) {
      if (!name.ends_with(anchor)) continue;
      const auto prefix = name.substr(0, name.size() - anchor.size());
      if (prefix.empty() || prefix.ends_with('.') || prefix.ends_with('/')) prefixes.push_back(prefix);
    }
    if (!prefixes.empty()) break;
  }
  return prefixes;
}

/// Whether a prefix is made of the usual names of wrappers and dictionaries, and so is not that of an optimizer's moments.
inline bool is_usual_prefix(std::string_view prefix) {
  constexpr std::array<std::string_view, 17> words{"model",  "module", "state_dict", "state_dict_ema", "model_ema", "backbone", "visual",  "trunk",  "net",
                                                   "params", "img",    "opt",        "optimizer",      "target",    "teacher",  "student", "encoder"};
  while (!prefix.empty()) {
    const auto end = prefix.find_first_of("./");
    if (std::ranges::find(words, prefix.substr(0, end)) == words.end()) return false;
    prefix.remove_prefix(end == prefix.npos ? prefix.size() : end + 1);
  }
  return true;
}

}  // namespace detail

/// Weights in a file: their family, and what stands before their names.
struct FoundFamily {
  const Family* family = nullptr;  ///< one of kFamilies
  std::string prefix;              ///< may be empty
};

/// The family that `name` names, or, where it is empty, the one whose names the file has; and the prefix that the caller asks for, or the one that the file
/// has. Where a file has the names under several prefixes, those of usual wrappers go before others. Throws Error where there is no family, no prefix, or more
/// than one.
inline FoundFamily find_family(const TensorSource& source, std::string_view name, const std::optional<std::string>& prefix) {
  const auto* const asked = name.empty() ? nullptr : &family_named(name);
  std::vector<FoundFamily> found;
  for (const auto* family : kFamilies) {
    if (asked ? family != asked : family->by_name_only) continue;
    for (auto& at : detail::prefixes_of(source, *family))
      if (!prefix || *prefix == at) found.push_back({family, std::move(at)});
  }
  if (asked && prefix && found.empty()) found.push_back({asked, *prefix});
  require(!source.tensors().empty(), source.path(), ": ", source.format(), " without tensors");
  if (found.empty()) {
    const auto wanted = asked ? std::string(asked->name) : "one of " + family_names();
    throw Error(source.path() + ": wanted weights with the names of " + wanted + ", found " + std::to_string(source.tensors().size()) + " tensors such as " +
                io::in_quotes(source.tensors().begin()->first));
  }
  if (found.size() > 1 && std::ranges::any_of(found, [](const auto& at) { return detail::is_usual_prefix(at.prefix); }))
    std::erase_if(found, [](const auto& at) { return !detail::is_usual_prefix(at.prefix); });
  require(found.size() == 1, source.path(), ": weights under ", found.size(), " prefixes, such as ", io::in_quotes(found[0].prefix), " and ",
          io::in_quotes(found.back().prefix), "; wanted the prefix of one");
  return found[0];
}

}  // namespace adatape::weights
