#pragma once
/// Parameter rules: which tensors decay, learn faster or slower, or stay as they are.
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/core/layout.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// How one tensor is trained.
struct ParameterRule {
  bool decays = true;     ///< whether weight decay acts
  double rate_scale = 1;  ///< factor of the learning rate
  bool trained = true;    ///< false: the tensor keeps its values, and its gradient does not count in the norm
};

/// The rule of each tensor, found by its name and shape. Empty: every tensor is trained, decays and has the same rate, as in the paper.
using ParameterRules = std::function<ParameterRule(const LayoutEntry&)>;

/// No decay for tensors of rank 1 (biases, scales of norms), prefix tokens and position embeddings, as timm does. (timm's registers decay.)
inline ParameterRule decay_kernels_only(const LayoutEntry& entry) {
  const std::string_view name = entry.name(), last = name.substr(name.rfind('/') == name.npos ? 0 : name.rfind('/') + 1);
  const bool vector = entry.rank <= 1 || last == "bias" || last == "scale";
  const bool prefix = last == "cls" || last == "dist" || last == "registers";
  return {.decays = !vector && !prefix && name.find("pos_embed") == name.npos};
}

/// Tensors whose name contains `part` keep their values. The other tensors follow `rules`.
inline ParameterRules frozen(std::string part, ParameterRules rules = {}) {
  return [part = std::move(part), rules = std::move(rules)](const LayoutEntry& entry) {
    ParameterRule rule = rules ? rules(entry) : ParameterRule{};
    if (entry.name().find(part) != std::string_view::npos) rule.trained = false;
    return rule;
  };
}

/// Adjacent values of a flat buffer with one rule.
struct ParameterRange {
  Index begin = 0;       ///< place of the first value
  Index end = 0;         ///< one behind that of the last value
  ParameterRule rule{};  ///< of all tensors in the range
};

/// The ranges of a layout of flat_size values, gaps included, in order: neighbours with equal rules are one range. Throws Error, naming the tensor, unless
/// every rate_scale is finite and not negative.
inline std::vector<ParameterRange> parameter_ranges(std::span<const LayoutEntry> layout, Index flat_size, const ParameterRules& rules) {
  if (!rules || layout.empty()) return {{0, flat_size, {}}};
  std::vector<ParameterRange> ranges;
  for (std::size_t i = 0; i < layout.size(); ++i) {
    const ParameterRule rule = rules(layout[i]);
    require(rule.rate_scale >= 0 && std::isfinite(rule.rate_scale), "parameter rules: ", layout[i].name(),
            ": rate_scale must be a finite number that is not negative, found ", rule.rate_scale);
    const Index end = i + 1 < layout.size() ? layout[i + 1].offset : flat_size;
    if (!ranges.empty()) {
      ParameterRange& last = ranges.back();
      if (last.rule.decays == rule.decays && last.rule.rate_scale == rule.rate_scale && last.rule.trained == rule.trained) {
        last.end = end;
        continue;
      }
    }
    ranges.push_back({layout[i].offset, end, rule});
  }
  return ranges;
}

}  // namespace adatape::train
