#pragma once
/// Banks computed from the input (paper section 3.1, "input-driven bank"): a second embedding of the same image or sequence, which has more tokens.
///
/// The three kinds have the same members. Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
///     size                                                                  K, the number of bank tokens of a sample
///     forward(params, input, samples, saved, context)                       the bank [samples, K, D], a view into the arena; input [samples, input size]
///     backward(params, saved, dbank, samples, dinput, dparams, context)     dbank [samples, K, D]; dparams, and dinput unless null, are added to
///     pack_weights(params, arena)                                           weights for inference, views into the arena; params may go away afterwards
///     infer(packed, input, samples, context)                                the bank for one or more reads, without keeping what backward needs
///     macs(samples)                                                         multiply-accumulates of forward
///     inference_macs(samples)                                               multiply-accumulates of infer
///     folded_patch                                                          values of a patch where infer gives a FoldedBank, else 0
#include "adatape/nn/linear.hpp"
#include "adatape/nn/patch_embedding.hpp"
#include "adatape/ops/sums.hpp"
#include "adatape/tape/fold_bank.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// Image bank of K = grid.count() tokens:  bank = (patches kernel + bias + positions) W + b  with kernel and bias of `embedding_bank`, positions of
/// `posembed_input_bank`, W and b of `pre_bank`. A key is the first key_width values of a token. Inference does not make the tokens (tape/folded_bank.hpp).
template <nn::PatchGrid grid, int D, int key_width = D>
struct ImageBank {
  using Embed = nn::PatchEmbedding<grid, D>;  ///< patch -> D
  using Project = nn::Linear<D, D>;           ///< patch with its position -> bank token
  static constexpr int size = Embed::count;
  static constexpr Index folded_patch = grid.patch_size();

  template <class T>
  struct Params {
    typename Embed::template Params<T> embedding;
    Tensor<T, 1, size, D> positions;
    typename Project::template Params<T> project;
    static constexpr auto fields() {
      return std::tuple(field("embedding_bank", &Params::embedding), field("posembed_input_bank/pos_embedding", &Params::positions, Init::normal(0.02)),
                        field("pre_bank", &Params::project));
    }
  };
  template <class T>
  struct Saved {
    typename Embed::template Saved<T> embedding;
    T* positioned = nullptr;  ///< [samples * size, D] patches with their positions
  };

  template <class T>
  using PackedWeights = FoldedWeights<T>;

  static constexpr double macs(double samples) { return Embed::macs(samples) + Project::macs(samples * size); }
  static constexpr double inference_macs(double samples) { return samples * FoldedBank<float>::macs(folded_patch, D, size); }

  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return fold_bank<T>({folded_patch, D, key_width, size, p.embedding.kernel.data(), p.embedding.bias.data(), p.positions.data(), p.project.kernel.data(),
                         p.project.bias.data()},
                        arena);
  }
  template <class T>
  static FoldedBank<T> infer(const PackedWeights<T>& p, const T* input, Index samples, const Context& context) {
    return FoldedBank<T>(p, Embed::cut_patches(input, samples, context.arena), samples, context.arena);
  }

  template <class T>
  static Bank<T> forward(const Params<T>& p, const T* input, Index samples, Saved<T>& saved, const Context& context) {
    Bank<T> bank{context.arena.take<T>(samples * size * D), size, false};
    saved.positioned = context.arena.take<T>(samples * size * D);
    Embed::forward(p.embedding, input, samples, saved.positioned, saved.embedding, context);
    project(p, saved.positioned, samples, bank.tokens);
    return bank;
  }

  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, const T* dbank, Index samples, std::type_identity_t<T>* dinput, Params<T>& dp,
                       const Context& context) {
    Arena::Scope scope(context.arena);
    T* dpositioned = context.arena.take<T>(samples * size * D);
    Project::add_parameter_gradients(saved.positioned, dbank, samples * size, dp.project);
    Project::input_gradient(p.project, dbank, samples * size, dpositioned);
    ops::add_column_sums(dpositioned, samples, Index{size} * D, dp.positions.data());
    Embed::backward(p.embedding, saved.embedding, dpositioned, samples, dinput, dp.embedding, context);
  }

 private:
  /// bank = (patches + positions) W + b. patches [samples * size, D] become patches + positions.
  template <class T>
  static void project(const Params<T>& p, T* patches, Index samples, T* bank) {
    parallel_for(samples, [&](Index b) { ops::scalar::add(p.positions.data(), Index{size} * D, patches + b * size * D); });
    Project::apply(p.project, patches, samples * size, bank);
  }
};

/// Sequence bank of the parity model, of K = length tokens:  bank_i = symbol_i W + b  with W and b of `pre_bank`; symbol_i is one-hot [channels].
/// Inference makes the tokens: with three values a symbol that is less than 1 % of what a model multiplies, so folding would gain nothing.
template <int length, int channels, int D>
struct SymbolBank {
  using Embed = nn::PatchEmbedding<nn::PatchGrid{1, length, channels, 1, 1}, D, true>;  ///< symbol -> bank token
  static constexpr int size = length;

  template <class T>
  struct Params {
    typename Embed::template Params<T> embedding;
    static constexpr auto fields() { return std::tuple(field("pre_bank", &Params::embedding)); }
  };
  template <class T>
  using Saved = typename Embed::template Saved<T>;

  template <class T>
  using PackedWeights = typename Embed::template PackedWeights<T>;

  static constexpr Index folded_patch = 0;
  static constexpr double macs(double samples) { return Embed::macs(samples); }
  static constexpr double inference_macs(double samples) { return macs(samples); }

  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    return Embed::pack_weights(p.embedding, arena);
  }
  template <class T>
  static Bank<const T> infer(const PackedWeights<T>& p, const T* input, Index samples, const Context& context) {
    Bank<T> bank{context.arena.take<T>(samples * size * D), size, false};
    Embed::infer(p, input, samples, bank.tokens, context);
    return bank;
  }

  template <class T>
  static Bank<T> forward(const Params<T>& p, const T* input, Index samples, Saved<T>& saved, const Context& context) {
    Bank<T> bank{context.arena.take<T>(samples * size * D), size, false};
    Embed::forward(p.embedding, input, samples, bank.tokens, saved, context);
    return bank;
  }
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, const T* dbank, Index samples, std::type_identity_t<T>* dinput, Params<T>& dp,
                       const Context& context) {
    Embed::backward(p.embedding, saved, dbank, samples, dinput, dp.embedding, context);
  }
};

/// The input bank of a model without one: no tokens, no parameters, nothing to compute.
struct NoInputBank {
  static constexpr int size = 0;
  template <class T>
  using Params = Absent<NoInputBank>;
  template <class T>
  struct Saved {};
  template <class T>
  struct PackedWeights {};
  static constexpr Index folded_patch = 0;
  static constexpr double macs(double) { return 0; }
  static constexpr double inference_macs(double) { return 0; }
  template <class T>
  static PackedWeights<T> pack_weights(const Absent<NoInputBank>&, Arena&) {
    return {};
  }
  template <class T>
  static Bank<const T> infer(const PackedWeights<T>&, const T*, Index, const Context&) {
    return {};
  }
  template <class T>
  static Bank<T> forward(const Absent<NoInputBank>&, const T*, Index, Saved<T>&, const Context&) {
    return {};
  }
  template <class T>
  static void backward(const Absent<NoInputBank>&, const Saved<T>&, const T*, Index, T*, Absent<NoInputBank>&, const Context&) {}
};

}  // namespace adatape::tape
