#pragma once
/// Multi-head self-attention over packed samples, as a layer. core/layer.hpp says what every layer throws and what may alias.
#include <array>

#include "adatape/nn/dropout.hpp"
#include "adatape/nn/linear.hpp"
#include "adatape/ops/attention.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// y = concat_h(softmax(q_h k_h^T / sqrt(D / heads)) v_h) W_out + b_out  with q = x W_q + b_q, and k and v alike. A sample attends to no other sample.
/// (Vaswani et al. 2017, section 3.2.2. MultiHeadDotProductAttention in the model of the paper.) Without qkv_bias there is no b_q, b_k and b_v.
template <int D, int heads, bool qkv_bias = true>
struct Attention {
  static_assert(heads > 0 && D % heads == 0, "Attention<D, heads>: the hidden size D must be a multiple of the number of heads");
  static constexpr int in = D, out = D;
  static constexpr int head_width = D / heads;  ///< values of a query, a key or a value in one head
  using Project = Linear<D, D>;                 ///< computes each of the four projections

  /// A projection into heads, or out of heads for `out`. The kernel has the values of a [D, D] matrix, in the shape that checkpoints have.
  template <class T, class Kernel, class Bias>
  struct Projection {
    Kernel kernel;
    [[no_unique_address]] Bias bias;
    static constexpr auto fields() { return std::tuple(field("kernel", &Projection::kernel, Init::xavier_uniform(D, D)), field("bias", &Projection::bias)); }
  };

  template <class T>
  struct Params {
    /// A projection into heads.
    using In = Projection<T, Tensor<T, D, heads, head_width>, OptionalPart<qkv_bias, Tensor<T, heads, head_width>, Attention>>;
    In query, key, value;
    Projection<T, Tensor<T, heads, head_width, D>, Tensor<T, D>> out;
    static constexpr auto fields() {
      return std::tuple(field("query", &Params::query), field("key", &Params::key), field("value", &Params::value), field("out", &Params::out));
    }
  };

  template <class T>
  struct Saved {
    Tokens<const T, D> x;
    Tokens<T, 3 * D> projected;                       ///< queries, keys and values side by side
    Tokens<T, D> mixed;                               ///< the heads' outputs side by side
    ops::SoftmaxStatistics<T>* statistics = nullptr;  ///< [rows, heads]
  };
  template <class T, class Stored = T>
  struct PackedWeights {
    typename Linear<D, 3 * D>::template PackedWeights<T, Stored> project;  ///< query, key and value side by side
    typename Project::template PackedWeights<T, Stored> out;
  };

  /// Multiply-accumulates for one sample of that many tokens: the four projections, the scores and the weighted values.
  static constexpr double macs(double tokens) { return 4 * Project::macs(tokens) + 2 * D * tokens * tokens; }

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved = {x, take_tokens<3 * D, T>(x.packing, context.arena), take_tokens<D, T>(x.packing, context.arena),
             context.arena.take<ops::SoftmaxStatistics<T>>(x.rows() * heads)};
    compute(p, x, y, false, saved.projected, saved.mixed, saved.statistics, context);
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    const Index rows = dy.rows();
    dy = dropout_gradient(dy, DropoutPlace::attention_output, context);
    const auto dmixed = take_tokens<D, T>(dy.packing, context.arena);
    const auto dprojected = take_tokens<3 * D, T>(dy.packing, context.arena);
    Project::add_parameter_gradients(saved.mixed.data, dy.data, rows, dp.out, context.products);
    Project::input_gradient(p.out, dy.data, rows, dmixed.data, context.products);
    const T* projected = saved.projected.data;
    ops::attention_backward<T>(projected, projected + D, projected + 2 * D, saved.statistics, dmixed.data, shape(dy.packing), dprojected.data,
                               dprojected.data + D, dprojected.data + 2 * D);
    const auto project_backward = [&](const auto& projection, auto& gradient, Index part) {
      const auto d = part_of(dprojected, part);
      ops::gemm<T>(ops::row_major(saved.x.data, rows, D).transposed(), d, ops::row_major(gradient.kernel.data(), D, D),
                   {.accumulate = true, .products = context.products});
      ops::gemm<T>(d, ops::row_major(projection.kernel.data(), D, D).transposed(), ops::row_major(dx.data, rows, D),
                   {.accumulate = part > 0, .products = context.products});
      // A key bias adds the same number to all scores of a row, so its gradient is 0. A sum of the keys' gradients would be rounding errors only.
      if constexpr (qkv_bias)
        if (part != 1) ops::add_column_sums(d.data, rows, D, d.row_stride, gradient.bias.data());
    };
    project_backward(p.query, dp.query, 0);
    project_backward(p.key, dp.key, 1);
    project_backward(p.value, dp.value, 2);
  }

  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored = {}) {
    const auto project = pack_projections(p, arena, stored);
    return {project, Project::pack_weights(p.out, arena, stored)};
  }
  /// The weights of gamma y, with gamma [D].
  template <class T, class Stored>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored, const T* gamma) {
    const auto project = pack_projections(p, arena, stored);
    return {project, Project::pack_weights(p.out, arena, stored, gamma)};
  }
  /// The outputs of all heads are complete before y is written.
  static constexpr bool infer_may_alias = true, infer_add_may_alias = true;
  template <class T, class Stored>
  static void infer(const PackedWeights<T, Stored>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    compute_in_arena(p, x, y, false, context);
  }
  template <class T, class Stored>
  static void infer_add(const PackedWeights<T, Stored>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    compute_in_arena(p, x, y, true, context);
  }

 private:
  /// The layer's equation, or y += without dropout. Writes projected, mixed and, unless null, statistics, which are as in Saved. Weights: Params or
  /// PackedWeights.
  template <class Weights, class T>
  static void compute(const Weights& p, ConstTokens<T, D> x, Tokens<T, D> y, bool accumulate, Tokens<T, 3 * D> projected, Tokens<T, D> mixed,
                      ops::SoftmaxStatistics<T>* statistics, const Context& context) {
    project(p, x, projected, context);
    ops::attention<T>(projected.data, projected.data + D, projected.data + 2 * D, shape(x.packing), mixed.data, statistics, factor_of(p));
    Project::apply(p.out, mixed.data, x.rows(), y.data, {.accumulate = accumulate, .products = context.products});
    dropout_in_place(y, DropoutPlace::attention_output, context);
  }
  template <class Weights, class T>
  static void compute_in_arena(const Weights& p, ConstTokens<T, D> x, Tokens<T, D> y, bool accumulate, const Context& context) {
    Arena::Scope scope(context.arena);
    const auto mixed = take_tokens<D, T>(x.packing, context.arena);
    compute(p, x, y, accumulate, take_tokens<3 * D, T>(x.packing, context.arena), mixed, static_cast<ops::SoftmaxStatistics<T>*>(nullptr), context);
  }
  /// Query, key and value side by side.
  template <class T, class Stored>
  static auto pack_projections(const Params<T>& p, Arena& arena, StoredAs<Stored>) {
    using Joined = typename Linear<D, 3 * D>::template PackedWeights<T, Stored>;
    const std::array projections{&p.query, &p.key, &p.value};
    const auto* const kernel = arena.keep<Stored>(ops::packed_size<T, Stored>(D, 3 * D), [&](Stored* packed) {
      Arena::Scope scope(thread_arena());
      const auto joined = ops::row_major(thread_arena().take<T>(3 * D * D), D, 3 * D);
      for (Index part = 0; part < 3; ++part)
        for (Index i = 0; i < D; ++i) std::copy_n(projections[static_cast<std::size_t>(part)]->kernel.data() + i * D, D, &joined(i, part * D));
      ops::pack<T>(joined, packed);
    });
    const T* bias = nullptr;
    if constexpr (qkv_bias)
      bias = arena.keep<T>(3 * D, [&](T* joined) {
        for (const auto* projection : projections) joined = std::copy_n(projection->bias.data(), D, joined);
      });
    return Joined{{kernel, D, 3 * D}, bias};
  }
  /// The bias of a projection into heads; null: it has none.
  template <class In>
  static auto bias_of(const In& projection) {
    using T = typename decltype(projection.kernel)::Scalar;
    if constexpr (qkv_bias)
      return static_cast<const T*>(projection.bias.data());
    else
      return static_cast<const T*>(nullptr);
  }
  /// Queries, keys and values.
  template <class T>
  static void project(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, 3 * D> projected, const Context& context) {
    const auto project_part = [&](const auto& projection, Index part) {
      ops::gemm<T>(ops::row_major(x.data, x.rows(), D), ops::row_major(projection.kernel.data(), D, D), part_of(projected, part),
                   {.bias = bias_of(projection), .products = context.products});
    };
    project_part(p.query, 0);
    project_part(p.key, 1);
    project_part(p.value, 2);
  }
  template <class T, class Stored>
  static void project(const PackedWeights<T, Stored>& p, ConstTokens<T, D> x, Tokens<T, 3 * D> projected, const Context&) {
    Linear<D, 3 * D>::apply(p.project, x.data, x.rows(), projected.data);
  }
  /// The type of the factors inside attention. With weights in fewer bits, int8 too, it is bf16 where the CPU multiplies bf16 and heads are at least 32 values
  /// wide. With AMX such heads take 0.5 to 0.9 times as long as in float (1024 to 50 tokens), and heads of 16 values up to 1.1 times.
  template <class T>
  static StoredAs<T> factor_of(const Params<T>&) {
    return {};
  }
  template <class T, class Stored>
  static auto factor_of(const PackedWeights<T, Stored>&) {
    constexpr bool narrow = simd::reads_bf16 && head_width >= 32 && std::is_same_v<T, float> && !std::is_same_v<T, Stored>;
    return StoredAs<std::conditional_t<narrow, Bf16, T>>();
  }
  static ops::AttentionShape shape(const Packing& packing) { return {packing, heads, head_width, 3 * D}; }
  /// Queries (0), keys (1) or values (2): a view [rows, D].
  template <class T>
  static ops::Matrix<T> part_of(Tokens<T, 3 * D> projected, Index part) {
    return ops::row_major(projected.data, projected.rows(), 3 * D).middle_cols(part * D, D);
  }
};

}  // namespace adatape::nn
