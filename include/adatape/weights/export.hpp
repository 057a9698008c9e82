#pragma once
/// Weights of a model in the names and layout of another library: the tables of the import, backwards.
#include "adatape/io/safetensors_writer.hpp"
#include "adatape/weights/import.hpp"
#include "adatape/weights/npz_writer.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// Writes the weights of a model with this layout and these values as the family has them: safetensors for the families of PyTorch, a NumPy archive for flax.
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
