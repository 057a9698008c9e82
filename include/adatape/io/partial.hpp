#pragma once
/// Loading the tensors of a checkpoint that fit a model. A report says which tensors were loaded and which were not. What begins a fine-tuning is
/// load_for_fine_tuning (io/fine_tuning.hpp).
#include "adatape/io/checkpoint.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// A tensor that the file and the model both have, but with different shapes, or of a type that is not floating-point in the file.
struct Mismatch {
  std::string name;    ///< in the file
  std::string wanted;  ///< the shape of the model, such as "[10, 64]", or "a floating-point type"
  std::string found;   ///< the shape of the file, or its type
};

/// What load_matching did. Names are those of the file, with the prefix.
/// - Every parameter of the model is in `taken`, `missing` or `mismatched`.
/// - Every tensor of the file under the prefix is in `taken`, `unexpected` or `mismatched`. With an empty prefix, tensors under kExtraPrefixes are not listed.
struct PartialLoad {
  std::vector<std::string> taken;         ///< tensors that were loaded
  std::vector<std::string> missing;       ///< parameters that the file does not have
  std::vector<std::string> unexpected;    ///< tensors that the model does not have
  std::vector<Mismatch> mismatched;       ///< tensors that both have and that do not fit
  std::vector<Difference> configuration;  ///< keys that differ between the model's description and the file's "config"; all keys if the file has no "config"

  /// What has no equal on the other side: "1 missing ("a"); 1 unexpected ("b"); "c": wanted [2], found [3]". At most 3 names of a kind. Empty: nothing.
  std::string misfits() const {
    std::string out;
    const auto add = [&](const std::string& text) { (out += out.empty() ? "" : "; ") += text; };
    if (!missing.empty()) add(detail::name_list("missing", missing));
    if (!unexpected.empty()) add(detail::name_list("unexpected", unexpected));
    for (std::size_t i = 0; i < std::min<std::size_t>(mismatched.size(), 3); ++i)
      add(in_quotes(mismatched[i].name) + ": wanted " + mismatched[i].wanted + ", found " + mismatched[i].found);
    if (mismatched.size() > 3) add(std::string("and ") + std::to_string(mismatched.size() - 3) + " more that do not fit");
    return out;
  }

  /// One line: "taken 3 of 5 tensors", and misfits().
  std::string summary() const {
    std::string out = "taken " + std::to_string(taken.size()) + " of " + std::to_string(taken.size() + missing.size() + mismatched.size()) + " tensors";
    if (const auto others = misfits(); !others.empty()) out += "; " + others;
    if (!configuration.empty()) out += "; configuration: " + differences_text(configuration);
    return out;
  }
};

/// Reads into `parameters` every tensor prefix + name of `file` that has the shape of the parameter and a floating-point type. All other parameters keep their
/// values. The caller must look at the report, because a difference is not an Error. Tensors of the layout that P does not hold are not in the report.
/// Throws Error for damaged data, for values that are not finite as P::Scalar, for a "config" that is not JSON, and if no tensor fits. Throws std::bad_alloc
/// where there is no memory. Nothing has changed then.
template <class P>
[[nodiscard]] PartialLoad load_matching(const SafetensorsFile& file, P& parameters, std::string_view prefix = "") {
  PartialLoad report;
  P read = parameters;
  std::set<std::string, std::less<>> known;
  for (const auto& entry : P::layout()) {
    const auto name = std::string(prefix) + std::string(entry.name());
    const auto shape = detail::shape_of(entry);
    known.insert(name);
    if (!detail::holds(parameters, entry)) continue;
    if (!file.contains(name)) {
      report.missing.push_back(name);
    } else if (const auto& info = file.info(name); !std::ranges::equal(info.shape, shape)) {
      report.mismatched.push_back({name, shape_text(shape), shape_text(info.shape)});
    } else if (info.dtype == DType::other || info.dtype == DType::I64) {
      report.mismatched.push_back({name, "a floating-point type", in_quotes(info.type)});
    } else {
      detail::read_entry<P>(file, entry, read.values(entry), prefix);
      report.taken.push_back(name);
    }
  }
  for (const auto& [name, info] : file.tensors())
    if (name.starts_with(prefix) && !known.contains(name) && !file.is_scale(name) && (!prefix.empty() || !is_extra(name))) report.unexpected.push_back(name);
  if (const auto description = detail::description_of<P>())
    report.configuration =
        configuration_differences(*description, file.metadata().contains("config") ? checkpoint_config(file) : nlohmann::json::object());
  if (report.taken.empty()) throw Error(file.path() + ": no tensor fits this model: " + report.summary());
  std::ranges::copy(read.flat(), parameters.flat().begin());
  return report;
}

}  // namespace adatape::io
