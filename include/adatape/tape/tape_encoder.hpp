#pragma once
/// The stack of encoder blocks with reads between them. Without reads it is the encoder of ViT.
#include <algorithm>
#include <array>
#include <optional>

#include "adatape/nn/block.hpp"
#include "adatape/nn/inference.hpp"
#include "adatape/tape/add_tape_token.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// Blocks 0 to num_layers - 1. Before each block of add_tape_token_to_layers a read appends tape tokens. encoder_norm is not part of this encoder.
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory. With reads, forward and infer throw as check_read_settings.
/// Config: num_layers, add_tape_token_to_layers, and what AddTapeToken wants. EarlyBlock and LateBlock are layers of width D: the block before the first read,
/// which sees no tape tokens, and the block from the first read on, which may have a separate FFN for them (enc_tt_mlp_dim).
template <class Config, class EarlyBlock, class LateBlock>
struct TapeEncoder {
  static constexpr int D = Config::hidden_size;                           ///< token width
  static constexpr int layers = Config::num_layers;                       ///< number of blocks
  static constexpr auto read_layers = Config::add_tape_token_to_layers;   ///< [reads] the block behind each read, ascending
  static constexpr std::size_t reads = read_layers.size();                ///< number of reads
  static constexpr int first_read = reads > 0 ? read_layers[0] : layers;  ///< the block behind the first read; without reads `layers`
  static_assert(layers >= 1, "TapeEncoder: num_layers must be at least 1");
  static_assert(std::ranges::adjacent_find(read_layers, std::ranges::greater_equal{}) == read_layers.end() &&
                    std::ranges::all_of(read_layers, [](int block) { return block >= 0 && block < layers; }),
                "TapeEncoder: add_tape_token_to_layers must be ascending, distinct block numbers below num_layers");

  using AddTapeToken = tape::AddTapeToken<Config>;  ///< a read

  /// An array of `count` parts, or nothing where count is 0. `number` tells several absent members of one struct apart (see Absent).
  template <class Part, auto count, int number>
  using Several = OptionalPart<(count > 0), std::array<Part, static_cast<std::size_t>(count)>, TapeEncoder, number>;

  template <class T>
  struct Params {
    [[no_unique_address]] Several<typename AddTapeToken::template Params<T>, reads, 0> read;             ///< `AddTapeToken_0` and so on in checkpoints
    [[no_unique_address]] Several<typename EarlyBlock::template Params<T>, first_read, 1> early;         ///< `encoderblock_0` and so on
    [[no_unique_address]] Several<typename LateBlock::template Params<T>, layers - first_read, 2> late;  ///< from `encoderblock_` first_read on
    static constexpr auto fields() {
      return std::tuple(field("AddTapeToken_", &Params::read), field("encoderblock_", &Params::early), field("encoderblock_", &Params::late, {}, first_read));
    }
  };

  /// The records of all reads. Views into the arena of the pass, valid until that arena is reset.
  template <class T>
  struct Trace {
    std::array<ReadTrace<T>, reads> read;  ///< in the order of the reads
    /// ponder[b] += sum of the ponder of all reads of sample b; ponder [samples].
    void add_ponder(T* ponder) const {
      for (const auto& r : read)
        for (std::size_t b = 0; b < r.ponder.size(); ++b) ponder[b] += r.ponder[b];
    }
    /// Tape tokens of sample b over all reads.
    Index tape_length(Index b) const {
      Index total = 0;
      for (const auto& r : read) total += r.length[static_cast<std::size_t>(b)];
      return total;
    }
    /// Copies the record of a part of the batch to samples first, first + 1 and so on.
    void place(const Trace& part, Index first) {
      for (std::size_t r = 0; r < reads; ++r) read[r].place(part.read[r], first);
    }
  };
  /// An empty record of reads from banks of that size, a view into `arena`. Throws Error where settings are out of range.
  template <class T>
  static Trace<T> start_trace(Index samples, Index bank_size, const Settings& settings, Arena& arena) {
    Trace<T> trace;
    if constexpr (reads > 0) {
      const double tau = read_limits<Config>(settings).tau;
      for (auto& read : trace.read) read = AddTapeToken::Reader::template start_trace<T>(samples, bank_size, tau, arena);
    }
    return trace;
  }

  template <class T>
  struct Saved {
    [[no_unique_address]] Several<typename AddTapeToken::template Saved<T>, reads, 0> read;
    [[no_unique_address]] Several<typename EarlyBlock::template Saved<T>, first_read, 1> early;
    [[no_unique_address]] Several<typename LateBlock::template Saved<T>, layers - first_read, 2> late;
    std::array<Tokens<const T, D>, std::size_t{layers}> input;  ///< of every block
    Trace<T> trace;
  };

  /// Multiply-accumulates of sample b with `own` tokens and, without a learned bank, a bank of `candidates` tokens. patch: values of a patch of the FoldedBank
  /// that was read; 0: another bank.
  template <class T>
  static double macs(const Trace<T>& trace, std::size_t b, double own, double candidates, [[maybe_unused]] Index patch = 0) {
    double total = 0, tape = 0;
    for (int l = 0; l < layers; ++l) {
      if constexpr (reads > 0) {
        if (const int r = read_before(l); r >= 0) {
          const auto& read = trace.read[static_cast<std::size_t>(r)];
          const double tokens = static_cast<double>(read.length[b]), bank = AddTapeToken::learned ? AddTapeToken::bank_size : candidates;
          // Of a given bank tokens_per_step is bounded by the largest bank of the batch, not by that of the sample.
          total += AddTapeToken::macs(tokens, std::min(static_cast<double>(read.tokens_per_step), bank), bank, patch);
          tape += tokens;
        }
      }
      total += l < first_read ? nn::block_macs<EarlyBlock>(own, 0) : nn::block_macs<LateBlock>(own, tape);
    }
    return total;
  }

  /// Returns the tokens of all samples behind the last block, tape tokens included, a view into the arena. x [own tokens of all samples, D] is not changed;
  /// x and `bank` (an input bank; else not used) must stay alive until backward is done.
  template <class T>
  static Tokens<const T, D> forward(const Params<T>& p, ConstTokens<T, D> x, Bank<const T> bank, Saved<T>& saved, const Context& context) {
    return pass(
        x,
        [&](Tokens<const T, D> before, [[maybe_unused]] std::size_t r) {
          if constexpr (reads > 0) {
            before = AddTapeToken::forward(p.read[r], before, bank, saved.read[r], in_read(context, r));
            saved.trace.read[r] = saved.read[r].reader.trace;
          }
          return before;
        },
        [&](Tokens<const T, D> before, int l) {
          const auto after = take_tokens<D, T>(before.packing, context.arena);
          saved.input[static_cast<std::size_t>(l)] = before;
          block_forward(p, l, before, after, saved, context);
          return Tokens<const T, D>(after);
        });
  }

  /// dy has the shape of the result, dx that of x, dponder is [samples]. dx is written. dp, and dbank [bank rows, D] of an input bank, are added to. Every
  /// read gets the whole of dponder, because ponder is the sum over the reads. The gradient goes down to block context.lowest_depth - 1 and the read before it;
  /// dx and the gradient of an input bank are of no use then, unless lowest_depth is 0. context.watch is told of each block, together with the read before it.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dy, const T* dponder, Tokens<T, D> dx, T* dbank, Params<T>& dp,
                       const Context& context) {
    Arena::Scope scope(context.arena);
    // The gradient moves from one buffer to the other at every block and read. dy has the most rows, so its size is enough for both.
    Tokens<const T, D> gradient = dy;
    std::array<T*, 2> buffers{context.arena.take<T>(dy.size()), context.arena.take<T>(dy.size())};
    const auto advance = [&](const Packing& packing, const auto& step) {
      const Tokens<T, D> next{buffers[0], packing};
      step(next);
      gradient = next;
      std::swap(buffers[0], buffers[1]);
    };
    for (int l = layers - 1; l >= std::max(0, context.lowest_depth - 1); --l) {
      const auto input = saved.input[static_cast<std::size_t>(l)];
      advance(input.packing, [&](Tokens<T, D> next) {
        with_block(l, [&](auto block, auto part, std::size_t i) {
          using Block = decltype(block);
          Arena::Scope block_scope(context.arena);
          auto block_saved = part(saved)[i];
          if (context.settings.recompute)
            layer_forward<Block, T>(part(p)[i], input, take_tokens<D, T>(input.packing, context.arena), block_saved, in_block(context, l));
          layer_backward<Block, T>(part(p)[i], block_saved, gradient, next, part(dp)[i], in_block(context, l));
        });
      });
      if constexpr (reads > 0) {
        if (const int r = read_before(l); r >= 0) {
          const auto at = static_cast<std::size_t>(r);
          advance(saved.read[at].before, [&](Tokens<T, D> next) {
            AddTapeToken::backward(p.read[at], saved.read[at], gradient, dponder, next, dbank, dp.read[at], in_read(context, at));
          });
        }
      }
      context.finished(l + 1);
    }
    if (context.lowest_depth == 0) std::copy_n(gradient.data, gradient.size(), dx.data);
  }

  /// The weights for inference, views into the arena given to pack_weights. The parameters may go away then.
  template <class T, class Stored = T>
  struct PackedWeights {
    std::array<typename AddTapeToken::template PackedWeights<T, Stored>, reads> read;
    std::array<packed_weights_as<EarlyBlock, T, StoredBeforeRead<(reads > 0), T, Stored>>, static_cast<std::size_t>(first_read)> early;
    std::array<packed_weights_as<LateBlock, T, Stored>, static_cast<std::size_t>(layers - first_read)> late;
  };
  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored = {}) {
    PackedWeights<T, Stored> packed;
    for (std::size_t r = 0; r < reads; ++r)
      if constexpr (reads > 0) packed.read[r] = AddTapeToken::pack_weights(p.read[r], arena, stored);
    if constexpr (first_read > 0)
      for (std::size_t i = 0; i < packed.early.size(); ++i)
        packed.early[i] = pack_weights_as<EarlyBlock, T, StoredBeforeRead<(reads > 0), T, Stored>>(p.early[i], arena);
    if constexpr (first_read < layers)
      for (std::size_t i = 0; i < packed.late.size(); ++i) packed.late[i] = pack_weights_as<LateBlock, T, Stored>(p.late[i], arena);
    return packed;
  }

  /// Forward without keeping what backward needs. x is overwritten. Without reads the result is x, else a view into the arena. InputBank: Bank or FoldedBank.
  template <class T, class Stored, class InputBank>
  static Tokens<T, D> infer(const PackedWeights<T, Stored>& p, Tokens<T, D> x, [[maybe_unused]] const InputBank& bank, Trace<T>& trace,
                            const Context& context) {
    return pass(
        x,
        [&](Tokens<T, D> before, [[maybe_unused]] std::size_t r) {
          if constexpr (reads > 0) before = AddTapeToken::infer(p.read[r], before, bank, trace.read[r], in_read(context, r));
          return before;
        },
        [&](Tokens<T, D> tokens, int l) {
          with_block(l, [&](auto block, auto part, std::size_t i) { nn::infer_in_place<decltype(block), T>(part(p)[i], tokens, in_block(context, l)); });
          return tokens;
        });
  }

 private:
  /// The tokens behind all blocks. Before a block that a read precedes, x = read(x, r) for that read; then x = block(x, l).
  template <class TokensOf, class Read, class Block>
  static TokensOf pass(TokensOf x, [[maybe_unused]] const Read& read, const Block& block) {
    for (int l = 0; l < layers; ++l) {
      if constexpr (reads > 0)
        if (const int r = read_before(l); r >= 0) x = read(x, static_cast<std::size_t>(r));
      x = block(x, l);
    }
    return x;
  }

  /// y = block l of x. What backward needs is kept, unless Settings::recompute says that backward computes it again.
  template <class T>
  static void block_forward(const Params<T>& p, int l, ConstTokens<T, D> x, Tokens<T, D> y, Saved<T>& saved, const Context& context) {
    with_block(l, [&](auto block, auto part, std::size_t i) {
      std::optional<Arena::Scope> scope;
      if (context.settings.recompute) scope.emplace(context.arena);
      layer_forward<decltype(block), T>(part(p)[i], x, y, part(saved)[i], in_block(context, l));
    });
  }

  /// Number of the read before block l, or -1 if there is none.
  static constexpr int read_before(int l) {
    const auto place = std::ranges::find(read_layers, l);
    return place == read_layers.end() ? -1 : static_cast<int>(place - read_layers.begin());
  }

  /// Calls f(block, accessor, position) for block l: `block` is an object of its type, accessor(tree) the array of such blocks in Params, Saved or
  /// PackedWeights.
  template <class F>
  static void with_block(int l, const F& f) {
    if constexpr (first_read > 0)
      if (l < first_read)
        f(
            EarlyBlock{}, [](auto& tree) -> auto& { return tree.early; }, static_cast<std::size_t>(l));
    if constexpr (first_read < layers)
      if (l >= first_read)
        f(
            LateBlock{}, [](auto& tree) -> auto& { return tree.late; }, static_cast<std::size_t>(l - first_read));
  }

  /// The context of block l. The rate of stochastic depth grows linearly from 0 in the first block to the full rate in the last.
  static Context in_block(const Context& context, int l) {
    Context inner = context;
    inner.block = static_cast<std::uint32_t>(l);
    inner.branch_drop = context.training && layers > 1 ? context.settings.stochastic_depth * l / (layers - 1) : 0;
    return inner;
  }
  /// The context of read r. Its random draws have the number layers + r, which no block has.
  static Context in_read(const Context& context, std::size_t r) {
    Context inner = context;
    inner.block = static_cast<std::uint32_t>(static_cast<std::size_t>(layers) + r);
    return inner;
  }
};

}  // namespace adatape::tape
