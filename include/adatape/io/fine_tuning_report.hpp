#pragma once
/// What a caller says about the start of a fine-tuning, and what the start then says about the tensors.
#include "adatape/io/partial.hpp"
#include "adatape/io/position_grid.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// Which tensors a fine-tuning does not take from its checkpoint, and how position embeddings are resampled.
struct FineTuningOptions {
  GridResampling positions = GridResampling::antialiased_bicubic;  ///< of position embeddings whose grid differs
  bool fresh_head = false;                                         ///< whether the head stays as it is even where it fits, for other classes of the same number
  std::vector<std::string> fresh{};                                ///< parts of names: these tensors of the model stay as they are, whatever the file has
  std::vector<std::string> unused{};                               ///< parts of names: these tensors of the file may be without a place in the model
};

/// Position embeddings that were resampled.
struct ResampledPositions {
  std::string name;  ///< of the tensor
  GridSize from;     ///< grid of the file
  GridSize to;       ///< grid of the model
};

/// What load_for_fine_tuning did. Every parameter of the model is in `taken`, `resampled` or `fresh`.
struct FineTuningReport {
  std::vector<std::string> taken;             ///< names of tensors that took the values of the file
  std::vector<ResampledPositions> resampled;  ///< position embeddings of another grid
  std::vector<std::string> fresh;             ///< names of tensors that kept their initial values
  std::vector<std::string> unused;            ///< names of tensors of the file that have no place in the model
  /// Keys that the file's "config" has with another value than the model's description. Sizes of pictures and numbers of classes are left out.
  std::vector<Difference> configuration;

  /// One line: "taken 40 of 43 tensors; "posembed_input/pos_embedding" resampled from 4 x 4 to 7 x 7; 2 fresh ("output_projection/kernel",
  /// "output_projection/bias")". At most 3 names of a kind.
  std::string summary() const {
    const std::size_t all = taken.size() + resampled.size() + fresh.size();
    std::string out = std::string("taken ") + std::to_string(taken.size()) + " of " + std::to_string(all) + " tensors";
    for (const auto& [name, from, to] : resampled) out += "; " + in_quotes(name) + " resampled from " + from.text() + " to " + to.text();
    if (!fresh.empty()) out += "; " + detail::name_list("fresh", fresh);
    if (!unused.empty()) out += "; " + detail::name_list("unused", unused);
    if (!configuration.empty()) out += "; configuration: " + differences_text(configuration);
    return out;
  }
};

}  // namespace adatape::io
