#pragma once
/// What stands behind the encoder: norm, pooling, pre_logits and heads.
///     y        = encoder_norm(x)                           x itself where the configuration has fc_norm
///     features = pre_logits(fc_norm(pool(y)))              with what the configuration has of the two; pre_logits(u) = tanh(u kernel + bias)
///     logits   = head(features)
/// With distillation, where y0 and y1 are the tokens cls and dist of y:
///     logits   = (head(y0) + head_dist(y1)) / 2,  features = (y0 + y1) / 2
#include <algorithm>
#include <type_traits>

#include "adatape/model/layers.hpp"
#include "adatape/nn/compose.hpp"
#include "adatape/nn/tanh.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// Where a pass writes its predictions. Views; features and logits do not overlap.
template <class T>
struct PredictionRows {
  T* features = nullptr;  ///< [rows, features]
  T* logits = nullptr;    ///< [rows, classes]
  Packing packing;        ///< one token for each row
};

/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class Config>
struct BehindEncoder {
  /// The layer of the configuration (model/layers.hpp).
  ///@{
  using Norm = typename Layers<Config>::Norm;
  using Pooling = typename Layers<Config>::Pooling;
  using Head = typename Layers<Config>::Head;
  ///@}
  static constexpr int D = Config::hidden_size;                        ///< token width
  static constexpr int features = Head::in;                            ///< width of what enters the head: D, or representation_size
  static constexpr int classes = Config::num_classes;                  ///< width of the logits
  static constexpr bool norms_tokens = !Config::fc_norm;               ///< whether there is an encoder_norm
  static constexpr bool norms_pooled = Config::fc_norm;                ///< whether there is an fc_norm
  static constexpr bool represents = Config::representation_size > 0;  ///< whether there is a pre_logits
  static constexpr bool distils = Config::distillation;                ///< whether there is a second head, head_dist
  static_assert(!distils || !(norms_pooled || represents), "Classifier: distillation cannot be together with fc_norm or representation_size");

  static constexpr bool has_between = norms_pooled || represents;  ///< whether anything stands between pooling and head
  using FcNorm = nn::Named<"fc_norm", Norm>;                       ///< the norm behind the pooling, D -> D
  /// tanh(u kernel + bias), D -> features
  using PreLogits = nn::Named<"pre_logits", nn::Chain<nn::Linear<D, features, nn::KernelInit::lecun_normal>, nn::Tanh<features>>>;
  /// What stands between pooling and head, D -> features: FcNorm, PreLogits, or PreLogits of FcNorm. Not used where has_between is false.
  using Between =
      typename std::conditional_t<!represents, std::type_identity<FcNorm>,
                                  std::conditional_t<!norms_pooled, std::type_identity<PreLogits>, std::type_identity<nn::Chain<FcNorm, PreLogits>>>>::type;

  /// Of layers, those that this model has.
  template <class OfNorm, class OfPooling, class OfBetween, class OfHead>
  struct Parts {
    [[no_unique_address]] OptionalPart<norms_tokens, OfNorm, BehindEncoder, 0> norm;
    [[no_unique_address]] OfPooling pooling;
    [[no_unique_address]] OptionalPart<has_between, OfBetween, BehindEncoder, 1> between;
    [[no_unique_address]] OfHead head;
    [[no_unique_address]] OptionalPart<distils, OfHead, BehindEncoder, 2> head_dist;
    static constexpr auto fields() {
      return std::tuple(field("Transformer/encoder_norm", &Parts::norm), field("pooling", &Parts::pooling), field("", &Parts::between),
                        field("output_projection", &Parts::head), field("head_dist", &Parts::head_dist));
    }
  };
  template <class T>
  using Params =
      Parts<typename Norm::template Params<T>, typename Pooling::template Params<T>, typename Between::template Params<T>, typename Head::template Params<T>>;
  template <class T, class Stored = T>
  using PackedWeights = Parts<packed_weights_as<Norm, T, Stored>, packed_weights_as<Pooling, T, Stored>, packed_weights_as<Between, T, Stored>,
                              packed_weights_as<Head, T, Stored>>;
  /// What forward leaves for backward. Views into the arena.
  template <class T>
  struct Saved {
    Parts<typename Norm::template Saved<T>, typename Pooling::template Saved<T>, typename Between::template Saved<T>, typename Head::template Saved<T>> of;
    Packing encoded, rows;  ///< of the tokens behind the encoder, and of one token for each row
  };

  /// The depth of encoder_norm (Classifier::depth_of). That of the pooling is one more, and that of all behind the pooling two more.
  static constexpr int depth = repeats_block(Config::encoder) ? 2 : Config::num_layers + 1;

  /// Multiply-accumulates of one row that is pooled from so many tokens.
  static double macs(double tokens) {
    static_assert(
        requires { Pooling::macs(1) + Head::macs(1); }, "Output::macs: Pooling and Head of the configuration must have macs(tokens)");
    return Pooling::macs(tokens) + (represents ? nn::Linear<D, features>::macs(1) : 0) + (distils ? 2 : 1) * Head::macs(1);
  }
  /// Sets the logits of a new model, whose heads have kernels of zeros: their biases, where they have one.
  template <class T>
  static void set_initial_logit(Params<T>& p, T logit) {
    if constexpr (requires { p.head.bias.values; }) {
      std::ranges::fill(p.head.bias.values, logit);
      if constexpr (distils) std::ranges::fill(p.head_dist.bias.values, logit);
    }
  }

  /// Writes the rows. Returns y. x must stay alive until backward is done.
  template <class T>
  static Tokens<const T, D> forward(const Params<T>& p, ConstTokens<T, D> x, const PredictionRows<T>& rows, Saved<T>& saved, const Context& context) {
    saved.encoded = x.packing;
    saved.rows = rows.packing;
    Tokens<const T, D> y = x;
    if constexpr (norms_tokens) {
      const auto normed = take_tokens<D, T>(x.packing, context.arena);
      layer_forward<Norm, T>(p.norm, x, normed, saved.of.norm, behind_encoder(context, 0));
      y = normed;
    }
    write_rows<T>(
        y, rows, context.arena, [&](auto pooled) { layer_forward<Pooling, T>(p.pooling, y, pooled, saved.of.pooling, behind_encoder(context, 1)); },
        [&](auto pooled, auto out) { layer_forward<Between, T>(p.between, pooled, out, saved.of.between, behind_encoder(context, 0)); },
        [&](auto in, auto logits) { layer_forward<Head, T>(p.head, in, logits, saved.of.head, behind_encoder(context, 2)); },
        [&](auto in, auto logits) { layer_forward<Head, T>(p.head_dist, in, logits, saved.of.head_dist, behind_encoder(context, 3)); });
    return y;
  }
  /// The same without saving and without random draws. x becomes y.
  template <class Weights, class T>
  static void infer(const Weights& p, Tokens<T, D> x, const PredictionRows<T>& rows, const Context& context) {
    if constexpr (norms_tokens) nn::infer_in_place<Norm, T>(p.norm, x, context);
    write_rows<T>(
        x, rows, context.arena, [&](auto pooled) { nn::infer<Pooling, T>(p.pooling, x, pooled, context); },
        [&](auto pooled, auto out) { nn::infer<Between, T>(p.between, pooled, out, context); },
        [&](auto in, auto logits) { nn::infer<Head, T>(p.head, in, logits, context); },
        [&](auto in, auto logits) { nn::infer<Head, T>(p.head_dist, in, logits, context); });
  }

  /// The gradient with respect to x, memory of the arena; nothing where context.lowest_depth is above the depth of the pooling. dlogits is [rows, classes]. dp
  /// is added to. context.watch is told of each depth.
  template <class T>
  static Tokens<T, D> backward(const Params<T>& p, const Saved<T>& saved, const T* dlogits, Params<T>& dp, const Context& context) {
    Arena& arena = context.arena;
    const auto dpooled = take_tokens<D, T>(saved.rows, arena);
    Tokens<T, D> ddist{};
    if constexpr (distils) {
      ddist = take_tokens<D, T>(saved.rows, arena);
      const auto half = take_tokens<classes, T>(saved.rows, arena);
      for (Index i = 0; i < half.size(); ++i) half.data[i] = dlogits[i] / 2;
      layer_backward<Head, T>(p.head, saved.of.head, half, dpooled, dp.head, behind_encoder(context, 2));
      layer_backward<Head, T>(p.head_dist, saved.of.head_dist, half, ddist, dp.head_dist, behind_encoder(context, 3));
    } else if constexpr (has_between) {
      const auto dfeatures = take_tokens<features, T>(saved.rows, arena);
      layer_backward<Head, T>(p.head, saved.of.head, {dlogits, saved.rows}, dfeatures, dp.head, behind_encoder(context, 2));
      layer_backward<Between, T>(p.between, saved.of.between, dfeatures, dpooled, dp.between, behind_encoder(context, 0));
    } else {
      layer_backward<Head, T>(p.head, saved.of.head, {dlogits, saved.rows}, dpooled, dp.head, behind_encoder(context, 2));
    }
    if (context.lowest_depth > depth + 1) return {};
    context.finished(depth + 2);
    const auto dy = take_tokens<D, T>(saved.encoded, arena);
    layer_backward<Pooling, T>(p.pooling, saved.of.pooling, dpooled, dy, dp.pooling, behind_encoder(context, 1));
    if constexpr (distils)
      for (Index b = 0; b < dy.packing.samples(); ++b) ops::scalar::add(ddist.row(b), D, dy.row(dy.packing.begin(b) + kDist));
    auto dx = dy;
    if constexpr (norms_tokens) {
      if (!backward_may_alias<Norm>) dx = take_tokens<D, T>(saved.encoded, arena);
      layer_backward<Norm, T>(p.norm, saved.of.norm, dy, dx, dp.norm, behind_encoder(context, 0));
    }
    context.finished(depth);
    return dx;
  }

  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena) {
    PackedWeights<T, Stored> packed{};
    if constexpr (norms_tokens) packed.norm = pack_weights_as<Norm, T, Stored>(p.norm, arena);
    packed.pooling = pack_weights_as<Pooling, T, Stored>(p.pooling, arena);
    if constexpr (has_between) packed.between = pack_weights_as<Between, T, Stored>(p.between, arena);
    packed.head = pack_weights_as<Head, T, Stored>(p.head, arena);
    if constexpr (distils) packed.head_dist = pack_weights_as<Head, T, Stored>(p.head_dist, arena);
    return packed;
  }

 private:
  static constexpr Index kDist = 1;  ///< the number of the token dist

  /// The rows of both passes. pool(pooled), between(pooled, features), head(in, logits) and head_dist(in, logits) write their last argument.
  template <class T, class Pool, class Run, class Classify, class ClassifyDist>
  static void write_rows(ConstTokens<T, D> y, const PredictionRows<T>& rows, Arena& arena, const Pool& pool, [[maybe_unused]] const Run& between,
                         const Classify& head, [[maybe_unused]] const ClassifyDist& head_dist) {
    const Tokens<T, features> out{rows.features, rows.packing};
    const Tokens<T, classes> logits{rows.logits, rows.packing};
    if constexpr (distils) {
      const auto cls = take_tokens<D, T>(rows.packing, arena), dist = take_tokens<D, T>(rows.packing, arena);
      const auto others = take_tokens<classes, T>(rows.packing, arena);
      pool(cls);
      for (Index b = 0; b < rows.packing.samples(); ++b) std::copy_n(y.row(y.packing.begin(b) + kDist), D, dist.row(b));
      head(cls, logits);
      head_dist(dist, others);
      for (Index i = 0; i < out.size(); ++i) out.data[i] = (cls.data[i] + dist.data[i]) / 2;
      for (Index i = 0; i < logits.size(); ++i) logits.data[i] = (logits.data[i] + others.data[i]) / 2;
    } else if constexpr (has_between) {
      const auto pooled = take_tokens<D, T>(rows.packing, arena);
      pool(pooled);
      between(pooled, out);
      head(out, logits);
    } else {
      pool(out);
      head(out, logits);
    }
  }
};

}  // namespace adatape::model
