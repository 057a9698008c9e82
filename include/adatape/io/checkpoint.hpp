#pragma once
/// Parameter trees as safetensors files. The parameters of a model are stored under their names alone (docs/model.md). Other trees of the same names are stored
/// under a prefix: "adamw/m/" and "adamw/v/" for the moments of AdamW, "sgd/velocity/" for the velocity of Sgd, "optimizer/" for the state of an optimizer of
/// one's own, "average/" for averaged weights. Metadata "config" is the configuration of the model as JSON. Metadata "step" is the number of training steps
/// taken.
/// - save_checkpoint and load_checkpoint are the calls to use. They store and compare the model's configuration (io/configuration.hpp).
/// - load_matching (io/partial.hpp) takes over what fits and reports what does not.
/// - read_parameters reads the tensors under a prefix, and does not compare the configuration.
/// Every function here throws std::bad_alloc where there is no memory. P is Parameters<Layer, T>, or const where it is only read.
#include "adatape/core/parameters.hpp"
#include "adatape/io/configuration.hpp"
#include "adatape/io/safetensors.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// A name that begins with one of these is not the name of a parameter of a model.
inline constexpr std::array<std::string_view, 4> kExtraPrefixes{"adamw/", "sgd/", "optimizer/", "average/"};

/// Whether `name` begins with one of kExtraPrefixes.
inline bool is_extra(std::string_view name) {
  return std::ranges::any_of(kExtraPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// A parameter tree (const P when writing) and the prefix under which it is stored. The prefix begins with one of kExtraPrefixes. Both are views: the caller
/// keeps them alive.
template <class P>
struct Stored {
  std::string_view prefix;
  P& parameters;
};
template <class P>
Stored(std::string_view, P&) -> Stored<P>;

/// Views of all tensors of `parameters`, named prefix + name. Valid as long as `parameters`, until it is moved from.
template <class P>
std::vector<TensorView> tensor_views(const P& parameters, std::string_view prefix = "") {
  std::vector<TensorView> views;
  for (const auto& entry : P::layout()) {
    const std::vector<Index> shape(entry.dims.begin(), entry.dims.begin() + entry.rank);
    views.push_back(tensor_view(std::string(prefix) + std::string(entry.name()), shape, parameters.values(entry)));
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

/// The description of the layer of these parameters, or nothing if the layer has none.
template <class P>
struct LayerOf;
template <class Layer, class T>
struct LayerOf<Parameters<Layer, T>> {
  static std::optional<std::string> description() {
    if constexpr (Described<Layer>) return Layer::description();
    return std::nullopt;
  }
};
template <class P>
std::optional<std::string> description_of() {
  return LayerOf<std::remove_const_t<P>>::description();
}

/// "[1, 0, 4]": the position of row-major element `index`
inline std::string position_text(std::span<const Index> shape, std::size_t index) {
  std::vector<Index> position(shape.size());
  auto rest = static_cast<Index>(index);
  for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis]) position[axis] = rest % shape[axis];
  return shape_text(position);
}

}  // namespace detail

/// The value of metadata "config". Throws Error if there is none, or if parse_json refuses it.
inline nlohmann::json checkpoint_config(const SafetensorsFile& file) {
  return parse_json(file.metadata("config"), file.path() + ": metadata \"config\"");
}

/// Throws Error that names the tensors, unless under `prefix` the file has exactly the tensors of P, each of its shape and of a floating-point type. With an
/// empty prefix, tensors under kExtraPrefixes are not looked at. Tensors that are not looked at may be of any type.
template <class P>
void require_parameters(const SafetensorsFile& file, std::string_view prefix = "") {
  std::map<std::string, const LayoutEntry*, std::less<>> wanted;
  std::vector<std::string> missing, unexpected;
  for (const auto& entry : P::layout()) {
    const auto name = std::string(prefix) + std::string(entry.name());
    wanted[name] = &entry;
    if (!file.contains(name)) missing.push_back(name);
  }
  for (const auto& [name, info] : file.tensors())
    if (name.starts_with(prefix) && !wanted.contains(name) && (!prefix.empty() || !is_extra(name))) unexpected.push_back(name);
  std::string lists;
  if (!missing.empty()) lists = detail::name_list("missing", missing);
  if (!unexpected.empty()) lists += (lists.empty() ? "" : ", ") + detail::name_list("unexpected", unexpected);
  require(lists.empty(), file.path(), ": the tensors are not those of this model: ", lists);
  for (const auto& [name, entry] : wanted)
    file.require_dtype<typename P::Scalar>(name, file.require_shape(name, std::span(entry->dims).first(static_cast<std::size_t>(entry->rank))));
}

namespace detail {

/// Throws Error beginning with `where` unless all of a tensor's values are finite.
template <class T>
void require_finite(std::span<const T> values, std::span<const Index> shape, std::string_view name, const std::string& where) {
  const auto bad = std::ranges::find_if(values, [](T value) { return !std::isfinite(value); });
  if (bad == values.end()) return;
  throw Error(where + ": tensor " + in_quotes(name) + ": element " + position_text(shape, static_cast<std::size_t>(bad - values.begin())) +
              " is not finite");
}

/// Reads tensor prefix + name, where the name is that of `entry`, into `out`. Throws Error for damaged data and for a value that is not finite as P::Scalar.
template <class P>
void read_entry(const SafetensorsFile& file, const LayoutEntry& entry, std::span<typename P::Scalar> out, std::string_view prefix) {
  const auto name = std::string(prefix) + std::string(entry.name());
  const auto shape = std::span(entry.dims).first(static_cast<std::size_t>(entry.rank));
  file.read_into(name, out, shape);
  require_finite(std::span<const typename P::Scalar>(out), shape, name, file.path());
}

/// A tree read from the tensors under `prefix`. Throws Error as read_parameters does.
template <class P>
std::remove_const_t<P> read_tree(const SafetensorsFile& file, std::string_view prefix) {
  require_parameters<P>(file, prefix);
  std::remove_const_t<P> tree;
  for (const auto& entry : P::layout()) read_entry<P>(file, entry, tree.values(entry), prefix);
  return tree;
}

}  // namespace detail

/// Reads `parameters` from the tensors prefix + name of `file`. Names, shapes, types and checksums are checked. Only load_checkpoint checks the
/// configuration. Throws Error as require_parameters does, for damaged data, and for values that are not finite as P::Scalar; nothing has changed then.
template <class P>
void read_parameters(const SafetensorsFile& file, P& parameters, std::string_view prefix = "") {
  std::ranges::copy(detail::read_tree<P>(file, prefix).flat(), parameters.flat().begin());
}

/// Writes the parameters of a model, and extra trees such as Stored{"adamw/m/", moments}, with write_safetensors.
/// The description of a model that has one (io/configuration.hpp) is stored as metadata "config". Where `metadata` has an entry "config" (with the threshold in
/// force, or with keys of the caller), this entry is compared with the description, and stored in its place.
/// Throws Error, with an old file at `path` unchanged,
/// - if the entry "config" is not the configuration of the model,
/// - if a value is not finite,
/// - if a prefix does not begin with one of kExtraPrefixes, or the name of a parameter of the model does,
/// - as write_safetensors does.
template <class P, class... Extras>
void save_checkpoint(const std::filesystem::path& path, const P& parameters, const Metadata& metadata, const Stored<Extras>&... extras) {
  const std::string where = path.string();
  auto all = metadata;
  if (const auto description = detail::description_of<P>()) {
    const auto [config, is_new] = all.try_emplace("config", *description);
    const std::string place = where + ": cannot write metadata \"config\"";
    if (!is_new) require_configuration(*description, parse_json(config->second, place), place);
  }
  const auto views_of = [&]<class Tree>(const Tree& tree, std::string_view prefix) {
    auto views = tensor_views(tree, prefix);
    std::size_t i = 0;
    for (const auto& entry : Tree::layout()) detail::require_finite(tree.values(entry), views[i].shape, views[i].name, where + ": cannot write"), ++i;
    return views;
  };
  auto views = views_of(parameters, "");
  for (const auto& view : views) require(!is_extra(view.name), where, ": ", in_quotes(view.name), " cannot be the name of a model's own parameter");
  [[maybe_unused]] const auto add = [&](const auto& extra) {
    require(is_extra(extra.prefix), where, ": the prefix of extra parameters must begin with adamw/, sgd/, optimizer/ or average/, found ",
            in_quotes(extra.prefix));
    std::ranges::move(views_of(extra.parameters, extra.prefix), std::back_inserter(views));
  };
  (add(extras), ...);
  write_safetensors(path, std::move(views), all);
}

/// Reads what save_checkpoint wrote. Extra trees that are not asked for are skipped. If the model has a description, metadata "config" must be its
/// configuration; only run-time settings (kRunTimeKeys) may differ. The trees are different objects.
/// Throws Error that names each key that differs, and as read_parameters does; nothing has changed then.
template <class P, class... Extras>
void load_checkpoint(const SafetensorsFile& file, P& parameters, const Stored<Extras>&... extras) {
  if (const auto description = detail::description_of<P>())
    require_configuration(*description, checkpoint_config(file), file.path() + ": metadata \"config\"");
  (require_parameters<Extras>(file, extras.prefix), ...);
  auto read = std::tuple{detail::read_tree<P>(file, ""), detail::read_tree<Extras>(file, extras.prefix)...};  // braces: in this order
  const auto copy = [](const auto& from, auto& to) { std::ranges::copy(from.flat(), to.flat().begin()); };
  std::apply([&](const auto& own, const auto&... others) { copy(own, parameters), (copy(others, extras.parameters), ...); }, read);
}

/// Loads the file at `path` as above, and returns its metadata. Throws Error also as SafetensorsFile::open does.
template <class P, class... Extras>
Metadata load_checkpoint(const std::filesystem::path& path, P& parameters, const Stored<Extras>&... extras) {
  const auto file = SafetensorsFile::open(path);
  load_checkpoint(file, parameters, extras...);
  return file.metadata();
}

/// The number in metadata "step". Throws Error if there is none, or if it is not a decimal number of at least 0.
inline Index checkpoint_step(const SafetensorsFile& file) {
  const std::string& text = file.metadata("step");
  Index step = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
  require(error == std::errc() && end == text.data() + text.size() && step >= 0, file.path(), ": metadata \"step\": wanted a number, found ", in_quotes(text));
  return step;
}

}  // namespace adatape::io
