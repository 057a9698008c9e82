#pragma once
/// Multi-head self-attention over packed samples.
#include "adatape/nn/dropout.hpp"
#include "adatape/nn/linear.hpp"
#include "adatape/ops/attention.hpp"

namespace adatape::nn {

/// y = concat_h(softmax(q_h k_h^T / sqrt(D / heads)) v_h) W_out + b_out with q, k, v = x W + b; each sample attends to its own tokens only.
/// (The paper's MultiHeadDotProductAttention; Vaswani et al. 2017, section 3.2.2.)
template <int D, int heads>
struct Attention {
  static_assert(heads > 0 && D % heads == 0, "Attention<D, heads>: the hidden size D must be a multiple of the number of heads");
  static constexpr int in = D, out = D, head_width = D / heads;
  using Project = Linear<D, D>;

  /// A projection into (or, for `out`, out of) heads: the kernel is Linear's [D, D] under the checkpoint's shape.
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
    Tokens<T, D> x, query, key, value, mixed;          ///< mixed: the heads' outputs side by side
    ops::SoftmaxStatistics<T>* statistics = nullptr;  ///< [rows, heads]
  };

  /// Of one sample: the four projections, the scores and the weighted values.
  static constexpr double macs(double tokens) { return 4 * Project::macs(tokens) + 2 * D * tokens * tokens; }

  template <class T>
  static void forward(const Params<T>& p, Tokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    const auto take = [&] { return take_tokens<D, T>(x.packing, context.arena); };
    saved = {x, take(), take(), take(), take(), context.arena.take<ops::SoftmaxStatistics<T>>(x.rows() * heads)};
    Project::apply(p.query.kernel.data(), p.query.bias.data(), x.data, x.rows(), saved.query.data);
    Project::apply(p.key.kernel.data(), p.key.bias.data(), x.data, x.rows(), saved.key.data);
    Project::apply(p.value.kernel.data(), p.value.bias.data(), x.data, x.rows(), saved.value.data);
    ops::attention<T>(saved.query.data, saved.key.data, saved.value.data, {x.packing, heads, head_width}, saved.mixed.data, saved.statistics);
    Project::apply(p.out.kernel.data(), p.out.bias.data(), saved.mixed.data, x.rows(), y.data);
    apply_dropout(y, DropoutPlace::attention_output, context);
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, Tokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context& context) {
    Arena::Scope scope(context.arena);
    const auto take = [&] { return take_tokens<D, T>(dy.packing, context.arena); };
    const Index rows = dy.rows();
    dy = dropout_gradient(dy, DropoutPlace::attention_output, context);
    const auto dmixed = take(), dquery = take(), dkey = take(), dvalue = take();
    Project::accumulate_gradients(saved.mixed.data, dy.data, rows, dp.out.kernel.data(), dp.out.bias.data());
    Project::input_gradient(p.out.kernel.data(), dy.data, rows, dmixed.data);
    ops::attention_backward<T>(saved.query.data, saved.key.data, saved.value.data, saved.statistics, dmixed.data, {dy.packing, heads, head_width},
                               dquery.data, dkey.data, dvalue.data);
    const auto project_backward = [&](const auto& projection, auto& gradient, Tokens<T, D> d, bool accumulate) {
      Project::accumulate_kernel_gradient(saved.x.data, d.data, rows, gradient.kernel.data());
      Project::input_gradient(projection.kernel.data(), d.data, rows, dx.data, accumulate);
    };
    project_backward(p.query, dp.query, dquery, false);
    project_backward(p.key, dp.key, dkey, true);
    project_backward(p.value, dp.value, dvalue, true);
    // A key bias moves all scores of a row alike, so its gradient is zero; summing dkey would only collect rounding errors.
    ops::add_column_sums(dquery.data, rows, D, dp.query.bias.data());
    ops::add_column_sums(dvalue.data, rows, D, dp.value.bias.data());
  }
};

}  // namespace adatape::nn
