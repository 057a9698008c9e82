#pragma once
/// The tensors of a parameter tree in a safetensors file: views to write, checks of names, shapes and types, and reading. A name in the file is a prefix and
/// the name in the layout. P is Parameters<Layer, T>, or a type that holds some tensors of such a layout, as the state of an optimizer does
/// (train::StateBuffer); or const where it is only read. Every function here throws std::bad_alloc where there is no memory.
#include "adatape/core/parameters.hpp"
#include "adatape/io/safetensors.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// A name that begins with one of these is not the name of a parameter of a model.
inline constexpr std::array<std::string_view, 4> kExtraPrefixes{"adamw/", "sgd/", "optimizer/", "average/"};

/// Whether `name` begins with one of kExtraPrefixes.
inline bool is_extra(std::string_view name) {
  return std::ranges::any_of(kExtraPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

namespace detail {

/// Whether P may hold fewer tensors than its layout has.
template <class P>
concept HoldsSome = requires(const P& parameters, const LayoutEntry& entry) {
  parameters.holds(entry);
};

template <class P>
bool holds(const P& parameters, const LayoutEntry& entry) {
  if constexpr (HoldsSome<P>)
    return parameters.holds(entry);
  else
    return true;
}

inline std::span<const Index> shape_of(const LayoutEntry& entry) { return std::span(entry.dims).first(static_cast<std::size_t>(entry.rank)); }

}  // namespace detail

/// Views of all tensors that `parameters` holds, named prefix + name. Valid as long as `parameters`, until it is moved from.
template <class P>
std::vector<TensorView> tensor_views(const P& parameters, std::string_view prefix = "") {
  std::vector<TensorView> views;
  for (const auto& entry : P::layout()) {
    if (!detail::holds(parameters, entry)) continue;
    const auto shape = detail::shape_of(entry);
    views.push_back(tensor_view(std::string(prefix) + std::string(entry.name()), {shape.begin(), shape.end()}, parameters.values(entry)));
  }
  return views;
}

namespace detail {

/// "3 missing ("a", "b", "c", ...)"
inline std::string name_list(std::string_view what, std::span<const std::string> names) {
  std::string out = std::to_string(names.size()) + " " + std::string(what) + " (";
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 3); ++i) (out += i == 0 ? "" : ", ") += in_quotes(names[i]);
  return out + (names.size() > 3 ? ", ...)" : ")");
}

/// "[1, 0, 4]": the position of row-major element `index`
inline std::string position_text(std::span<const Index> shape, std::size_t index) {
  std::vector<Index> position(shape.size());
  auto rest = static_cast<Index>(index);
  for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis]) position[axis] = rest % shape[axis];
  return shape_text(position);
}

/// As require_parameters. Tensors of the layout for which wants(entry) is false may be missing, and are not looked at. `rules` is said in the Error.
template <class P, class Wants>
void require_tensors(const SafetensorsFile& file, std::string_view prefix, const Wants& wants, const char* rules = "") {
  std::map<std::string, const LayoutEntry*, std::less<>> known;
  std::vector<std::string> missing, unexpected;
  for (const auto& entry : P::layout()) {
    const auto name = std::string(prefix) + std::string(entry.name());
    known[name] = wants(entry) ? &entry : nullptr;
    if (known[name] && !file.contains(name)) missing.push_back(name);
  }
  for (const auto& [name, info] : file.tensors())
    if (name.starts_with(prefix) && !known.contains(name) && !file.is_scale(name) && (!prefix.empty() || !is_extra(name))) unexpected.push_back(name);
  std::string lists;
  if (!missing.empty()) lists = name_list("missing", missing);
  if (!unexpected.empty()) lists += (lists.empty() ? "" : ", ") + name_list("unexpected", unexpected);
  require(lists.empty(), file.path(), ": the tensors are not those of this model", rules, ": ", lists);
  for (const auto& [name, entry] : known)
    if (entry) file.require_dtype<typename P::Scalar>(name, file.require_shape(name, shape_of(*entry)));
}

/// Throws Error as require_parameters does, for the tensors that `parameters` holds. Others of its layout may be in the file too.
template <class P>
void require_held(const SafetensorsFile& file, const P& parameters, std::string_view prefix) {
  require_tensors<P>(
      file, prefix, [&](const LayoutEntry& entry) { return holds(parameters, entry); }, HoldsSome<P> ? " and its parameter rules" : "");
}

}  // namespace detail

/// Throws Error that names the tensors, unless under `prefix` the file has exactly the tensors of the layout of P, each of its shape and of a floating-point
/// type. With an empty prefix, tensors under kExtraPrefixes are not looked at. Tensors that are not looked at may be of any type.
template <class P>
void require_parameters(const SafetensorsFile& file, std::string_view prefix = "") {
  detail::require_tensors<P>(file, prefix, [](const LayoutEntry&) { return true; });
}

namespace detail {

/// Throws Error beginning with `where` unless all of a tensor's values are finite.
template <class T>
void require_finite(std::span<const T> values, std::span<const Index> shape, std::string_view name, const std::string& where) {
  const auto bad = std::ranges::find_if(values, [](T value) { return !std::isfinite(value); });
  if (bad == values.end()) return;
  throw Error(where + ": tensor " + in_quotes(name) + ": element " + position_text(shape, static_cast<std::size_t>(bad - values.begin())) + " is not finite");
}

/// Reads tensor prefix + name, where the name is that of `entry`, into `out`. Throws Error for damaged data and for a value that is not finite as P::Scalar.
template <class P>
void read_entry(const SafetensorsFile& file, const LayoutEntry& entry, std::span<typename P::Scalar> out, std::string_view prefix) {
  const auto name = std::string(prefix) + std::string(entry.name());
  const auto shape = shape_of(entry);
  file.read_into(name, out, shape);
  require_finite(std::span<const typename P::Scalar>(out), shape, name, file.path());
}

/// A tree with the tensors that `like` holds, read from those under `prefix`. Throws Error as read_parameters does.
template <class P>
P read_tree(const SafetensorsFile& file, const P& like, std::string_view prefix) {
  require_held(file, like, prefix);
  P tree = like;
  for (const auto& entry : P::layout())
    if (holds(tree, entry)) read_entry<P>(file, entry, tree.values(entry), prefix);
  return tree;
}

}  // namespace detail

/// Reads `parameters` from the tensors prefix + name of `file`. Names, shapes, types and checksums are checked. Only load_checkpoint checks the
/// configuration. Where P holds some tensors of its layout, these are read, and the file may have others of the layout. Throws Error as require_parameters
/// does, for damaged data, and for values that are not finite as P::Scalar; nothing has changed then.
template <class P>
void read_parameters(const SafetensorsFile& file, P& parameters, std::string_view prefix = "") {
  std::ranges::copy(detail::read_tree(file, std::as_const(parameters), prefix).flat(), parameters.flat().begin());
}

}  // namespace adatape::io
