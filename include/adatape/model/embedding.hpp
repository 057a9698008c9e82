#pragma once
/// The own tokens of a sample:  x = [prefix; patches kernel + bias] + positions, where the configuration has prefix tokens and positions. Patches are those of
/// the image after ImageReduction by image_reduction.
#include <algorithm>
#include <span>
#include <vector>

#include "adatape/core/samples.hpp"
#include "adatape/core/sincos_positions.hpp"
#include "adatape/model/prefix_tokens.hpp"
#include "adatape/nn/dropout.hpp"
#include "adatape/nn/image_reduction.hpp"
#include "adatape/nn/patch_embedding.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// Tokens of width D = Config::hidden_size from images [height, width, channels] or one-hot sequences [seq_len, symbol_count].
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class Config>
struct Embedding {
  static constexpr int D = Config::hidden_size;  ///< token width
  static_assert(Config::image_reduction >= 1, "Classifier: image_reduction must be at least 1");
  static_assert(Config::image_reduction == 1 || Config::input == Input::image, "Classifier: image_reduction is for images");
  static constexpr bool reduces = Config::image_reduction > 1;  ///< whether patches are cut from a smaller image than the input
  /// The input -> the image of which patches are cut.
  using Reduce = nn::ImageReduction<Config::image[0], Config::image[1], Config::image[2], Config::image_reduction>;
  /// How patches are cut from the (reduced) image. A sequence is an image of height 1.
  static constexpr nn::PatchGrid grid = Config::input == Input::image
                                            ? nn::PatchGrid{Reduce::rows, Reduce::columns, Config::image[2], Config::patch_size, Config::patch_size}
                                        : Config::input == Input::whole_sequence ? nn::PatchGrid{1, Config::seq_len, Config::symbol_count, 1, Config::seq_len}
                                                                                 : nn::PatchGrid{1, Config::seq_len, Config::symbol_count, 1, 1};
  using Patches = nn::PatchEmbedding<grid, D, Config::input != Input::image>;                            ///< patch -> token; the kernel of a sequence is flat
  using Prefix = PrefixTokens<Config>;                                                                   ///< the tokens in front of the patches
  static constexpr bool has_fixed_positions = Config::positions == Positions::sincos2d;                  ///< whether there are positions without parameters
  static constexpr bool has_positions = Config::input != Input::whole_sequence && !has_fixed_positions;  ///< whether there are learned positions
  static_assert(!has_fixed_positions || Config::input == Input::image, "Classifier: fixed positions are for images");
  static_assert(!has_fixed_positions || has_sincos_positions(D), "Classifier: fixed positions need a hidden_size that is a multiple of 4 and at least 8");
  static constexpr int count = Prefix::count + Patches::count;                           ///< own tokens of a sample
  static constexpr Index input_size = reduces ? Reduce::input_size : grid.input_size();  ///< values of one sample
  template <class T>
  using Samples = DenseSamples<T, input_size>;  ///< [samples, input_size]

  template <class T>
  struct Params {
    typename Patches::template Params<T> patches;
    [[no_unique_address]] typename Prefix::template Params<T> prefix;
    /// `posembed_input/pos_embedding` in checkpoints; in ACT and PonderNet below `Transformer/`.
    [[no_unique_address]] OptionalPart<has_positions, Tensor<T, 1, count, D>, Embedding> positions;
    static constexpr auto fields() {
      constexpr std::string_view positions_name = repeats_block(Config::encoder) ? "Transformer/posembed_input/pos_embedding" : "posembed_input/pos_embedding";
      return std::tuple(field("embedding", &Params::patches), field("", &Params::prefix), field(positions_name, &Params::positions, Init::normal(0.02)));
    }
  };
  template <class T>
  using Saved = typename Patches::template Saved<T>;

  /// The weights for inference, views into the arena given to pack_weights. The parameters may go away then.
  template <class T, class Stored = T>
  struct PackedWeights {
    typename Patches::template PackedWeights<T, Stored> patches;
    typename Prefix::template PackedWeights<T> prefix;
    const T* positions = nullptr;  ///< null: there are none. Learned ones are [count, D], fixed ones [Patches::count, D]
  };

  /// Multiply-accumulates of one sample.
  static constexpr double macs(double /*tokens*/) { return Patches::macs(1) + (reduces ? Reduce::macs(1) : 0); }
  /// The packing of the own tokens, in memory of the arena.
  template <class T>
  static Packing packing(const Samples<T>& input, Arena& arena) {
    return uniform_packing(input.samples(), count, arena, Prefix::count);
  }

  /// Writes x [samples * count, D]. Dropout acts on x in training. saved is a view into the arena.
  template <class T>
  static void forward(const Params<T>& p, const Samples<T>& input, Tokens<T, D> x, Saved<T>& saved, const Context& context) {
    const Index samples = x.packing.samples();
    T* patches = context.arena.take<T>(samples * Patches::count * D);
    Patches::forward(p.patches, reduced(input, context.arena), samples, patches, saved, context);
    place(p, patches, x);
    nn::dropout_in_place(x, nn::DropoutPlace::position_embedding, context);
  }

  /// dx is [samples * count, D]. dp, and dinput [samples, input_size] unless it is null, are added to.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dx, std::type_identity_t<T>* dinput, Params<T>& dp,
                       const Context& context) {
    Arena::Scope scope(context.arena);
    const Index samples = dx.packing.samples();
    dx = nn::dropout_gradient(dx, nn::DropoutPlace::position_embedding, context);
    if constexpr (has_positions) ops::add_column_sums(dx.data, samples, Index{count} * D, dp.positions.data());
    if constexpr (Prefix::count > 0)
      for (Index b = 0; b < samples; ++b) Prefix::add_gradient(dx.row(b * count), dp.prefix);
    T* dpatches = context.arena.take<T>(samples * Patches::count * D);
    for (Index b = 0; b < samples; ++b) std::copy_n(dx.row(b * count + Prefix::count), Patches::count * D, dpatches + b * Patches::count * D);
    if (reduces && dinput) {
      T* const dreduced = context.arena.take<T>(samples * grid.input_size());
      std::fill_n(dreduced, samples * grid.input_size(), T(0));
      Patches::backward(p.patches, saved, dpatches, samples, dreduced, dp.patches, context);
      Reduce::backward(dreduced, samples, dinput);
    } else {
      Patches::backward(p.patches, saved, dpatches, samples, dinput, dp.patches, context);
    }
  }

  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored = {}) {
    PackedWeights<T, Stored> packed{Patches::pack_weights(p.patches, arena, stored), Prefix::pack_weights(p.prefix, arena), nullptr};
    if constexpr (has_positions) packed.positions = copy_values(p.positions, arena);
    if constexpr (has_fixed_positions) packed.positions = arena.keep<T>(Patches::count * D, [](T* copy) { std::ranges::copy(fixed_positions<T>(), copy); });
    return packed;
  }
  /// Writes x [samples * count, D], without dropout and without keeping what backward needs.
  template <class T, class Stored>
  static void infer(const PackedWeights<T, Stored>& p, const Samples<T>& input, Tokens<T, D> x, const Context& context) {
    Arena::Scope scope(context.arena);
    T* patches = context.arena.take<T>(x.packing.samples() * Patches::count * D);
    Patches::infer(p.patches, reduced(input, context.arena), x.packing.samples(), patches, context);
    place(p, patches, x);
  }

 private:
  /// The images of which patches are cut [samples, grid.input_size()]: the input, or memory of the arena.
  template <class T>
  static const T* reduced(const Samples<T>& input, Arena& arena) {
    if constexpr (!reduces) return input.data();
    T* const images = arena.take<T>(input.samples() * grid.input_size());
    Reduce::apply(input.data(), input.samples(), images);
    return images;
  }
  /// [Patches::count, D], computed once.
  template <class T>
  static std::span<const T> fixed_positions() {
    static const std::vector<T> values = [] {
      std::vector<T> all(static_cast<std::size_t>(Patches::count * D));
      sincos_positions(grid.rows(), grid.columns(), D, std::span(all));
      return all;
    }();
    return values;
  }
  template <class T>
  static const T* positions_of([[maybe_unused]] const Params<T>& p) {
    if constexpr (has_fixed_positions)
      return fixed_positions<T>().data();
    else
      return values_of(p.positions);
  }
  template <class T, class Stored>
  static const T* positions_of(const PackedWeights<T, Stored>& p) {
    return p.positions;
  }
  /// Writes x: of every sample the prefix tokens, then its patches; learned positions are added to both, fixed ones to the patches. Weights: Params or
  /// PackedWeights.
  template <class Weights, class T>
  static void place(const Weights& p, const T* patches, Tokens<T, D> x) {
    parallel_for(x.packing.samples(), [&](Index b) {
      T* const first = x.row(b * count);
      T* const rows = Prefix::write(p.prefix, first);
      std::copy_n(patches + b * Patches::count * D, Patches::count * D, rows);
      if constexpr (has_positions) ops::scalar::add(positions_of(p), Index{count} * D, first);
      if constexpr (has_fixed_positions) ops::scalar::add(positions_of(p), Index{Patches::count} * D, rows);
    });
  }
};

}  // namespace adatape::model
