#pragma once
/// The layers that a configuration names (Block, Norm, Pooling, Head), checked. What does not fit is refused with one sentence: the library's layer then
/// stands in, so that no other errors follow from it.
#include <algorithm>
#include <string_view>

#include "adatape/core/layer.hpp"
#include "adatape/model/config.hpp"
#include "adatape/nn/inference.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

namespace detail {

/// Whether L maps width `from` to width `to`.
template <class L, int from, int to>
concept HasWidths = requires {
  requires L::in == from;
  requires L::out == to;
};

/// Whether L is the layer of the library, which needs no check, or has the members of training. A pooling has the same members as a layer.
template <class L, class Library>
concept Trains = std::same_as<L, Library> || (Layer<L, float> && Layer<L, double>);

/// L where `fits`, else the layer of the library.
template <bool fits, class L, class Library>
using Fitting = std::conditional_t<fits, L, Library>;

template <class L, class Library, int D>
struct CheckedBlock {
  static constexpr bool widths = HasWidths<L, D, D>, trains = Trains<L, Library>;
  static_assert(widths, "Block of a configuration: in and out must be hidden_size");
  static_assert(!widths || trains, "Block of a configuration: must have Params, Saved, forward and backward for float and double (adatape/core/layer.hpp)");
  using type = Fitting<widths && trains, L, Library>;
  static_assert(parameter_count<typename type::template Params<float>> > 0, "Block of a configuration: must have a parameter");
};

template <class L, class Library, int D>
struct CheckedNorm {
  static constexpr bool widths = HasWidths<L, D, D>, trains = Trains<L, Library>;
  static_assert(widths, "Norm of a configuration: in and out must be hidden_size");
  static_assert(!widths || trains, "Norm of a configuration: must have Params, Saved, forward and backward for float and double (adatape/core/layer.hpp)");
  using type = Fitting<widths && trains, L, Library>;
};

template <class L, class Library, int D>
struct CheckedPooling {
  static constexpr bool widths = HasWidths<L, D, D>, trains = Trains<L, Library>;
  static_assert(widths, "Pooling of a configuration: in and out must be hidden_size");
  static_assert(!widths || trains, "Pooling of a configuration: must have Params, Saved, forward and backward for float and double (adatape/nn/pooling.hpp)");
  using type = Fitting<widths && trains, L, Library>;
};

template <class L, class Library, int D, int classes>
struct CheckedHead {
  static constexpr bool widths = HasWidths<L, D, classes>, trains = Trains<L, Library>;
  static_assert(widths, "Head of a configuration: in must be hidden_size (or representation_size), and out must be num_classes");
  static_assert(!widths || trains, "Head of a configuration: must have Params, Saved, forward and backward for float and double (adatape/core/layer.hpp)");
  using type = Fitting<widths && trains, L, Library>;
};

/// Whether JSON takes the text as it is.
constexpr bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view(" _-+.,:/()").find(c) != std::string_view::npos;
  });
}

}  // namespace detail

/// The layers of the model of Config.
template <class Config>
struct Layers {
 private:
  static constexpr int D = Config::hidden_size, classes = Config::num_classes;
  static_assert(Config::representation_size >= 0, "Classifier: representation_size must not be negative");
  static constexpr int of_head = Config::representation_size > 0 ? Config::representation_size : D;
  static constexpr nn::BlockOptions options{Config::layer_norm_epsilon, Config::qkv_bias, Config::layer_scale};
  static constexpr nn::BlockSizes early{D, Config::num_heads, Config::mlp_dim, Config::gelu, 0, options};
  static constexpr nn::BlockSizes late{D, Config::num_heads, Config::mlp_dim, Config::gelu, Config::enc_tt_mlp_dim, options};
  struct Library {
    using EarlyBlock = ModelDefaults::Block<early>;
    using LateBlock = ModelDefaults::Block<late>;
    using Norm = nn::LayerNorm<D, nn::Epsilon{Config::layer_norm_epsilon}>;
    using Pooling = ModelDefaults::Pooling<D, Config::classifier>;
    using Head = ModelDefaults::Head<of_head, classes>;
  };
  /// The norm that a configuration names. The library's has layer_norm_epsilon.
  template <class Named>
  using NormOf = std::conditional_t<std::is_same_v<Named, ModelDefaults::Norm<D>>, typename Library::Norm, Named>;

 public:
  /// The block before the first read, D -> D; in ACT and PonderNet every block.
  using EarlyBlock = typename detail::CheckedBlock<typename Config::template Block<early>, typename Library::EarlyBlock, D>::type;
  /// The block from the first read on, D -> D. Tape tokens have an FFN of their own in it where enc_tt_mlp_dim > 0.
  using LateBlock = typename detail::CheckedBlock<typename Config::template Block<late>, typename Library::LateBlock, D>::type;
  /// encoder_norm, or fc_norm, D -> D.
  using Norm = typename detail::CheckedNorm<NormOf<typename Config::template Norm<D>>, typename Library::Norm, D>::type;
  /// The tokens of a sample -> D.
  using Pooling = typename detail::CheckedPooling<typename Config::template Pooling<D, Config::classifier>, typename Library::Pooling, D>::type;
  /// D, or representation_size where there is one, -> num_classes.
  using Head = typename detail::CheckedHead<typename Config::template Head<of_head, classes>, typename Library::Head, of_head, classes>::type;

  /// Whether one of them is not the library's.
  static constexpr bool own = !(std::is_same_v<EarlyBlock, typename Library::EarlyBlock> && std::is_same_v<LateBlock, typename Library::LateBlock> &&
                                std::is_same_v<Norm, typename Library::Norm> && std::is_same_v<Pooling, typename Library::Pooling> &&
                                std::is_same_v<Head, typename Library::Head>);
  static_assert(!own || !Config::own_layers.empty(), "Classifier: a configuration with a Block, Norm, Pooling or Head of its own must name them in own_layers");
  static_assert(detail::is_plain(Config::own_layers), "Classifier: own_layers may have letters, digits and any of \" _-+.,:/()\"");

  /// Whether all of them run in inference for values of type T.
  template <class T>
  static constexpr bool infer() {
    if constexpr (own)
      return nn::Inferable<EarlyBlock, T> && nn::Inferable<LateBlock, T> && nn::Inferable<Norm, T> && nn::Inferable<Head, T> && nn::Inferable<Pooling, T> &&
             nn::detail::HasInfer<Pooling, T>;
    else
      return true;
  }
};

/// The context of what stands behind the encoder: norm (0), pooling (1), head (2) and second head (3). Their random draws have numbers that no block and no
/// read has.
inline Context behind_encoder(const Context& context, std::uint32_t number) {
  Context inner = context;
  inner.block = 0x10000 + number;
  return inner;
}

}  // namespace adatape::model
