#pragma once
/// The dense layer, y = x kernel + bias. core/layer.hpp says what every layer throws and what may alias.
#include "adatape/core/layer.hpp"
#include "adatape/ops/gemm.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// The initial values of a dense kernel (see Init).
enum class KernelInit : std::uint8_t { xavier_uniform, lecun_normal, zeros };

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
  template <class T>
  struct Packed {
    ops::PackedMatrix<T> kernel;
    const T* bias = nullptr;
  };

  static constexpr double macs(double tokens) { return tokens * In * Out; }

  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, In> x, Tokens<T, Out> y, Saved<T>& saved, const Context&) {
    apply(p.kernel.data(), p.bias.data(), x.data, x.rows(), y.data);
    saved.x = x;
  }

  /// dkernel += x^T dy,  dbias += sum_i dy_i,  dx = dy kernel^T
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, Out> dy, Tokens<T, In> dx, Params<T>& dp, const Context&) {
    accumulate_gradients(saved.x.data, dy.data, dy.rows(), dp.kernel.data(), dp.bias.data());
    input_gradient(p.kernel.data(), dy.data, dy.rows(), dx.data);
  }

  template <class T>
  static Packed<T> pack(const Params<T>& p, Arena& arena) {
    return pack(p.kernel, p.bias, arena);
  }
  template <class T>
  static void infer(const Packed<T>& p, ConstTokens<T, In> x, Tokens<T, Out> y, const Context&) {
    apply(p, x.data, x.rows(), y.data);
  }
  template <class T>
  static void infer_add(const Packed<T>& p, ConstTokens<T, In> x, Tokens<T, Out> y, const Context&) {
    apply(p, x.data, x.rows(), y.data, true);
  }

  /// A packed layer from tensors of In * Out and Out values in any shape. The packed layer views memory of the arena.
  template <class Kernel, class Bias>
  static auto pack(const Kernel& kernel, const Bias& bias, Arena& arena) {
    using T = typename Kernel::Scalar;
    static_assert(Kernel::size == Index{In} * Out && Bias::size == Out, "Linear::pack: kernel and bias must have In * Out and Out values");
    return Packed<T>{ops::pack<T>(ops::row_major(kernel.data(), In, Out), arena.take<T>(ops::packed_size<T>(In, Out))), copy_values(bias, arena)};
  }
  /// y = x kernel + bias, or y += if `accumulate`, then the epilogue (see ops::gemm). x [rows, In], y [rows, Out]. y does not overlap x.
  template <class T, class Epilogue = ops::KeepResult>
  static void apply(const Packed<T>& p, const T* x, Index rows, T* y, bool accumulate = false, const Epilogue& epilogue = {}) {
    ops::gemm<T>(ops::row_major(x, rows, In), p.kernel, ops::row_major(y, rows, Out), {.accumulate = accumulate, .bias = p.bias}, epilogue);
  }

  // The products of forward and backward on arrays, for layers that hold a dense kernel of the same size in another shape. x and dx are [rows, In], y and dy
  // [rows, Out]. Outputs do not overlap inputs.

  /// y = x kernel + bias. The other apply takes packed weights, so one piece of code can serve training and inference.
  template <class T>
  static void apply(const Params<T>& p, const T* x, Index rows, T* y) {
    apply(p.kernel.data(), p.bias.data(), x, rows, y);
  }
  /// y = x kernel + bias, then the epilogue.
  template <class T, class Epilogue = ops::KeepResult>
  static void apply(const T* kernel, const T* bias, const T* x, Index rows, T* y, const Epilogue& epilogue = {}) {
    ops::gemm<T>(ops::row_major(x, rows, In), ops::row_major(kernel, In, Out), ops::row_major(y, rows, Out), {.bias = bias}, epilogue);
  }
  /// dkernel += x^T dy
  template <class T>
  static void accumulate_kernel_gradient(const T* x, const T* dy, Index rows, T* dkernel) {
    ops::gemm<T>(ops::row_major(x, rows, In).transposed(), ops::row_major(dy, rows, Out), ops::row_major(dkernel, In, Out), {.accumulate = true});
  }
  /// dkernel += x^T dy,  dbias += sum_i dy_i
  template <class T>
  static void accumulate_gradients(const T* x, const T* dy, Index rows, T* dkernel, T* dbias) {
    accumulate_kernel_gradient(x, dy, rows, dkernel);
    ops::add_column_sums(dy, rows, Out, dbias);
  }
  /// dx = dy kernel^T, or dx += if `accumulate`, then the epilogue.
  template <class T, class Epilogue = ops::KeepResult>
  static void input_gradient(const T* kernel, const T* dy, Index rows, T* dx, bool accumulate = false, const Epilogue& epilogue = {}) {
    ops::gemm<T>(ops::row_major(dy, rows, Out), ops::row_major(kernel, In, Out).transposed(), ops::row_major(dx, rows, In), {.accumulate = accumulate},
                 epilogue);
  }
};

}  // namespace adatape::nn
