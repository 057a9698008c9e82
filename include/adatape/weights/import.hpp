#pragma once
/// Weights of other libraries in a model of this one.
///     const auto source = weights::open_weights("vit_b_16.pth");
///     Parameters<Model, float> parameters;
///     initialise(parameters, seed);                                // what the file does not have stays so
///     const auto report = weights::import_weights(*source, parameters);
#include "adatape/core/sincos_positions.hpp"
#include "adatape/io/fine_tuning.hpp"
#include "adatape/weights/computed_otherwise.hpp"
#include "adatape/weights/import_report.hpp"
#include "adatape/weights/names.hpp"
#include "adatape/weights/position_rows.hpp"
#include "adatape/weights/qkv_biases.hpp"
#include "adatape/weights/rule_view.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

/// The number of blocks that a layout has.
inline Index blocks_of(std::span<const LayoutEntry> layout) {
  Index blocks = 0;
  for (const auto& entry : layout)
    if (const auto block = block_of(target::kNorm0Scale, entry.name())) blocks = std::max(blocks, *block + 1);
  return blocks;
}

/// One call of import_weights. Nothing here depends on the model but through its layout and its description.
class Import {
 public:
  Import(const TensorSource& source, std::span<const LayoutEntry> layout, const std::string& description, const ImportOptions& options)
      : source_(source), layout_(layout), options_(options), config_(io::parse_json(description, "the description of a model")), blocks_(blocks_of(layout)) {
    const auto found = find_family(source, options.family, options.prefix);
    family_ = found.family;
    prefix_ = found.prefix;
    report_.family = family_->name;
    report_.prefix = prefix_;
    report_.format = source.format();
    const auto prefix_rows = io::detail::prefix_rows_of(layout);
    prefix_tokens_ = prefix_rows.count();
    if (!family_->registers_behind_positions.empty() && source.contains(prefix_ + std::string(family_->registers_behind_positions)))
      registers_without_positions_ = prefix_rows.of_kind.back();
    has_layer_scale_ = std::ranges::any_of(layout, [](const auto& entry) { return block_of(target::kGamma0, entry.name()).has_value(); });
    for (const auto& entry : layout) plan(entry);
    if (!has_qkv_biases(layout)) leave_out_zero_biases();
    sort_others();
    if (const auto text = misfits(); !text.empty()) throw Error(source_.path() + ": does not fit this model: " + text);
    report_.tensors.configuration = computed_otherwise(*family_, config_);
  }

  /// Calls write(entry, its values in double) for every tensor that does not stay as it is.
  template <class Write>
  void run(const Write& write) const {
    for (const auto& step : steps_) write(*step.entry, values(step));
  }
  const ImportReport& report() const { return report_; }

 private:
  struct Step {
    const LayoutEntry* entry;
    std::string source, scale{};  ///< names in the file; without a source the tensor is zero, or sincos_positions
    RuleView view{};
    std::optional<PositionRows> rows{};  ///< of position embeddings
  };

  /// The name under which the file has what the table calls `pattern`, and whether it holds all blocks; nothing where it has none.
  std::optional<std::pair<std::string, bool>> find(std::string_view pattern, Index block) {
    const auto holds = [&](std::string_view other) {
      const auto name = prefix_ + with_block(other, block);
      return source_.contains(name) || source_.markers().contains(name) ? std::optional(name) : std::nullopt;
    };
    if (const auto name = holds(pattern)) return std::pair(*name, false);
    for (const auto& renaming : family_->renamings)
      if (const auto other = renamed(pattern, renaming))
        if (const auto name = holds(*other)) return std::pair(*name, pattern.find('*') != pattern.npos && other->find('*') == other->npos);
    return std::nullopt;
  }

  void plan(const LayoutEntry& entry) {
    const std::string name(entry.name());
    static constexpr Rule same{};
    auto [rule, block] = find_rule(*family_, name);
    const auto found = find(rule ? rule->source : entry.name(), block);
    if (found) used_.insert(found->first);
    if ((options_.fresh_head && io::detail::is_head(name)) || (!found && io::detail::is_of_tape(name))) {
      report_.tensors.fresh.push_back(name);
      if (found) report_.tensors.unused.push_back(found->first);
    } else if (!found && rule && rule->zero_if_missing) {
      report_.zero.push_back(name);
      report_.tensors.taken.push_back(name);
      steps_.push_back({&entry, ""});
    } else if (!found && name == target::kPositions && family_->sincos_if_missing && has_sincos_positions(entry.dims[2])) {
      report_.positions_are_computed = true;
      report_.tensors.taken.push_back(name);
      steps_.push_back({&entry, "", "", {}, PositionRows{0, model_grid(entry)}});
    } else if (!found) {
      const auto missing = prefix_ + (rule ? with_block(rule->source, block) : name);
      if (std::ranges::find(wrong_.missing, missing) == wrong_.missing.end()) wrong_.missing.push_back(missing);
    } else {
      Step step{&entry, found->first, "", view_of(rule ? *rule : same, entry, block, found->second ? blocks_ : 0)};
      if (rule && !rule->scale.empty() && !has_layer_scale_) {
        if (const auto scale = find(rule->scale, block)) {
          used_.insert(scale->first);
          step.scale = scale->first;
          report_.folded.push_back(name);
          require_shape(scale->first, std::array{entry.dims[static_cast<std::size_t>(entry.rank) - 1]});
        }
      }
      if (name == target::kPositions ? plan_positions(step) : require_shape(step.source, step.view.source)) report_.tensors.taken.push_back(name);
      steps_.push_back(std::move(step));
    }
  }

  /// Whether tensor `name` has this shape; if not, it is put down as wrong.
  bool require_shape(const std::string& name, std::span<const Index> shape) {
    const auto& found = source_.info(name).shape;
    if (std::ranges::equal(found, shape)) return true;
    const bool known = std::ranges::find(wrong_.mismatched, name, &io::Mismatch::name) != wrong_.mismatched.end();
    if (!known) wrong_.mismatched.push_back({name, io::shape_text(shape), io::shape_text(found)});
    return false;
  }
  /// Whether position embeddings are taken as they are. If not, they are put down as resampled or wrong.
  bool plan_positions(Step& step) {
    const auto& found = source_.info(step.source);
    const auto& shape = found.shape;
    const auto grid = model_grid(*step.entry);
    if (found.readable && shape.size() == 3 && shape[0] == 1 && shape[2] == step.entry->dims[2])
      step.rows = position_rows(shape[1], prefix_tokens_ - registers_without_positions_, grid);
    if (!step.rows) return require_shape(step.source, step.view.source);
    report_.prefix_positions_are_zero = step.rows->prefix == 0 && prefix_tokens_ > 0;
    report_.register_positions_are_zero = step.rows->prefix > 0 && registers_without_positions_ > 0;
    if (step.rows->grid == grid) return true;
    report_.tensors.resampled.push_back({std::string(step.entry->name()), step.rows->grid, grid});
    return false;
  }

  /// Biases of query, key and value that all are zero need no place in a model without them.
  void leave_out_zero_biases() {
    const auto norm = std::ranges::find_if(layout_, [](const auto& entry) { return block_of(target::kNorm0Scale, entry.name()).has_value(); });
    for (Index block = 0; block < blocks_; ++block)
      for (const auto& rule : family_->rules) {
        if (!is_qkv_bias(rule)) continue;
        const auto found = find(rule.source, block);
        if (!found || used_.contains(found->first) || !holds_zeros(source_, found->first, norm->size * rule.parts * (found->second ? blocks_ : 1))) continue;
        used_.insert(found->first);
        report_.tensors.unused.push_back(found->first);
      }
  }
  /// The grid of patches of the model's position embeddings.
  io::GridSize model_grid(const LayoutEntry& positions) const {
    return io::detail::position_grid(config_, "patch_size", positions.dims[1] - prefix_tokens_, "position embeddings of the model");
  }

  /// Puts the tensors of the file that no rule took down as unused or unexpected. Tensors that are no weights (integers) are unused.
  void sort_others() {
    std::vector<std::string> parts = options_.unused;
    parts.insert(parts.end(), family_->unused.begin(), family_->unused.end());
    for (const auto& [name, tensor] : source_.tensors()) {
      if (!name.starts_with(prefix_)) {
        ++report_.outside;
      } else if (!used_.contains(name)) {
        (io::detail::has_part(name, parts) || !tensor.readable ? report_.tensors.unused : wrong_.unexpected).push_back(name);
      }
    }
  }

  /// What is wrong with the file; empty: nothing.
  std::string misfits() const {
    auto text = wrong_.misfits();
    const auto of_head = [&](const std::string& name) { return name.find(family_->head) != name.npos; };
    if (!text.empty() && wrong_.unexpected.empty() && std::ranges::all_of(wrong_.missing, of_head) &&
        std::ranges::all_of(wrong_.mismatched, of_head, &io::Mismatch::name))
      text += "; all but the head fits, which can start fresh";
    const auto has = [&](const std::vector<std::string>& names, std::string_view part) {
      return std::ranges::any_of(names, [&](const auto& name) { return name.find(part) != name.npos; });
    };
    for (const auto& [part, meaning] : kForeignParts)
      if (has(wrong_.unexpected, part)) text += std::string("; ") + io::in_quotes(part) + " is " + std::string(meaning) + ", which the model does not have";
    return text;
  }

  std::vector<double> values(const Step& step) const {
    const auto& entry = *step.entry;
    std::vector<double> out(static_cast<std::size_t>(entry.size));
    const auto own = static_cast<std::size_t>(prefix_tokens_ * (step.rows ? entry.dims[2] : 0));
    if (step.source.empty()) {
      if (step.rows) sincos_positions(step.rows->grid.height, step.rows->grid.width, entry.dims[2], std::span(out).subspan(own));
      return out;
    }
    const auto read = source_.read(step.source);
    if (step.rows) {
      const auto other = static_cast<std::size_t>(step.rows->prefix * entry.dims[2]);
      std::ranges::copy(std::span(read).first(std::min(own, other)), out.begin());
      io::resample_positions(std::span(read).subspan(other), step.rows->grid, model_grid(entry), std::span(out).subspan(own),
                             options_.positions.value_or(family_->positions));
    } else {
      for_each_element(step.view, entry, [&](std::size_t ours, std::size_t theirs) { out[ours] = read[theirs]; });
    }
    if (!step.scale.empty()) {
      const auto scale = source_.read(step.scale);
      for (std::size_t i = 0; i < out.size(); ++i) out[i] *= scale[i % scale.size()];
    }
    return out;
  }

  const TensorSource& source_;
  std::span<const LayoutEntry> layout_;
  const ImportOptions& options_;
  nlohmann::json config_;
  Index blocks_;
  const Family* family_ = nullptr;
  std::string prefix_;
  Index prefix_tokens_ = 0;
  Index registers_without_positions_ = 0;  ///< registers of the model for which the file has no position embeddings, though it has them for other prefix tokens
  bool has_layer_scale_ = false;
  std::vector<Step> steps_;
  std::set<std::string, std::less<>> used_;
  io::PartialLoad wrong_;
  ImportReport report_;
};

}  // namespace detail

/// Takes the weights of a file into the parameters of a model, which has this layout and values, and this description (model::describe). Values are in double
/// until they are rounded to T, so those of a file of T are taken bit by bit. These are the rules:
/// - Every tensor of the model comes from the one that the table of the family names (weights/timm.hpp and others), transposed and cut as the table says.
/// - LayerScale is multiplied into the layer before it, unless the model has LayerScale. Biases that a library switches off are zero. Biases of query, key and
///   value that all are zero may be without a place.
/// - Position embeddings of another grid are resampled, those of prefix tokens are kept; where a file has none of them, they are zero.
/// - Where a file of flax has no position embeddings at all, those of the model are sincos_positions, which big_vision does not store.
/// - Bank, reads and tape FFN that the file does not have stay as they are, and so does the head with options.fresh_head.
/// - Every other tensor of the file under the prefix has a place, or is named by the family or by options.unused as one without.
/// Throws Error, with the values unchanged, that names each tensor that is missing, without a place, or of another shape (wanted and found), for a family or a
/// prefix that cannot be found, for values that are not finite as T, and as TensorSource::read does. Throws std::bad_alloc where there is no memory.
template <std::floating_point T>
ImportReport import_weights(const TensorSource& source, std::span<const LayoutEntry> layout, std::span<T> values, const std::string& description,
                            const ImportOptions& options = {}) {
  const detail::Import taking(source, layout, description, options);
  std::vector<T> read(values.begin(), values.end());
  taking.run([&](const LayoutEntry& entry, const std::vector<double>& from) {
    const auto to = std::span(read).subspan(static_cast<std::size_t>(entry.offset), from.size());
    std::ranges::transform(from, to.begin(), [](double value) { return static_cast<T>(value); });
    io::detail::require_finite(std::span<const T>(to), io::detail::shape_of(entry), entry.name(), source.path());
  });
  std::ranges::copy(read, values.begin());
  return taking.report();
}

/// The same for the parameters of a model that has a description.
template <class Model, std::floating_point T>
ImportReport import_weights(const TensorSource& source, Parameters<Model, T>& parameters, const ImportOptions& options = {}) {
  return import_weights(source, Parameters<Model, T>::layout(), parameters.flat(), Model::description(), options);
}

}  // namespace adatape::weights
