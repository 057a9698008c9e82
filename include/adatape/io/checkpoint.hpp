#pragma once
/// Parameter trees as safetensors files. The parameters of a model are stored under their names alone (docs/model.md). Other trees of the same names are stored
/// under a prefix: "adamw/m/" and "adamw/v/" for the moments of AdamW, "sgd/velocity/" for the velocity of Sgd, "optimizer/" for the state of an optimizer of
/// one's own, "average/" for averaged weights. Metadata "config" is the configuration of the model as JSON. Metadata "step" is the number of training steps
/// taken.
/// - save_checkpoint and load_checkpoint are the calls to use. They store and compare the model's configuration (io/configuration.hpp).
/// - load_used_weights reads what a trained model runs with: the averaged weights, where a file has them.
/// - load_matching (io/partial.hpp) takes over what fits and reports what does not.
/// - load_for_fine_tuning (io/fine_tuning.hpp) starts from a checkpoint of other classes or another size of pictures.
/// - read_parameters reads the tensors under a prefix, and does not compare the configuration.
/// Every function here throws std::bad_alloc where there is no memory. P is Parameters<Layer, T>, or a type that holds some tensors of such a layout, as the
/// state of an optimizer does (train::StateBuffer); or const where it is only read.
#include "adatape/io/configuration.hpp"
#include "adatape/io/parameters.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// A parameter tree and the prefix under which it is stored. Both are views: the caller keeps them alive.
template <class P>
struct Stored {
  std::string_view prefix;  ///< begins with one of kExtraPrefixes, such as "adamw/m/"
  P& parameters;            ///< the tree; of type const P where it is only written to a file
};
/// The P of Stored{prefix, parameters} is the type of the tree.
template <class P>
Stored(std::string_view, P&) -> Stored<P>;

namespace detail {

/// The description of the layer of a tree Parameters<Layer, T>, or of another P<Layer, T>; nothing if the layer has none.
template <class P>
struct LayerOf;
template <template <class, class> class P, class Layer, class T>
struct LayerOf<P<Layer, T>> {
  static std::optional<std::string> description() {
    if constexpr (Described<Layer>) return Layer::description();
    return std::nullopt;
  }
};
template <class P>
std::optional<std::string> description_of() {
  return LayerOf<std::remove_const_t<P>>::description();
}

/// `metadata` with the description of the model of a tree as entry "config". Throws Error beginning with `where` if an entry "config" is not the configuration
/// of the model.
template <class P>
Metadata with_configuration(Metadata metadata, const std::string& where) {
  if (const auto description = description_of<P>()) {
    const auto [config, is_new] = metadata.try_emplace("config", *description);
    const std::string place = where + ": cannot write metadata \"config\"";
    if (!is_new) require_configuration(*description, parse_json(config->second, place), place);
  }
  return metadata;
}

/// Throws Error beginning with `where` unless all values that `tree` holds are finite.
template <class P>
void require_finite_tree(const P& tree, std::string_view prefix, const std::string& where) {
  for (const auto& entry : P::layout())
    if (holds(tree, entry))
      require_finite(std::span<const typename P::Scalar>(tree.values(entry)), shape_of(entry), std::string(prefix) + std::string(entry.name()),
                     where + ": cannot write");
}

}  // namespace detail

/// The value of metadata "config". Throws Error if there is none, or if parse_json refuses it.
inline nlohmann::json checkpoint_config(const SafetensorsFile& file) {
  return parse_json(file.metadata("config"), file.path() + ": metadata \"config\"");
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
  const auto all = detail::with_configuration<P>(metadata, where);
  const auto views_of = [&](const auto& tree, std::string_view prefix) {
    detail::require_finite_tree(tree, prefix, where);
    return tensor_views(tree, prefix);
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
  (detail::require_held(file, std::as_const(extras.parameters), extras.prefix), ...);
  auto read = std::tuple{detail::read_tree(file, std::as_const(parameters), ""),
                         detail::read_tree(file, std::as_const(extras.parameters), extras.prefix)...};  // braces: in this order
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

/// The prefix of the weights that a trained model runs with: "average/" where the file has averaged weights, as those of a run that keeps a moving average
/// (io/training.hpp); else nothing.
inline std::string_view used_prefix(const SafetensorsFile& file) {
  constexpr std::string_view average = "average/";
  const auto first = file.tensors().lower_bound(average);  // in order of their names
  return first != file.tensors().end() && first->first.starts_with(average) ? average : "";
}

/// Reads the weights that a trained model runs with: those under used_prefix. Throws Error as load_checkpoint does; nothing has changed then.
template <class P>
void load_used_weights(const SafetensorsFile& file, P& parameters) {
  if (const auto description = detail::description_of<P>())
    require_configuration(*description, checkpoint_config(file), file.path() + ": metadata \"config\"");
  read_parameters(file, parameters, used_prefix(file));
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
