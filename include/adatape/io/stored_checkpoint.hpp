#pragma once
/// Checkpoints whose dense kernels are stored in fewer bits. Everything that reads checkpoints reads them: values become T when they are read.
#include "adatape/core/packed_weights.hpp"
#include "adatape/io/checkpoint.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

namespace detail {

/// Rounds the values of tensor `entry` to Stored.
template <class Stored, class P>
void round_tensor(P& parameters, const LayoutEntry& entry) {
  for (auto& value : parameters.values(entry)) value = static_cast<typename P::Scalar>(Stored(value));
}

/// Appends those of `candidates` that can all be rounded to Stored without a change of the packed weights. `parameters` are values that Stored cannot hold, and
/// `packed` are they, packed. `arena` has one block, which has room for them.
template <class Model, class Stored, class T>
void add_stored(const Parameters<Model, T>& parameters, std::span<const std::byte> packed, std::span<const LayoutEntry* const> candidates, Arena& arena,
                std::vector<const LayoutEntry*>& out) {
  if (candidates.empty()) return;
  auto rounded = parameters;
  for (const auto* entry : candidates) round_tensor<Stored>(rounded, *entry);
  arena.reset();
  (void)pack_weights_as<Model, T, Stored>(*rounded, arena);
  const auto found = arena.contents();
  if (found.size() == packed.size() && std::memcmp(found.data(), packed.data(), packed.size()) == 0) {
    std::ranges::copy(candidates, std::back_inserter(out));
  } else if (candidates.size() > 1) {
    add_stored<Model, Stored>(parameters, packed, candidates.first(candidates.size() / 2), arena, out);
    add_stored<Model, Stored>(parameters, packed, candidates.subspan(candidates.size() / 2), arena, out);
  }
}

}  // namespace detail

/// The tensors that Engine<Model, Stored, T> stores as Stored: those called "kernel" whose values, rounded to Stored, give the same packed weights. So an
/// engine that is made of rounded tensors has the bits of one that rounds them itself. The model is packed a few times for each kernel that is not stored as
/// Stored. Throws Error as pack_in_one_piece does, std::bad_alloc if there is no memory.
template <class Model, class Stored, class T>
std::vector<const LayoutEntry*> stored_tensors() {
  Parameters<Model, T> parameters;
  std::vector<const LayoutEntry*> kernels, stored;
  for (const auto& entry : Parameters<Model, T>::layout()) {
    const auto values = parameters.values(entry);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = T(1) + static_cast<T>(i % 1021 + 1) / T(1 << 20);
    const std::string name(entry.name());
    if (name == "kernel" || name.ends_with("/kernel")) kernels.push_back(&entry);
  }
  const auto packed = pack_in_one_piece<Model, T, Stored>(parameters);
  Arena arena;
  arena.reserve(packed.peak());
  detail::add_stored<Model, Stored>(parameters, packed.contents(), kernels, arena, stored);
  return stored;
}

/// Writes the parameters of a model as save_checkpoint does, with stored_tensors rounded to Stored: to nearest, ties to even. Engines of both types have the
/// same bits from this file as Engine<Model, Stored, T> from the parameters, where T is the type of its activations.
/// Throws Error as save_checkpoint does, and for a value that is not finite as Stored; an old file at `path` is unchanged then.
template <class Stored, class Model, class T>
void save_stored_checkpoint(const std::filesystem::path& path, const Parameters<Model, T>& parameters, const Metadata& metadata = {}) {
  using P = Parameters<Model, T>;
  const std::string where = path.string();
  const auto all = detail::with_configuration<P>(metadata, where);
  auto rounded = parameters;
  const auto stored = stored_tensors<Model, Stored, T>();
  for (const auto* entry : stored) detail::round_tensor<Stored>(rounded, *entry);
  detail::require_finite_tree(rounded, "", where);
  auto views = tensor_views(rounded);
  std::vector<std::vector<Stored>> values;  // of the stored tensors
  for (const auto* entry : stored) {
    auto& tensor = values.emplace_back();
    for (const T value : rounded.values(*entry)) tensor.push_back(Stored(value));
    auto& view = *std::ranges::find(views, entry->name(), &TensorView::name);
    view = tensor_view(view.name, view.shape, std::span<const Stored>(tensor));
  }
  write_safetensors(path, std::move(views), all);
}

}  // namespace adatape::io
