#pragma once
/// A bank that the caller gives with each sample: retrieved memory, audio frames, rows of a table.
#include "adatape/core/samples.hpp"
#include "adatape/nn/linear.hpp"
#include "adatape/tape/bank.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// The bank of sample b has as many tokens as the caller gives, 0 too. A sample without bank tokens reads nothing.
///     width == 0: bank_i = given_i, tokens of width D             otherwise: bank_i = given_i W + b  with W [width, D] and b of `pre_bank`
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <int width, int D>
struct GivenBank {
  static_assert(width >= 0, "GivenBank: the width of given bank tokens must not be negative");
  static constexpr bool has_dense = width > 0;  ///< whether given bank tokens pass a dense layer
  static constexpr int size = 0;                ///< 0: any number of bank tokens
  /// The dense layer, width -> D. Without one only its input width, D, counts.
  using Project = nn::Linear<has_dense ? width : D, D, nn::KernelInit::lecun_normal>;
  template <class T>
  using Samples = RaggedSamples<T, Project::in>;  ///< given bank tokens, any number a sample

  template <class T>
  struct Params {
    [[no_unique_address]] OptionalPart<has_dense, typename Project::template Params<T>, GivenBank> project;
    static constexpr auto fields() { return std::tuple(field("pre_bank", &Params::project)); }
  };
  /// given must stay alive until backward is done.
  template <class T>
  struct Saved {
    Samples<T> given;
  };
  template <class T>
  struct PackedWeights {
    [[no_unique_address]] OptionalPart<has_dense, typename Project::template PackedWeights<T>, GivenBank> project;
  };

  static constexpr Index folded_patch = 0;  ///< 0: infer makes all tokens
  /// Multiply-accumulates of forward (macs) and of infer (inference_macs), for that many bank tokens.
  ///@{
  static constexpr double macs(double tokens) { return has_dense ? Project::macs(tokens) : 0; }
  static constexpr double inference_macs(double tokens) { return macs(tokens); }
  ///@}

  /// The bank of every sample. Its tokens are those of `given` where there is no dense layer, else a view into the arena.
  template <class T>
  static Bank<const T> forward(const Params<T>& p, const Samples<T>& given, Saved<T>& saved, const Context& context) {
    saved.given = given;
    return make(p, given, context.arena);
  }
  /// dbank [rows of all banks, D]. dp is added to, and dgiven [rows of the whole input, width] unless it is null.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, const T* dbank, std::type_identity_t<T>* dgiven, Params<T>& dp, const Context&) {
    const Index rows = saved.given.rows();
    if constexpr (has_dense) Project::add_parameter_gradients(saved.given.data(), dbank, rows, dp.project);
    if (!dgiven || rows == 0) return;
    T* const first = dgiven + saved.given.first_row() * Project::in;
    if constexpr (has_dense)
      Project::add_input_gradient(p.project, dbank, rows, first);
    else
      ops::add(dbank, rows * D, first);
  }

  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    PackedWeights<T> packed{};
    if constexpr (has_dense) packed.project = Project::pack_weights(p.project, arena);
    return packed;
  }
  /// The bank as in forward, without keeping what backward needs.
  template <class T>
  static Bank<const T> infer(const PackedWeights<T>& p, const Samples<T>& given, const Context& context) {
    return make(p, given, context.arena);
  }

 private:
  /// bank = given W + b, or given. Weights: Params or PackedWeights.
  template <class Weights, class T>
  static Bank<const T> make(const Weights& p, const Samples<T>& given, Arena& arena) {
    const T* tokens = given.data();
    if constexpr (has_dense) {
      T* const projected = arena.take<T>(given.rows() * D);
      Project::apply(p.project, given.data(), given.rows(), projected);
      tokens = projected;
    }
    Index largest = 0;
    for (Index b = 0; b < given.samples(); ++b) largest = std::max(largest, given.length(b));
    return {tokens, largest, false,
            offsets_of(
                given.samples(), [&](Index b) { return given.length(b); }, arena)};
  }
};

}  // namespace adatape::tape
