#pragma once
/// Weights of a model in the names and layout of another library: the tables of the import, backwards.
#include "adatape/io/safetensors_writer.hpp"
#include "adatape/weights/import.hpp"
#include "adatape/weights/npz_writer.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

/// Calls write(name, shape, number of values) for every tensor of biases of query, key and value that the files of the family must have and the layout has not.
template <class Write>
void for_each_missing_bias(const Family& family, std::span<const LayoutEntry> layout, const Write& write) {
  if (has_qkv_biases(layout)) return;
  for (const auto& entry : layout)
    for (const auto& [kernel, bias] : kQkvTensors)
      if (const auto block = block_of(kernel, entry.name())) {
        const auto rule = std::ranges::find(family.rules, bias, &Rule::target);
        if (rule == family.rules.end() || rule->zero_if_missing) continue;
        LayoutEntry missing{};  // [heads, D / heads], as the kernel is [D, heads, D / heads]
        missing.rank = 2;
        missing.dims = {entry.dims[1], entry.dims[2]};
        missing.size = entry.dims[1] * entry.dims[2];
        write(with_block(rule->source, *block), view_of(*rule, missing).source, missing.size * rule->parts);
      }
}

}  // namespace detail

/// Writes the weights of a model with this layout and these values as the family has them: safetensors for the families of PyTorch, a NumPy archive for flax.
/// Biases of query, key and value that the model does not have are zeros where the family has no files without them.
/// import_weights takes them back bit by bit. Throws Error, with an old file at `path` unchanged,
/// - for a tensor of the model that the family has no place for, as those of a tape,
/// - for values that are not finite, and as io::write_safetensors and write_npz do.
/// Throws std::bad_alloc where there is no memory.
template <std::floating_point T>
void export_weights(const std::filesystem::path& path, const Family& family, std::span<const LayoutEntry> layout, std::span<const T> values) {
  std::map<std::string, std::pair<std::vector<Index>, std::vector<T>>> tensors;
  const bool distilled = std::ranges::any_of(layout, [](const auto& entry) { return entry.name() == target::kDist; });
  for (const auto& entry : layout) {
    const auto [rule, block] = detail::find_rule(family, entry.name());
    require(rule != nullptr, path.string(), ": cannot write ", io::in_quotes(entry.name()), ": ", family.name, " has no place for it");
    const auto own = values.subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size));
    io::detail::require_finite(own, io::detail::shape_of(entry), entry.name(), path.string() + ": cannot write");
    const auto view = view_of(*rule, entry);
    auto name = detail::with_block(rule->source, block);
    if (distilled) name = detail::distilled_name(name, family);
    auto& [shape, elements] = tensors[name];
    shape = view.source;
    elements.resize(own.size() * static_cast<std::size_t>(rule->parts));
    auto& to = elements;
    for_each_element(view, entry, [&](std::size_t ours, std::size_t theirs) { to[theirs] = own[ours]; });
  }
  detail::for_each_missing_bias(family, layout, [&](const std::string& name, const std::vector<Index>& shape, Index count) {
    tensors[name] = {shape, std::vector<T>(static_cast<std::size_t>(count))};
  });
  std::vector<io::TensorView> views;
  for (const auto& [name, tensor] : tensors) views.push_back(io::tensor_view(name, tensor.first, std::span<const T>(tensor.second)));
  if (&family == &kFlax)
    write_npz(path, views);
  else
    io::write_safetensors(path, std::move(views), {{"format", "pt"}});
}

/// The same for the parameters of a model.
template <class Model, std::floating_point T>
void export_weights(const std::filesystem::path& path, const Family& family, const Parameters<Model, T>& parameters) {
  export_weights(path, family, Parameters<Model, T>::layout(), parameters.flat());
}

}  // namespace adatape::weights
