#pragma once
/// Parameter trees as safetensors files. A model's own parameters are stored under their names alone, everything else of its kind under a prefix:
/// "adamw/m/" and "adamw/v/" for the optimizer's moments, "average/" for averaged weights. Metadata "config" (JSON) says what was built, "step" how
/// far it got.
#include <charconv>

#include "adatape/core/parameters.hpp"
#include "adatape/io/safetensors.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// Names that begin with one of these never are a model's own.
inline constexpr std::array<std::string_view, 2> kExtraPrefixes{"adamw/", "average/"};

inline bool is_extra(std::string_view name) {
  return std::ranges::any_of(kExtraPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// A parameter tree P (see core/parameters.hpp; const P when writing) and the prefix it is stored under, which begins with one of kExtraPrefixes.
template <class P>
struct Stored {
  std::string_view prefix;
  P& parameters;
};
template <class P>
Stored(std::string_view, P&) -> Stored<P>;

/// Views of all tensors of `parameters`, named prefix + name; valid as long as `parameters`.
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

/// "[1, 0, 4]": the position of row-major element `index`
inline std::string position_text(std::span<const Index> shape, std::size_t index) {
  std::vector<Index> position(shape.size());
  auto rest = static_cast<Index>(index);
  for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis]) position[axis] = rest % shape[axis];
  return shape_text(position);
}

}  // namespace detail

/// Checks that `file` holds exactly the tensors of P under `prefix`, each of its shape and finite as P::Scalar. Throws Error that names the tensors.
/// Without a prefix the extra tensors (see kExtraPrefixes) are left out of account.
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

  for (const auto& [name, entry] : wanted) {
    const auto& tensor = file.require_shape(name, std::span(entry->dims).first(static_cast<std::size_t>(entry->rank)));
    const auto bad = file.first_not_finite<typename P::Scalar>(name);
    if (bad) require(false, file.path(), ": tensor ", in_quotes(name), ": element ", detail::position_text(tensor.shape, *bad), " is not finite");
  }
}

/// Reads `parameters` from the tensors prefix + name of `file`. Throws Error as require_parameters does; then nothing has changed.
template <class P>
void read_parameters(const SafetensorsFile& file, P& parameters, std::string_view prefix = "") {
  require_parameters<P>(file, prefix);
  for (const auto& entry : P::layout())
    file.read_into(std::string(prefix) + std::string(entry.name()), parameters.values(entry),
                   std::span(entry.dims).first(static_cast<std::size_t>(entry.rank)));
}

/// Writes a model's parameters, and extra trees such as Stored{"adamw/m/", moments}, with write_safetensors.
template <class P, class... Extras>
void save_checkpoint(const std::filesystem::path& path, const P& parameters, const Metadata& metadata, const Stored<Extras>&... extras) {
  auto views = tensor_views(parameters);
  for (const auto& view : views) require(!is_extra(view.name), path.string(), ": ", in_quotes(view.name), " cannot be the name of a model's own parameter");
  [[maybe_unused]] const auto add = [&](const auto& extra) {
    require(is_extra(extra.prefix), path.string(), ": the prefix of extra parameters must begin with adamw/ or average/, found ", in_quotes(extra.prefix));
    std::ranges::move(tensor_views(extra.parameters, extra.prefix), std::back_inserter(views));
  };
  (add(extras), ...);
  write_safetensors(path, std::move(views), metadata);
}

/// Reads what save_checkpoint wrote, passing over extra trees not asked for. Throws Error as require_parameters does; then nothing has changed.
template <class P, class... Extras>
void load_checkpoint(const SafetensorsFile& file, P& parameters, const Stored<Extras>&... extras) {
  require_parameters<P>(file);
  (require_parameters<Extras>(file, extras.prefix), ...);
  read_parameters(file, parameters);
  (read_parameters(file, extras.parameters, extras.prefix), ...);
}

/// load_checkpoint of the file at `path`, whose metadata it returns.
template <class P, class... Extras>
Metadata load_checkpoint(const std::filesystem::path& path, P& parameters, const Stored<Extras>&... extras) {
  const auto file = SafetensorsFile::open(path);
  load_checkpoint(file, parameters, extras...);
  return file.metadata();
}

/// The number in metadata "step". Throws Error if it is missing or not a number.
inline Index checkpoint_step(const SafetensorsFile& file) {
  const std::string& text = file.metadata("step");
  Index step = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
  require(error == std::errc() && end == text.data() + text.size() && step >= 0, file.path(), ": metadata \"step\": wanted a number, found ", in_quotes(text));
  return step;
}

}  // namespace adatape::io
