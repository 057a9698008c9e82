#pragma once
/// The LayerNorms of an encoder block, the kernels behind them, and what these kernels multiplied in a pass: what smoothing (nn/channel_smoothing.hpp) needs.
#include <array>

#include "adatape/nn/block.hpp"
#include "adatape/nn/channel_smoothing.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// The norms of a block. A block of one's own has none: what it does between a norm and a kernel is not known.
template <class Block>
struct BlockNorms {
  static constexpr int count = 0;  ///< number of norms
};

/// The library's block: LayerNorm_0 before query, key and value, and LayerNorm_1 before the first dense layer of the FFN, or of both FFNs.
template <int D, int heads, int mlp_dim, ops::GeluForm gelu, int tape_mlp_dim, BlockOptions options>
struct BlockNorms<EncoderBlock<D, heads, mlp_dim, gelu, tape_mlp_dim, options>> {
  using Block = EncoderBlock<D, heads, mlp_dim, gelu, tape_mlp_dim, options>;  ///< whose norms these are
  using Params = typename Block::template Params<float>;                       ///< parameters of the block
  using Saved = typename Block::template Saved<float>;                         ///< what forward of the block saves
  static constexpr int count = 2;                                              ///< number of norms

  /// `passes` are what forward saved wherever the block was applied. A pass whose views are empty has no rows. Views of `params` and of the arena of the
  /// passes.
  static std::array<NormAndKernels, 2> of(Params& params, std::span<const Saved> passes) {
    std::array norms{norm_of(params.first.first.layer), norm_of(params.second.first.layer)};
    auto& attention = unscaled(params.first.second).layer;
    for (auto* projection : {&attention.query, &attention.key, &attention.value})
      norms[0].kernels.push_back(kernel_of<D>(*projection, passes, [](const Saved& saved) { return unscaled(saved.first.second).x; }));
    auto& ffn = unscaled(params.second.second);
    if constexpr (tape_mlp_dim > 0) {
      norms[1].kernels = {kernel_of<mlp_dim>(ffn.own.expand, passes, [](const Saved& saved) { return unscaled(saved.second.second).own.x; }),
                          kernel_of<2 * tape_mlp_dim>(ffn.tape.expand, passes, [](const Saved& saved) { return unscaled(saved.second.second).tape.x; })};
    } else {
      norms[1].kernels = {kernel_of<mlp_dim>(ffn.layer.expand, passes, [](const Saved& saved) { return unscaled(saved.second.second).x; })};
    }
    return norms;
  }

 private:
  /// Parameters, or what forward saved, of the layer that LayerScale multiplies.
  template <class Tree>
  static auto& unscaled(Tree& tree) {
    if constexpr (options.layer_scale != 0)
      return tree.layer;
    else
      return tree;
  }
  template <class Norm>
  static NormAndKernels norm_of(Norm& norm) {
    return {norm.scale.values, norm.bias.values, {}};
  }
  /// The kernel of a dense layer, [D, columns], and the rows that input(pass) names.
  template <int columns, class Dense, class Input>
  static KernelAndRows kernel_of(Dense& dense, std::span<const Saved> passes, const Input& input) {
    KernelAndRows found{ops::row_major(dense.kernel.data(), D, columns), {}};
    for (const Saved& saved : passes)
      if (const Tokens<const float, D> x = input(saved); x.data) found.rows.push_back(ops::row_major(x.data, x.rows(), D));
    return found;
  }
};

}  // namespace adatape::nn
