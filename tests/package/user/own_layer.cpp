// A user's layer, checked by the library's own checks. With a wrong gradient or a wrong inference they must say so.
#include <cstdio>

#include "adatape/testing/gradient_check.hpp"
#include "adatape/testing/inference_check.hpp"

namespace user::inline ADATAPE_NAMESPACE {

using adatape::ConstTokens, adatape::Context, adatape::Index, adatape::Tensor, adatape::Tokens;

/// y_j = gain_j x_j^2. `error` is added to its gradient, and to its inference.
template <int D, int gradient_error, int inference_error>
struct Square {
  static constexpr int in = D, out = D;
  template <class T>
  struct Params {
    Tensor<T, D> gain;
    static constexpr auto fields() { return std::tuple(adatape::field("gain", &Params::gain, adatape::Init::ones())); }
  };
  template <class T>
  struct Saved {
    Tokens<const T, D> x;
  };
  template <class T>
  static void forward(const Params<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context&) {
    saved.x = x;
    apply(p.gain.data(), x, y, T(0));
  }
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, Tokens<T, D> dx, Params<T>& dp, const Context&) {
    for (Index i = 0; i < dy.rows(); ++i)
      for (int j = 0; j < D; ++j) {
        const T x = saved.x.row(i)[j], slope = dy.row(i)[j];
        dp.gain.data()[j] += x * x * slope;
        dx.row(i)[j] = 2 * p.gain.data()[j] * x * slope + T(gradient_error);
      }
  }
  template <class T>
  struct PackedWeights {
    const T* gain = nullptr;
  };
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, adatape::Arena& arena) {
    return {adatape::copy_values(p.gain, arena)};
  }
  template <class T>
  static void infer(const PackedWeights<T>& p, ConstTokens<T, D> x, Tokens<T, D> y, const Context&) {
    apply(p.gain, x, y, T(inference_error));
  }

 private:
  template <class T>
  static void apply(const T* gain, ConstTokens<T, D> x, Tokens<T, D> y, T error) {
    for (Index i = 0; i < x.rows(); ++i)
      for (int j = 0; j < D; ++j) y.row(i)[j] = gain[j] * x.row(i)[j] * x.row(i)[j] + error;
  }
};

template <int gradient_error, int inference_error>
bool passes() {
  using Layer = Square<5, gradient_error, inference_error>;
  const auto report = adatape::gradcheck::check_layer<Layer>({{3, 1, 4}, 1});
  const double distance = adatape::gradcheck::inference_error<Layer, float>({{3, 1, 4}, 1});
  std::printf("%s; inference: %g\n", report.summary().c_str(), distance);
  return report.passed() && distance < 1e-5;
}

}  // namespace user::inline ADATAPE_NAMESPACE

int main() { return user::passes<0, 0>() && !user::passes<1, 0>() && !user::passes<0, 1>() ? 0 : 1; }
