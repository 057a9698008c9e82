#pragma once
/// The dense layer, y = x kernel + bias. core/layer.hpp says what every layer throws and what may alias.
#include "adatape/core/layer.hpp"
#include "adatape/ops/gemm.hpp"
#include "adatape/ops/layer_scale.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// The initial values of a dense kernel (see Init).
enum class KernelInit : std::uint8_t { xavier_uniform, lecun_normal, zeros };

/// How Linear::apply computes.
struct DenseOptions {
  bool accumulate = false;            ///< y += instead of y =
  Products products = Products::f32;  ///< of parameters; packed weights have the type in which they are stored
};

/// x [rows, In], kernel [In, Out], bias [Out], y [rows, Out].
template <int In, int Out, KernelInit kernel_init = KernelInit::xavier_uniform>
struct Linear {
  static_assert(In > 0 && Out > 0, "Linear<In, Out>: both widths must be at least 1");
  static constexpr int in = In, out = Out;

  template <class T>
  struct Params {
    Tensor<T, In, Out> kernel;
    Tensor<T, Out> bias;
    static constexpr auto fields() {
      constexpr Init init = kernel_init == KernelInit::zeros          ? Init::zeros()
                            : kernel_init == KernelInit::lecun_normal ? Init::lecun_normal(In)
                                                                      : Init::xavier_uniform(In, Out);
      return std::tuple(field("kernel", &Params::kernel, init), field("bias", &Params::bias));
    }
  };

  template <class T>
  struct Saved {
    Tokens<const T, In> x;
  };
  template <class T, class Stored = T>
  struct PackedWeights {
    ops::PackedMatrix<T, Stored> kernel;
    const T* bias = nullptr;
  };

  static constexpr double macs(double tokens) { return tokens * In * Out; }

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, In> x, Tokens<T, Out> y, Saved<T>& saved, const Context& context) {
    apply(p, x.data, x.rows(), y.data, {.products = context.products});
    saved.x = x;
  }

  /// dkernel += x^T dy,  dbias += sum_i dy_i,  dx = dy kernel^T
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, Out> dy, Tokens<T, In> dx, Params<T>& dp, const Context& context) {
    add_parameter_gradients(saved.x.data, dy.data, dy.rows(), dp, context.products);
    input_gradient(p, dy.data, dy.rows(), dx.data, context.products);
  }

  template <class T, class Stored>
  static void infer(const PackedWeights<T, Stored>& p, ConstTokens<T, In> x, Tokens<T, Out> y, const Context&) {
    apply(p, x.data, x.rows(), y.data);
  }
  template <class T, class Stored>
  static void infer_add(const PackedWeights<T, Stored>& p, ConstTokens<T, In> x, Tokens<T, Out> y, const Context&) {
    apply(p, x.data, x.rows(), y.data, {.accumulate = true});
  }

  // The same on arrays, for layers that hold a dense kernel of the same size in another shape. p and dp have members kernel, with In * Out values, and bias,
  // with Out. x and dx are [rows, In], y and dy [rows, Out]. Outputs do not overlap inputs.

  /// y = x kernel + bias, then the epilogue (see ops::gemm). Weights: parameters or PackedWeights, so one statement serves training and inference.
  template <class Weights, class T, class Epilogue = ops::KeepResult>
  static void apply(const Weights& p, const T* x, Index rows, T* y, DenseOptions options = {}, const Epilogue& epilogue = {}) {
    ops::gemm<T>(ops::row_major(x, rows, In), matrix(p.kernel), ops::row_major(y, rows, Out),
                 {.accumulate = options.accumulate, .bias = values_of(p.bias), .products = options.products}, epilogue);
  }
  template <class Weights, class T = typename decltype(Weights::kernel)::Scalar, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Weights& p, Arena& arena, StoredAs<Stored> = {}) {
    const auto* const kernel = arena.keep<Stored>(ops::packed_size<T, Stored>(In, Out), [&](Stored* packed) { ops::pack<T>(matrix(p.kernel), packed); });
    return {{kernel, In, Out}, copy_values(p.bias, arena)};
  }
  /// The weights of gamma y, element by element, with gamma [Out]: columns of the kernel and elements of the bias, multiplied by gamma.
  template <class Weights, class T, class Stored>
  static PackedWeights<T, Stored> pack_weights(const Weights& p, Arena& arena, StoredAs<Stored>, const T* gamma) {
    const auto* const kernel =
        arena.keep<Stored>(ops::packed_size<T, Stored>(In, Out), [&](Stored* packed) { ops::pack_scaled<T>(matrix(p.kernel), gamma, packed); });
    const auto* const bias = arena.keep<T>(Out, [&](T* scaled) { ops::layer_scale(p.bias.data(), gamma, 1, Out, scaled); });
    return {{kernel, In, Out}, bias};
  }
  /// dkernel += x^T dy,  dbias += sum_i dy_i
  template <class T, class Weights>
  static void add_parameter_gradients(const T* x, const T* dy, Index rows, Weights& dp, Products products = Products::f32) {
    ops::gemm<T>(ops::row_major(x, rows, In).transposed(), ops::row_major(dy, rows, Out), ops::row_major(dp.kernel.data(), In, Out),
                 {.accumulate = true, .products = products});
    ops::add_column_sums(dy, rows, Out, dp.bias.data());
  }
  /// dx = dy kernel^T, then the epilogue.
  template <class Weights, class T, class Epilogue = ops::KeepResult>
  static void input_gradient(const Weights& p, const T* dy, Index rows, T* dx, Products products = Products::f32, const Epilogue& epilogue = {}) {
    ops::gemm<T>(ops::row_major(dy, rows, Out), matrix(p.kernel).transposed(), ops::row_major(dx, rows, In), {.products = products}, epilogue);
  }
  /// dx += dy kernel^T
  template <class Weights, class T>
  static void add_input_gradient(const Weights& p, const T* dy, Index rows, T* dx, Products products = Products::f32) {
    ops::gemm<T>(ops::row_major(dy, rows, Out), matrix(p.kernel).transposed(), ops::row_major(dx, rows, In), {.accumulate = true, .products = products});
  }

 private:
  template <class Kernel>
  static auto matrix(const Kernel& kernel) {
    static_assert(Kernel::size == Index{In} * Out, "Linear: the kernel must have In * Out values");
    return ops::row_major(kernel.data(), In, Out);
  }
  template <class T, class Stored>
  static ops::PackedMatrix<T, Stored> matrix(const ops::PackedMatrix<T, Stored>& kernel) {
    return kernel;
  }
};

}  // namespace adatape::nn
