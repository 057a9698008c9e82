#pragma once
/// Multi-head self-attention over packed samples, as a layer. core/layer.hpp says what every layer throws and what may alias.
#include "adatape/nn/dropout.hpp"
#include "adatape/nn/linear.hpp"
#include "adatape/ops/attention.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// y = concat_h(softmax(q_h k_h^T / sqrt(D / heads)) v_h) W_out + b_out  with q = x W_q + b_q, and k and v alike. A sample attends to no other sample.
/// (Vaswani et al. 2017, section 3.2.2. MultiHeadDotProductAttention in the model of the paper.)
template <int D, int heads>
struct Attention {
  static_assert(heads > 0 && D % heads == 0, "Attention<D, heads>: the hidden size D must be a multiple of the number of heads");
  static constexpr int in = D, out = D, head_width = D / heads;
  using Project = Linear<D, D>;

  /// A projection into heads, or out of heads for `out`. The kernel has the values of a [D, D] matrix, in the shape that checkpoints have.
  template <class T, class Kernel, class Bias>
  struct Projection {
    Kernel kernel;
    Bias bias;
    static constexpr auto fields() {
      return std::tuple(field("kernel", &Projection::kernel, Init::xavier_uniform(D, D)), field("bias", &Projection::bias));
    }
  };

  template <class T>
  struct Params {
    using In = Projection<T, Tensor<T, D, heads, head_width>, Tensor<T, heads, head_width>>;
    In query, key, value;
    Projection<T, Tensor<T, heads, head_width, D>, Tensor<T, D>> out;
    static constexpr auto fields() {
      return std::tuple(field("query", &Params::query), field("key", &Params::key), field("value", &Params::value), field("out", &Params::out));
    }
  };

  template <class T>
  struct Saved {
    Tokens<const T, D> x;
    Tokens<T, 3 * D> projected;                        ///< queries, keys and values side by side
    Tokens<T, D> mixed;                                ///< the heads' outputs side by side
    ops::SoftmaxStatistics<T>* statistics = nullptr;  ///< [rows, heads]
  };
  template <class T>
  struct Packed {
    ops::PackedMatrix<T> project;  ///< [D, 3 D] query, key and value kernels side by side
    const T* project_bias = nullptr;
    typename Project::template Packed<T> out;
  };

  /// Multiply-accumulates for one sample of that many tokens: the four projections, the scores and the weighted values.
  static constexpr double macs(double tokens) { return 4 * Project::macs(tokens) + 2 * D * tokens * tokens; }

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    saved = {x, take_tokens<3 * D, T>(x.packing, context.arena), take_tokens<D, T>(x.packing, context.arena),
             context.arena.take<ops::SoftmaxStatistics<T>>(x.rows() * heads)};
    const auto project = [&](const auto& projection, Index part) {
      ops::gemm<T>(ops::row_major(x.data, x.rows(), D), ops::row_major(projection.kernel.data(), D, D), part_of(saved.projected, part),
                   {.bias = projection.bias.data()});
    };
    project(p.query, 0);
    project(p.key, 1);
    project(p.value, 2);
    const T* projected = saved.projected.data;
    ops::attention<T>(projected, projected + D, projected + 2 * D, shape(x.packing), saved.mixed.data, saved.statistics);
    Project::apply(p.out.kernel.data(), p.out.bias.data(), saved.mixed.data, x.rows(), y.data);
    apply_dropout(y, DropoutPlace::attention_output, context);
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    const Index rows = dy.rows();
    dy = dropout_gradient(dy, DropoutPlace::attention_output, context);
    const auto dmixed = take_tokens<D, T>(dy.packing, context.arena);
    const auto dprojected = take_tokens<3 * D, T>(dy.packing, context.arena);
    Project::accumulate_gradients(saved.mixed.data, dy.data, rows, dp.out.kernel.data(), dp.out.bias.data());
    Project::input_gradient(p.out.kernel.data(), dy.data, rows, dmixed.data);
    const T* projected = saved.projected.data;
    ops::attention_backward<T>(projected, projected + D, projected + 2 * D, saved.statistics, dmixed.data, shape(dy.packing), dprojected.data,
                               dprojected.data + D, dprojected.data + 2 * D);
    const auto project_backward = [&](const auto& projection, auto& gradient, Index part) {
      const auto d = part_of(dprojected, part);
      ops::gemm<T>(ops::row_major(saved.x.data, rows, D).transposed(), d, ops::row_major(gradient.kernel.data(), D, D), {.accumulate = true});
      ops::gemm<T>(d, ops::row_major(projection.kernel.data(), D, D).transposed(), ops::row_major(dx.data, rows, D), {.accumulate = part > 0});
      // A key bias adds the same number to all scores of a row, so its gradient is 0. A sum of the keys' gradients would be rounding errors only.
      if (part != 1) ops::add_column_sums(d.data, rows, D, d.row_stride, gradient.bias.data());
    };
    project_backward(p.query, dp.query, 0);
    project_backward(p.key, dp.key, 1);
    project_backward(p.value, dp.value, 2);
  }

  template <class T>
  static Packed<T> pack(const Params<T>& p, Arena& arena) {
    T* bias = arena.take<T>(3 * D);
    const auto kernel = ops::row_major(arena.take<T>(ops::packed_size<T>(D, 3 * D)), D, 3 * D);
    const auto packed_out = Project::pack(p.out.kernel, p.out.bias, arena);
    Arena::Scope scope(thread_arena());  // after everything that stays, since `arena` may be the thread's own
    const auto joined = ops::row_major(thread_arena().take<T>(3 * D * D), D, 3 * D);
    const auto place = [&](const auto& projection, Index part) {
      for (Index i = 0; i < D; ++i) std::copy_n(projection.kernel.data() + i * D, D, &joined(i, part * D));
      std::copy_n(projection.bias.data(), D, bias + part * D);
    };
    place(p.query, 0);
    place(p.key, 1);
    place(p.value, 2);
    return {ops::pack<T>(joined, kernel.data), bias, packed_out};
  }
  /// The outputs of all heads are complete before y is written.
  static constexpr bool infer_may_alias = true, infer_add_may_alias = true;
  template <class T>
  static void infer(const Packed<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    Arena::Scope scope(context.arena);
    Project::infer(p.out, mix(p, x, context), y, context);
  }
  template <class T>
  static void infer_add(const Packed<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context& context) {
    Arena::Scope scope(context.arena);
    Project::infer_add(p.out, mix(p, x, context), y, context);
  }

 private:
  /// The outputs of the heads side by side, [rows, D], in the arena.
  template <class T>
  static Tokens<T, D> mix(const Packed<T>& p, ConstTokens<T, D> x, const Context& context) {
    const auto mixed = take_tokens<D, T>(x.packing, context.arena);
    const auto projected = take_tokens<3 * D, T>(x.packing, context.arena);
    ops::gemm<T>(ops::row_major(x.data, x.rows(), D), p.project, ops::row_major(projected.data, x.rows(), 3 * D), {.bias = p.project_bias});
    ops::attention<T>(projected.data, projected.data + D, projected.data + 2 * D, shape(x.packing), mixed.data, nullptr);
    return mixed;
  }
  static ops::AttentionShape shape(const Packing& packing) { return {packing, heads, head_width, 3 * D}; }
  /// Queries (0), keys (1) or values (2): a view [rows, D].
  template <class T>
  static ops::Matrix<T> part_of(Tokens<T, 3 * D> projected, Index part) {
    return ops::row_major(projected.data, projected.rows(), 3 * D).middle_cols(part * D, D);
  }
};

}  // namespace adatape::nn
