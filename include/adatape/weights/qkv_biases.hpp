#pragma once
/// Biases of query, key and value, which a model (qkv_bias) and a file may have or not. Zeros compute what no biases compute.
#include <algorithm>

#include "adatape/core/layout.hpp"
#include "adatape/weights/names.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights::detail {

/// A kernel and its bias, by their names in this library.
struct KernelAndBias {
  std::string_view kernel, bias;
};
inline constexpr std::array<KernelAndBias, 3> kQkvTensors{
    {{target::kQueryKernel, target::kQueryBias}, {target::kKeyKernel, target::kKeyBias}, {target::kValueKernel, target::kValueBias}}};

/// Whether the rule is that of a bias of query, key or value.
inline bool is_qkv_bias(const Rule& rule) { return std::ranges::find(kQkvTensors, rule.target, &KernelAndBias::bias) != kQkvTensors.end(); }

/// Whether the blocks of a layout have biases of query, key and value.
inline bool has_qkv_biases(std::span<const LayoutEntry> layout) {
  return std::ranges::any_of(layout, [](const auto& entry) { return block_of(target::kQueryBias, entry.name()).has_value(); });
}

/// Whether tensor `name` has `count` values that all are zero. Values are read only where it has so many. Throws as TensorSource::read does.
inline bool holds_zeros(const TensorSource& source, std::string_view name, Index count) {
  if (!source.contains(name)) return false;
  const auto& tensor = source.info(name);
  for (const Index side : tensor.shape) {
    if (side < 1 || count % side != 0) return false;
    count /= side;
  }
  return tensor.readable && count == 1 && std::ranges::all_of(source.read(name), [](double value) { return value == 0; });
}

}  // namespace adatape::weights::detail
