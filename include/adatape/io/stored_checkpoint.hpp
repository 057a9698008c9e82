#pragma once
/// Checkpoints whose dense kernels are stored in fewer bits. Everything that reads checkpoints reads them: values become T when they are read.
#include <deque>

#include "adatape/core/packed_weights.hpp"
#include "adatape/core/quantisation.hpp"
#include "adatape/io/checkpoint.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

namespace detail {

/// A dense kernel of a layout, as the matrix [values / columns, columns] that the engine stores. Its columns are the last axis, or all axes but the first
/// (the kernels into the heads of attention).
struct Kernel {
  const LayoutEntry* entry;
  Index columns;
};

/// The values of a kernel as Stored, and for int8 the scales of its columns.
template <class Stored>
struct StoredKernel {
  std::vector<Stored> values;
  std::vector<float> scales;

  template <class T>
  StoredKernel(std::span<const T> from, Index columns) : values(from.size()) {
    if constexpr (std::is_same_v<Stored, std::int8_t>) {
      const auto width = static_cast<std::size_t>(columns);
      for (std::size_t j = 0; j < width; ++j) {
        const auto quantisation = quantisation_of(static_cast<Index>(from.size() / width),
                                                        [&](Index i) { return static_cast<float>(from[static_cast<std::size_t>(i) * width + j]); });
        scales.push_back(quantisation.scale);
        for (std::size_t i = j; i < from.size(); i += width) values[i] = quantisation.integer(static_cast<float>(from[i]));
      }
    } else {
      std::ranges::transform(from, values.begin(), [](T value) { return Stored(value); });
    }
  }
  /// The value of element i.
  float value(std::size_t i) const {
    const auto stored = static_cast<float>(values[i]);
    return scales.empty() ? stored : stored * scales[i % scales.size()];
  }
};

/// Rounds the values of a kernel to those that Stored keeps.
template <class Stored, class P>
void round_kernel(P& parameters, const Kernel& kernel) {
  using T = typename P::Scalar;
  const auto values = parameters.values(*kernel.entry);
  const StoredKernel<Stored> stored(std::span<const T>(values), kernel.columns);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(stored.value(i));
}

/// Appends those of `candidates` that can all be rounded to Stored without a change of the packed weights. `parameters` are values that Stored cannot hold, and
/// `packed` are they, packed. `arena` has one block, which has room for them.
template <class Model, class Stored, class T>
void add_stored(const Parameters<Model, T>& parameters, std::span<const std::byte> packed, std::span<const Kernel> candidates, Arena& arena,
                std::vector<Kernel>& out) {
  if (candidates.empty()) return;
  auto rounded = parameters;
  for (const auto& kernel : candidates) round_kernel<Stored>(rounded, kernel);
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
std::vector<detail::Kernel> stored_kernels() {
  Parameters<Model, T> parameters;
  std::vector<detail::Kernel> by_last_axis, by_last_axes, stored;
  for (const auto& entry : Parameters<Model, T>::layout()) {
    const auto values = parameters.values(entry);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = T(1) + static_cast<T>(i % 1021 + 1) / T(1 << 20);
    const std::string name(entry.name());
    if (name != "kernel" && !name.ends_with("/kernel")) continue;
    const auto shape = detail::shape_of(entry);
    by_last_axis.push_back({&entry, shape.back()});
    if (shape.size() > 2) by_last_axes.push_back({&entry, static_cast<Index>(values.size()) / shape.front()});
  }
  const auto packed = pack_in_one_piece<Model, T, Stored>(parameters);
  Arena arena;
  arena.reserve(packed.peak());
  detail::add_stored<Model, Stored>(parameters, packed.contents(), std::span<const detail::Kernel>(by_last_axis), arena, stored);
  const auto is_stored = [&](const detail::Kernel& kernel) { return std::ranges::find(stored, kernel.entry, &detail::Kernel::entry) != stored.end(); };
  std::erase_if(by_last_axes, is_stored);
  detail::add_stored<Model, Stored>(parameters, packed.contents(), std::span<const detail::Kernel>(by_last_axes), arena, stored);
  return stored;
}

/// Writes the parameters of a model as save_checkpoint does, with stored_kernels rounded to Stored: Bf16 to nearest, ties to even; int8 as
/// core/quantisation.hpp says, with a tensor NAME_scale [columns] of type F32 beside each kernel. Engines of both types have the same bits from this file as
/// Engine<Model, Stored, T> from the parameters, where T is the type of its activations.
/// Throws Error as save_checkpoint does, and for a value that is not finite as Stored; an old file at `path` is unchanged then.
template <class Stored, class Model, class T>
void save_stored_checkpoint(const std::filesystem::path& path, const Parameters<Model, T>& parameters, const Metadata& metadata = {}) {
  using P = Parameters<Model, T>;
  const std::string where = path.string();
  const auto all = detail::with_configuration<P>(metadata, where);
  const auto kernels = stored_kernels<Model, Stored, T>();
  auto rounded = parameters;
  for (const auto& kernel : kernels) detail::round_kernel<Stored>(rounded, kernel);
  detail::require_finite_tree(rounded, "", where);
  auto views = tensor_views(rounded);
  std::deque<detail::StoredKernel<Stored>> stored;
  for (const auto& kernel : kernels) {
    const auto& tensor = stored.emplace_back(parameters.values(*kernel.entry), kernel.columns);
    auto& view = *std::ranges::find(views, kernel.entry->name(), &TensorView::name);
    view = tensor_view(view.name, view.shape, std::span<const Stored>(tensor.values));
    if (!tensor.scales.empty()) views.push_back(tensor_view(view.name + "_scale", {kernel.columns}, std::span<const float>(tensor.scales)));
  }
  write_safetensors(path, std::move(views), all);
}

}  // namespace adatape::io
