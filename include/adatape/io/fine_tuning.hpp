#pragma once
/// The start of a fine-tuning: a model takes the weights of a checkpoint of other classes, of another size of pictures, or without a tape. The names are those
/// of model::Classifier (docs/model.md).
#include "adatape/io/checkpoint.hpp"
#include "adatape/io/fine_tuning_report.hpp"
#include "adatape/io/prefix_rows.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

namespace detail {

inline bool is_head(std::string_view name) { return name.starts_with("output_projection") || name.starts_with("head_dist"); }

/// The prefix tokens of a model with this layout.
inline PrefixRows prefix_rows_of(std::span<const LayoutEntry> layout) {
  return prefix_rows([&](std::string_view name) {
    const auto entry = std::ranges::find(layout, name, &LayoutEntry::name);
    return entry == layout.end() ? 0 : entry->dims[1];
  });
}

/// Whether a tensor belongs to bank, read or FFN of the tape, which a plain ViT does not have.
inline bool is_of_tape(std::string_view name) {
  constexpr std::array<std::string_view, 4> beginnings{"embedding_bank/", "posembed_input_bank/", "pre_bank/", "Transformer/AddTapeToken_"};
  return std::ranges::any_of(beginnings, [&](std::string_view part) { return name.starts_with(part); }) || name.find("/tape_mlp/") != name.npos;
}

inline bool has_part(std::string_view name, const std::vector<std::string>& parts) {
  return std::ranges::any_of(parts, [&](const std::string& part) { return name.find(part) != name.npos; });
}

/// The key of a configuration whose value is the patch size of these position embeddings; nothing for other tensors.
inline std::optional<std::string> patch_key_of(std::string_view name) {
  if (name.ends_with("posembed_input/pos_embedding")) return "patch_size";
  if (name == "posembed_input_bank/pos_embedding") return "patch_bank_size";
  return std::nullopt;
}

/// The grid of `rows` position embeddings: that of the pictures of `config`, or a square where `config` is null. Throws Error beginning with `where` if the
/// number of rows is another.
inline GridSize position_grid(const nlohmann::json& config, const std::string& patch_key, Index rows, const std::string& where) {
  if (config.is_null()) {
    const auto side = static_cast<Index>(std::lround(std::sqrt(static_cast<double>(rows))));
    require(rows >= 1 && side * side == rows, where, ": without a \"config\", wanted the positions of a square, found ", rows);
    return {side, side};
  }
  constexpr Index most = Index{1} << 24;
  const auto place = where + ": \"config\"";
  const bool reduced = patch_key == "patch_size" && json_has(config, "image_reduction");
  const auto patch = json_integer<Index>(config, patch_key, place, 1, most);
  const auto reduction = reduced ? json_integer<Index>(config, "image_reduction", place, 1, most) : 1;
  const auto& image = json_at(config, "image", place);
  if (!image.is_array() || image.size() != 3) refuse_value(image, "image", place, "an array of 3");
  const auto patches = [&](std::size_t axis) {
    return json_integer<Index>(nlohmann::json{{"image", image[axis]}}, "image", place, 1, most) / reduction / patch;
  };
  const GridSize grid{patches(0), patches(1)};
  require(grid.count() >= 1 && grid.count() == rows, where, ": wanted the ", grid.text(), " positions of its \"config\", found ", rows);
  return grid;
}

/// One call of load_for_fine_tuning.
template <class P>
class FineTuningLoad {
 public:
  FineTuningLoad(const SafetensorsFile& file, const P& initial, const FineTuningOptions& options)
      : file_(file), initial_(initial), options_(options), read_(initial), found_(load_matching(file, read_)) {
    if (const auto text = description_of<P>()) model_config_ = parse_json(*text, "the description of a model");
    if (file.metadata().contains("config")) file_config_ = checkpoint_config(file);
    model_prefix_ = prefix_rows_of(P::layout());
    file_prefix_ = prefix_rows([&](std::string_view name) { return file.contains(name) && are_vectors(file.info(name)) ? file.info(name).shape[1] : 0; });
    for (const auto& part : options.fresh)
      require(!part.empty() && std::ranges::any_of(P::layout(), [&](const auto& entry) { return entry.name().find(part) != std::string_view::npos; }),
              "load_for_fine_tuning: fresh: wanted a part of the name of a tensor of the model, found ", in_quotes(part));
  }

  FineTuningReport run() {
    sort();
    if (const auto text = wrong_.misfits(); !text.empty()) throw Error(file_.path() + ": does not fit this model: " + text);
    for (const LayoutEntry* entry : positions_) resample(*entry);
    if (!file_config_.is_null())
      std::ranges::copy_if(found_.configuration, std::back_inserter(report_.configuration),
                           [](const Difference& d) { return d.key != "image" && d.key != "num_classes" && d.found != "nothing"; });
    return std::move(report_);
  }
  const P& parameters() const { return read_; }

 private:
  using T = typename P::Scalar;

  /// Whether a tensor of the file is [1, tokens, D], of a type that is read: so its data are in the file, and its sizes can be added up.
  static bool are_vectors(const TensorInfo& info) { return info.dtype != DType::other && info.shape.size() == 3 && info.shape[0] == 1 && info.shape[2] > 0; }

  /// Puts every tensor into the report, into positions_ or into wrong_.
  void sort() {
    const auto among = [](const std::vector<std::string>& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); };
    const auto head_in = [](const std::vector<std::string>& names) { return std::ranges::any_of(names, is_head); };
    const bool fresh_head = options_.fresh_head || head_in(found_.missing) || head_in(found_.unexpected) ||
                            std::ranges::any_of(found_.mismatched, [](const Mismatch& mismatch) { return is_head(mismatch.name); });
    for (const auto& entry : P::layout()) {
      const std::string name(entry.name());
      const auto mismatch = std::ranges::find(found_.mismatched, name, &Mismatch::name);
      const bool missing = among(found_.missing, name), is_missing_tape = missing && is_of_tape(name);
      if (has_part(name, options_.fresh) || (fresh_head && is_head(name)) || is_missing_tape) {
        std::ranges::copy(initial_.values(entry), read_.values(entry).begin());
        report_.fresh.push_back(name);
      } else if (missing) {
        wrong_.missing.push_back(name);
      } else if (has_another_grid(entry)) {
        positions_.push_back(&entry);
      } else if (mismatch != found_.mismatched.end()) {
        wrong_.mismatched.push_back(*mismatch);
      } else {
        report_.taken.push_back(name);
      }
    }
    for (const auto& name : found_.unexpected) (has_part(name, options_.unused) || is_head(name) ? report_.unused : wrong_.unexpected).push_back(name);
  }

  /// Rows in front of the grid: the positions of prefix tokens.
  PrefixRows prefix_of_model(const std::string& patch_key) const { return patch_key == "patch_size" ? model_prefix_ : PrefixRows{}; }
  PrefixRows prefix_of_file(const std::string& patch_key) const { return patch_key == "patch_size" ? file_prefix_ : PrefixRows{}; }

  /// Whether the file has position embeddings of pictures for this tensor whose grid, or whose prefix tokens, are not the model's. A file without a "config"
  /// has the model's grid where it has as many positions.
  bool has_another_grid(const LayoutEntry& entry) const {
    const auto key = patch_key_of(entry.name());
    const auto of_pictures = [](const nlohmann::json& config) { return config.is_null() || json_has(config, "image"); };
    if (!key || !of_pictures(model_config_) || !of_pictures(file_config_)) return false;
    const auto& info = file_.info(entry.name());
    const auto& shape = info.shape;
    if (entry.rank != 3 || !are_vectors(info) || shape[2] != entry.dims[2]) return false;
    if (shape[1] != entry.dims[1] || prefix_of_model(*key) != prefix_of_file(*key)) return true;
    return !file_config_.is_null() && grid_of_file(entry, *key) != grid_of_model(entry, *key);
  }
  GridSize grid_of_model(const LayoutEntry& entry, const std::string& key) const {
    return position_grid(model_config_, key, entry.dims[1] - prefix_of_model(key).count(), std::string(entry.name()) + " of the model");
  }
  GridSize grid_of_file(const LayoutEntry& entry, const std::string& key) const {
    const std::string name(entry.name());
    return position_grid(file_config_, key, file_.info(name).shape[1] - prefix_of_file(key).count(), file_.path() + ": tensor " + in_quotes(name));
  }

  void resample(const LayoutEntry& entry) {
    const std::string name(entry.name()), key = *patch_key_of(name);
    const GridSize from = grid_of_file(entry, key), to = grid_of_model(entry, key);
    const auto values = file_.template read<T>(name);
    const auto all = std::span(values);
    require_finite(all, file_.info(name).shape, name, file_.path());
    const auto D = static_cast<std::size_t>(entry.dims[2]);
    const auto own = prefix_of_model(key), other = prefix_of_file(key);
    const auto out = read_.values(entry);
    std::size_t read = 0, written = 0;
    for (std::size_t kind = 0; kind < kPrefixTensors.size(); ++kind) {
      const auto size = static_cast<std::size_t>(own.of_kind[kind]) * D, found = static_cast<std::size_t>(other.of_kind[kind]) * D;
      std::ranges::copy(size == found ? all.subspan(read, size) : initial_.values(entry).subspan(written, size), out.subspan(written).begin());
      written += size;
      read += found;
    }
    resample_positions(all.subspan(read), from, to, out.subspan(written), options_.positions);
    require_finite(std::span<const T>(out), shape_of(entry), name, file_.path() + ": resampled");
    report_.resampled.push_back({name, from, to});
  }

  const SafetensorsFile& file_;
  const P& initial_;
  const FineTuningOptions& options_;
  P read_;
  PartialLoad found_, wrong_;
  nlohmann::json model_config_, file_config_;  ///< null: there is none
  PrefixRows model_prefix_, file_prefix_;
  std::vector<const LayoutEntry*> positions_;  ///< to be resampled
  FineTuningReport report_;
};

}  // namespace detail

/// Starts a fine-tuning: reads the tensors of `file` into the freshly initialised `parameters` of a model. These are the rules:
/// - A tensor of the parameter's shape is taken bit by bit.
/// - The head (output_projection, and head_dist with it) stays fresh as a whole if the file has another one, as for another number of classes, or none, or if
///   options.fresh_head.
/// - Position embeddings of pictures (own tokens, input bank) are resampled where the grid of patches differs. The grid of the file comes from its metadata
///   "config": image / patch_size, image / patch_bank_size. Without a "config" it is the model's grid where the numbers of positions are equal, else a square.
///   Positions of prefix tokens are kept; those that only the model has stay fresh, and those that only the file has are left out.
/// - Bank, reads and tape FFN stay fresh if the file does not have them, as the file of a plain ViT.
/// - Any other difference must be declared in options.fresh or options.unused. Gelu form, tape tokens and other settings without a tensor may differ; the
///   report has them.
/// Tensors under kExtraPrefixes are not looked at. Throws Error, with `parameters` unchanged, that names each other tensor that is missing, unexpected or of
/// another shape, for a part in options.fresh that no tensor of the model has in its name, for positions whose grid cannot be known, and as load_matching does.
template <class P>
requires(!detail::HoldsSome<P>) FineTuningReport load_for_fine_tuning(const SafetensorsFile& file, P& parameters, const FineTuningOptions& options = {}) {
  detail::FineTuningLoad<P> load(file, parameters, options);
  auto report = load.run();
  std::ranges::copy(load.parameters().flat(), parameters.flat().begin());
  return report;
}

}  // namespace adatape::io
