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
  using Reader = tape::Reader<Options>;                                    ///< what selects and merges the bank tokens
  static constexpr int D = Reader::D;                                      ///< token width
  static constexpr bool learned = Options::bank_type == BankType::learn;   ///< whether the read has a trainable bank of its own
  static constexpr bool has_mlp = Options::tt_mlp_dim > 0;                 ///< whether there is a tape FFN
  static constexpr int bank_size = learned ? Options::tape_bank_size : 1;  ///< K of a learned bank; else of no use
  static_assert(bank_size >= 1, "AddTapeToken: tape_bank_size (K) must be at least 1");
  static_assert(Options::tt_mlp_dim >= 0, "AddTapeToken: tt_mlp_dim must not be negative");
  static_assert(!learned || Options::dynamic || bank_size >= Options::num_tape_tokens,
                "AddTapeToken: a fixed read needs a bank of at least num_tape_tokens (K >= T)");
  /// The tape FFN, D -> D: dense [D, 2 tt_mlp_dim], GLU, dense [tt_mlp_dim, D]. Not used where has_mlp is false.
  using TapeMlp = nn::GluMlp<D, has_mlp ? Options::tt_mlp_dim : 1>;

  template <class T>
  struct Params {
    [[no_unique_address]] OptionalPart<learned, Tensor<T, bank_size, D>, AddTapeToken, 0> tape_tokens;
    typename Reader::template Params<T> bank_norm;
    [[no_unique_address]] OptionalPart<has_mlp, typename TapeMlp::template Params<T>, AddTapeToken, 1> mlp;
    static constexpr auto fields() {
      return std::tuple(field("TapeBank_0/tape_tokens", &Params::tape_tokens, Init::normal(0.02)), field("TapeBank_0/bank_norm", &Params::bank_norm),
                        field("MlpBlock_0", &Params::mlp));
    }
  };

  template <class T>
  struct Saved {
    typename Reader::template Saved<T> reader;
    [[no_unique_address]] OptionalPart<has_mlp, typename TapeMlp::template Saved<T>, AddTapeToken> mlp;
    Packing before, tape;  ///< packing of x; packing of the tape alone
  };

  /// The weights for inference, views into the arena given to pack_weights. The parameters may go away then.
  template <class T, class Stored = T>
  struct PackedWeights {
    const T *scale = nullptr, *bias = nullptr;  ///< of bank_norm
    NormalisedBank<T> bank;                     ///< of a learned bank: normalised once for all reads to come
    [[no_unique_address]] OptionalPart<has_mlp, typename TapeMlp::template PackedWeights<T, Stored>, AddTapeToken> mlp;
  };

  /// Multiply-accumulates of one sample that read `tokens` tape tokens of `tokens_a_step` bank tokens each from a bank of `candidates`.
  /// patch: values of a patch of the FoldedBank that was read; 0: another bank.
  static constexpr double macs(double tokens, double tokens_a_step, double candidates, Index patch = 0) {
    if (tokens == 0) return 0;
    const double of_mlp = has_mlp ? TapeMlp::macs(tokens) : 0;
    if (patch == 0) return of_mlp + Reader::macs(tokens, tokens_a_step, candidates);
    return of_mlp + Reader::folded_macs(tokens, tokens_a_step, candidates, static_cast<double>(patch));
  }

  /// Returns y, a view into the arena that does not overlap x. input_bank [samples, K, D] is the bank that the model computed from its input; it must stay
  /// alive until backward is done. A learned bank takes the place of input_bank, which is then not used.
  /// Throws Error where settings are out of range (check_read_settings) and where a sample has no token.
  template <class T>
  static Tokens<T, D> forward(const Params<T>& p, ConstTokens<T, D> x, Bank<const T> input_bank, Saved<T>& saved, const Context& context) {
    if constexpr (learned) input_bank = {p.tape_tokens.data(), context.settings.read_tape ? bank_size : 0, true};
    const auto bank = Reader::normalise(input_bank, x.packing.samples(), p.bank_norm.scale.data(), p.bank_norm.bias.data(), context.arena);
    saved.before = x.packing;
    return append<T>(bank, x, saved.reader, saved.tape, context, [&](auto tape, auto y) { TapeMlp::forward(p.mlp, tape, y, saved.mlp, context); });
  }

  /// dy has the shape of y, dx that of x, dponder is [samples]. dx is written, and must not overlap dy. dp is added to. dbank [samples, K, D] of an input
  /// bank is added to; with a learned bank it is not used.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, const T* dponder, Tokens<T, D> dx, T* dbank, Params<T>& dp,
                       const Context& context) {
    Arena::Scope scope(context.arena);
    if constexpr (learned) dbank = dp.tape_tokens.data();
    const auto read_backward = [&](const auto& dtape_of) {
      ReaderBackward<Options>::add_gradients(p.bank_norm, saved.reader, dtape_of, dponder, dx, dbank, dp.bank_norm, context);
    };
    if constexpr (has_mlp) {
      const auto dtape = take_tokens<D, T>(saved.tape, context.arena), dmerged = take_tokens<D, T>(saved.tape, context.arena);
      nn::split_rows(dy, dx, dtape);
      TapeMlp::backward(p.mlp, saved.mlp, dtape, dmerged, dp.mlp, context);
      read_backward([&](Index b) { return dmerged.row(saved.tape.begin(b)); });
    } else {
      parallel_for(saved.before.samples(),
                   [&](Index b) { std::copy_n(dy.row(dy.packing.begin(b)), saved.before.length(b) * D, dx.row(saved.before.begin(b))); });
      read_backward([&](Index b) { return dy.row(dy.packing.begin(b) + saved.before.length(b)); });
    }
  }

  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, [[maybe_unused]] StoredAs<Stored> stored = {}) {
    PackedWeights<T, Stored> packed{copy_values(p.bank_norm.scale, arena), copy_values(p.bank_norm.bias, arena), {}, {}};
    if constexpr (learned)
      packed.bank = Reader::template normalise<T>({copy_values(p.tape_tokens, arena), bank_size, true}, 1, packed.scale, packed.bias, arena);
    if constexpr (has_mlp) packed.mlp = TapeMlp::pack_weights(p.mlp, arena, stored);
    return packed;
  }

  /// y as in forward, without keeping what backward needs. y and `trace` are views into the arena. InputBank: Bank or FoldedBank; not used where the bank is
  /// learned. Throws as forward does.
  template <class T, class Stored, class InputBank>
  static Tokens<T, D> infer(const PackedWeights<T, Stored>& p, ConstTokens<T, D> x, [[maybe_unused]] const InputBank& input_bank, ReadTrace<T>& trace,
                            const Context& context) {
    const auto read = [&](const auto& bank) {
      typename Reader::template Saved<T, std::remove_cvref_t<decltype(bank)>> saved;
      Packing tape;
      const auto y = append<T>(bank, x, saved, tape, context, [&](auto merged, auto out) { TapeMlp::infer(p.mlp, merged, out, context); });
      trace = saved.trace;
      return y;
    };
    if constexpr (learned)
      return read(p.bank);
    else
      return read(Reader::template normalise<T>(input_bank, x.packing.samples(), p.scale, p.bias, context.arena));
  }

 private:
  /// Returns y. apply_mlp(tape, out) is the tape FFN. Fills saved and the packing of the tape. Each tape token is written where it stays, or, with a tape FFN,
  /// is copied once, behind the FFN.
  template <class T, class OfBank, class ApplyMlp>
  static Tokens<T, D> append(const OfBank& bank, ConstTokens<T, D> x, typename Reader::template Saved<T, OfBank>& saved, Packing& tape_packing,
                             const Context& context, [[maybe_unused]] const ApplyMlp& apply_mlp) {
    Reader::template select<T>(bank, x, saved, context);
    tape_packing = Reader::template tape_packing<T>(saved, context.arena);
    const auto y = take_tokens<D, T>(nn::join(x.packing, tape_packing, context.arena), context.arena);
    if constexpr (has_mlp) {
      const auto tape = take_tokens<D, T>(tape_packing, context.arena), transformed = take_tokens<D, T>(tape_packing, context.arena);
      Reader::template write_tape<T>(saved, [&](Index b) { return tape.row(tape_packing.begin(b)); });
      apply_mlp(tape, transformed);
      nn::join_rows(x, transformed, y);
    } else {
      Reader::template write_tape<T>(saved, [&](Index b) {  // behind the tokens of x
        return std::copy_n(x.row(x.packing.begin(b)), x.packing.length(b) * D, y.row(y.packing.begin(b)));
      });
    }
    return y;
  }
};

}  // namespace adatape::tape
