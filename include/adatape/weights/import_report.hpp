#pragma once
/// What a caller says about the import of weights, and what the import then says about the tensors.
#include <optional>

#include "adatape/io/fine_tuning_report.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// Where in a file the weights stand, and which tensors may be without a place in the model.
struct ImportOptions {
  std::string family{};                           ///< Family::name; empty: the names of the file say
  std::optional<std::string> prefix{};            ///< of the names in the file; nothing: the file says
  std::optional<io::GridResampling> positions{};  ///< of position embeddings whose grid differs; nothing: as the family does
  bool fresh_head = false;                        ///< whether the head stays as it is
  std::vector<std::string> unused{};              ///< parts of names: these tensors of the file may be without a place in the model
};

/// What import_weights did. Names of taken, resampled and fresh tensors are those of the model, names of unused ones those of the file.
struct ImportReport {
  std::string family;  ///< Family::name
  std::string prefix;  ///< of the names in the file; may be empty
  std::string format;  ///< TensorSource::format
  /// configuration: what the family computes in another way than the model does ("gelu", "layer_norm_epsilon").
  io::FineTuningReport tensors;
  std::vector<std::string> folded;           ///< into which LayerScale was multiplied
  std::vector<std::string> zero;             ///< which the family may leave out, and the file does
  std::size_t outside = 0;                   ///< tensors of the file that do not stand under the prefix
  bool prefix_positions_are_zero = false;    ///< the file has no position embeddings of prefix tokens
  bool register_positions_are_zero = false;  ///< of prefix tokens, the file has those of the class token alone
  bool positions_are_computed = false;       ///< the file has no position embeddings: those of the model are sincos_positions

  /// Lines for a user, the first says how many tensors were taken.
  std::vector<std::string> lines() const {
    std::vector<std::string> out{format + " of the family " + family + (prefix.empty() ? "" : ", under " + io::in_quotes(prefix)) + ": " + tensors_text()};
    if (!folded.empty()) out.push_back(io::detail::name_list("with LayerScale folded in", folded));
    if (!zero.empty()) out.push_back(io::detail::name_list("without a tensor in the file, so zero", zero));
    if (prefix_positions_are_zero) out.push_back("the file has no position embeddings of prefix tokens (cls), so they are zero");
    if (register_positions_are_zero) out.push_back("the file has no position embeddings of registers, so they are zero");
    if (positions_are_computed) out.push_back("the file has no position embeddings, so they are the fixed ones of big_vision (sincos2d)");
    if (outside > 0) out.push_back(std::to_string(outside) + " tensors of the file stand outside of the prefix, and were not looked at");
    return out;
  }
  /// Lines about what the model computes in another way than the family.
  std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    for (const auto& [key, wanted, found] : tensors.configuration)
      out.push_back("the model has " + key + " " + wanted + ", the weights were trained with " + found + ": logits differ from those of the family");
    return out;
  }

 private:
  std::string tensors_text() const {
    auto shown = tensors;
    shown.configuration.clear();
    return shown.summary();
  }
};

}  // namespace adatape::weights
