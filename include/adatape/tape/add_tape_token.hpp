#pragma once
/// One read as a layer (the paper's AddTapeToken): the reader, then the tape FFN; the tape is packed behind the tokens that the sample has.
#include "adatape/nn/compose.hpp"
#include "adatape/nn/join.hpp"
#include "adatape/nn/mlp.hpp"
#include "adatape/tape/reader_backward.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// y = x followed by the tape, for each sample of x.packing.length(b) + n_b tokens, where n_b is its tape length.
/// Options: as for Reader, and bank_type, tape_bank_size (learned bank), tt_mlp_dim (width of the tape FFN, 0: none).
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class Options>
struct AddTapeToken {
  using Read = Reader<Options>;
  static constexpr int D = Read::D;
  static constexpr bool learned = Options::bank_type == BankType::learn, has_mlp = Options::tt_mlp_dim > 0;
  static constexpr int bank_size = learned ? Options::tape_bank_size : 1;
  static_assert(bank_size >= 1, "AddTapeToken: tape_bank_size (K) must be at least 1");
  static_assert(!learned || Options::dynamic || bank_size >= Options::num_tape_tokens,
                "AddTapeToken: a fixed read needs a bank of at least num_tape_tokens (K >= T)");
  using TapeMlp = nn::GluMlp<D, has_mlp ? Options::tt_mlp_dim : 1>;

  template <class T>
  struct Params {
    [[no_unique_address]] OptionalPart<learned, Tensor<T, bank_size, D>, 0> tape_tokens;
    typename Read::template Params<T> bank_norm;
    [[no_unique_address]] OptionalPart<has_mlp, typename TapeMlp::template Params<T>, 1> mlp;
    static constexpr auto fields() {
      return std::tuple(field("TapeBank_0/tape_tokens", &Params::tape_tokens, Init::normal(0.02)), field("TapeBank_0/bank_norm", &Params::bank_norm),
                        field("MlpBlock_0", &Params::mlp));
    }
  };

  template <class T>
  struct Saved {
    typename Read::template Saved<T> read;
    [[no_unique_address]] OptionalPart<has_mlp, typename TapeMlp::template Saved<T>> mlp;
    Packing before, tape;  ///< packing of x; packing of the tape alone
  };

  /// The weights for inference, views into the arena given to pack. The parameters may go away after pack.
  template <class T>
  struct Packed {
    const T *scale = nullptr, *bias = nullptr;  ///< of bank_norm
    NormalisedBank<T> bank;                     ///< of a learned bank: normalised once for all reads to come
    [[no_unique_address]] OptionalPart<has_mlp, typename TapeMlp::template Packed<T>> mlp;
  };

  /// Multiply-accumulates of one sample that read `tokens` tape tokens of `tokens_a_step` bank tokens each from a bank of `candidates`.
  static constexpr double macs(double tokens, double tokens_a_step, double candidates) {
    return Read::macs(tokens, tokens_a_step, candidates) + (has_mlp ? TapeMlp::macs(tokens) : 0);
  }

  /// Returns y, a view into the arena that does not overlap x. input_bank [samples, K, D] is the bank that the model computed from its input; it must stay
  /// alive until backward is done. A learned bank takes the place of input_bank, which is then not used.
  /// Throws Error where settings are out of range (check_read_settings) and where a sample has no token.
  template <class T>
  static Tokens<T, D> forward(const Params<T>& p, Tokens<T, D> x, Bank<const T> input_bank, Saved<T>& saved, const Context& context) {
    if constexpr (learned) input_bank = {p.tape_tokens.data(), bank_size, true};
    const auto bank = Read::normalise(input_bank, x.packing.samples(), p.bank_norm.scale.data(), p.bank_norm.bias.data(), context.arena);
    auto tape = read(bank, x, saved, context);
    if constexpr (has_mlp) {
      const auto transformed = take_tokens<D, T>(saved.tape, context.arena);
      TapeMlp::forward(p.mlp, tape, transformed, saved.mlp, context);
      tape = transformed;
    }
    return append(x, tape, context.arena);
  }

  /// dy has the shape of y, dx that of x, dponder is [samples]. dx is written, and must not overlap dy. dp is added to. dbank [samples, K, D] of an input
  /// bank is added to; with a learned bank it is not used.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, Tokens<T, D> dy, const T* dponder, Tokens<T, D> dx, T* dbank, Params<T>& dp,
                       const Context& context) {
    Arena::Scope scope(context.arena);
    auto dtape = take_tokens<D, T>(saved.tape, context.arena);
    nn::split_rows(dy, dx, dtape);
    if constexpr (has_mlp) {
      const auto dread = take_tokens<D, T>(saved.tape, context.arena);
      TapeMlp::backward(p.mlp, saved.mlp, dtape, dread, dp.mlp, context);
      dtape = dread;
    }
    T* slots = context.arena.take<T>(saved.before.samples() * Read::T_max * D);
    for (Index b = 0; b < saved.before.samples(); ++b)
      std::copy_n(dtape.row(saved.tape.begin(b)), saved.tape.length(b) * D, slots + b * Read::T_max * D);
    if constexpr (learned) dbank = dp.tape_tokens.data();
    ReaderBackward<Options>::run(p.bank_norm, saved.read, slots, dponder, dx, dbank, dp.bank_norm, context);
  }

  template <class T>
  static Packed<T> pack(const Params<T>& p, Arena& arena) {
    Packed<T> packed{copy_values(p.bank_norm.scale, arena), copy_values(p.bank_norm.bias, arena), {}, {}};
    if constexpr (learned) packed.bank = Read::template normalise<T>({copy_values(p.tape_tokens, arena), bank_size, true}, 1, packed.scale, packed.bias, arena);
    if constexpr (has_mlp) packed.mlp = TapeMlp::pack(p.mlp, arena);
    return packed;
  }

  /// y as in forward, without keeping what backward needs. y and `trace` are views into the arena. Throws as forward does.
  template <class T>
  static Tokens<T, D> infer(const Packed<T>& p, Tokens<T, D> x, Bank<const T> input_bank, ReadTrace<T>& trace, const Context& context) {
    const auto bank = learned ? p.bank : Read::normalise(input_bank, x.packing.samples(), p.scale, p.bias, context.arena);
    Saved<T> saved;
    auto tape = read(bank, x, saved, context);
    trace = saved.read.trace;
    if constexpr (has_mlp) {
      const auto transformed = take_tokens<D, T>(saved.tape, context.arena);
      TapeMlp::infer(p.mlp, tape, transformed, context);
      tape = transformed;
    }
    return append(x, tape, context.arena);
  }

 private:
  /// Returns the packed tape alone, before the tape FFN. Fills saved.read, saved.before and saved.tape.
  template <class T>
  static Tokens<T, D> read(const NormalisedBank<T>& bank, Tokens<T, D> x, Saved<T>& saved, const Context& context) {
    const T* slots = Read::forward(bank, x, saved.read, context);
    saved.before = x.packing;
    saved.tape = pack_lengths(saved.read.trace.length, context.arena);
    const auto tape = take_tokens<D, T>(saved.tape, context.arena);
    for (Index b = 0; b < x.packing.samples(); ++b)
      std::copy_n(slots + b * Read::T_max * D, saved.tape.length(b) * D, tape.row(saved.tape.begin(b)));
    return tape;
  }

  /// The tokens of x and `tape`, joined sample by sample.
  template <class T>
  static Tokens<T, D> append(Tokens<T, D> x, Tokens<T, D> tape, Arena& arena) {
    const auto y = take_tokens<D, T>(nn::join(x.packing, tape.packing, arena), arena);
    nn::join_rows(x, tape, y);
    return y;
  }

  /// The packing of samples that have these lengths, all of tape tokens.
  static Packing pack_lengths(std::span<const Index> lengths, Arena& arena) {
    const auto offsets = arena.take_span<Index>(static_cast<Index>(lengths.size()) + 1);
    offsets[0] = 0;
    for (std::size_t b = 0; b < lengths.size(); ++b) offsets[b + 1] = offsets[b] + lengths[b];
    return {offsets, 0};
  }
};

}  // namespace adatape::tape
