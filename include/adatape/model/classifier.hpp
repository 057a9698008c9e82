#pragma once
/// The whole model: embedding, input bank, encoder, norm, pool, head. One template for AdaTape, plain ViT, Universal Transformer and the parity models.
/// The equations are in docs/model.md.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "adatape/act/act_encoder.hpp"
#include "adatape/model/describe.hpp"
#include "adatape/model/embedding.hpp"
#include "adatape/model/tape_encoder.hpp"
#include "adatape/tape/input_bank.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// Classifier of a configuration (model/config.hpp).
///     logits = output_projection(pool(encoder_norm(encoder(embedding(input)))))
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory. In a model with reads, forward, infer and start_output throw
/// Error where tau is out of range. Engine and Trainer call check_tau for every model.
template <class Config_>
struct Classifier {
  using Config = Config_;
  /// The JSON object of Config. io::save_checkpoint stores it with the parameters, and io::load_checkpoint compares it.
  static std::string description() { return describe<Config>(); }

  static constexpr int D = Config::hidden_size, classes = Config::num_classes;
  static_assert(classes >= 1, "Classifier: num_classes must be at least 1");

  using Embed = Embedding<Config>;
  static constexpr bool reads_tape = Config::encoder == Encoder::tape && Config::add_tape_token_to_layers.size() > 0;
  static constexpr bool has_input_bank = reads_tape && Config::bank_type == tape::BankType::input;
  using Stack = std::conditional_t<Config::encoder == Encoder::tape, TapeEncoder<Config>, act::ActEncoder<Config, typename Layers<Config>::EarlyBlock>>;
  using Norm = typename Layers<Config>::Norm;
  using Pooling = typename Layers<Config>::Pooling;
  using Head = typename Layers<Config>::Head;

 private:
  template <bool image>
  struct ChooseBank {
    using type = tape::ImageBank<nn::PatchGrid{Config::image[0], Config::image[1], Config::image[2], Config::patch_bank_size, Config::patch_bank_size}, D>;
  };
  template <bool image>
    requires(!image)
  struct ChooseBank<image> {
    using type = tape::SymbolBank<Config::seq_len, Config::symbol_count, D>;
  };
  struct NoBank {
    using type = tape::NoInputBank;
  };

 public:
  using InputBank = typename std::conditional_t<has_input_bank, ChooseBank<Config::input == Input::image>, NoBank>::type;
  static_assert(!has_input_bank || Config::dynamic || InputBank::size >= Config::num_tape_tokens,
                "Classifier: a fixed read needs a bank of at least num_tape_tokens (K >= T)");
  static constexpr int own_tokens = Embed::count;  ///< N: own tokens of a sample, cls included
  static constexpr int bank_size = has_input_bank ? InputBank::size : reads_tape ? Config::tape_bank_size : 0;  ///< K
  static constexpr Index input_size = Embed::input_size;  ///< values of one sample: height * width * channels, or seq_len * symbol_count

  template <class T>
  struct Transformer {
    typename Stack::template Params<T> stack;
    [[no_unique_address]] typename Norm::template Params<T> norm;
    static constexpr auto fields() { return std::tuple(field("", &Transformer::stack), field("encoder_norm", &Transformer::norm)); }
  };
  template <class T>
  struct Params {
    typename Embed::template Params<T> embedding;
    [[no_unique_address]] typename InputBank::template Params<T> bank;
    Transformer<T> transformer;
    [[no_unique_address]] typename Pooling::template Params<T> pooling;
    [[no_unique_address]] typename Head::template Params<T> head;
    static constexpr auto fields() {
      return std::tuple(field("", &Params::embedding), field("", &Params::bank), field("Transformer", &Params::transformer),
                        field("pooling", &Params::pooling), field("output_projection", &Params::head));
    }
  };
  /// What forward leaves for backward. Views into the arena.
  template <class T>
  struct Saved {
    Packing packing;
    typename Embed::template Saved<T> embedding;
    typename InputBank::template Saved<T> bank;
    typename Stack::template Saved<T> stack;
    typename Norm::template Saved<T> norm;
    typename Pooling::template Saved<T> pooling;
    typename Head::template Saved<T> head;
    Packing encoded, pooled;  ///< of the tokens behind the encoder, and of one token for each sample
  };

  /// TapeEncoder's Trace, or act::ActTrace.
  template <class T>
  using Trace = typename Stack::template Trace<T>;

  /// The gradient of a loss with respect to an Output.
  template <class T>
  struct OutputGradient {
    const T* dlogits = nullptr;  ///< [samples, classes]
    const T* dponder = nullptr;  ///< [samples]
  };
  /// What a pass returns. Views into the arena of the pass, valid until that arena is reset or the Scope around the pass ends.
  template <class T>
  struct Output {
    using Gradient = OutputGradient<T>;
    static constexpr Index classes = Classifier::classes;
    Index samples = 0;
    T* logits = nullptr;  ///< [samples, classes]
    T* ponder = nullptr;  ///< [samples] without the ponder weight; the sum over all reads, or over all halting units
    Trace<T> trace;       ///< the record of every read (tape/trace.hpp), or of every halting unit (act/trace.hpp)
    T* pooled = nullptr;  ///< features: [samples, D], what enters the head

    /// Copies the output of a part of the batch to samples first, first + 1 and so on.
    void place(const Output& part, Index first) {
      std::copy_n(part.logits, part.samples * classes, logits + first * classes);
      std::copy_n(part.ponder, part.samples, ponder + first);
      std::copy_n(part.pooled, part.samples * D, pooled + first * D);
      trace.place(part.trace, first);
    }

    /// Whether all logits of sample b are finite. Where they are not, the weights or the input were too large for T, and the logits rank nothing.
    bool is_finite(Index b) const {
      return std::all_of(logits + b * classes, logits + (b + 1) * classes, [](T logit) { return std::isfinite(logit); });
    }
    /// The logits as an Eigen matrix [samples, classes], a view.
    auto logits_matrix() const { return Eigen::Map<const RowMatrix<T, classes>>(logits, samples, classes); }
    /// The features as an Eigen matrix [samples, D], a view.
    auto pooled_matrix() const { return Eigen::Map<const RowMatrix<T, D>>(pooled, samples, D); }
    /// Tape tokens of sample b over all reads.
    Index tape_length(Index b) const {
      Index total = 0;
      if constexpr (reads_tape)
        for (const auto& read : trace.read) total += read.length[static_cast<std::size_t>(b)];
      return total;
    }
    /// Multiply-accumulates of sample b: matrix products, attention and reading, of the tokens that it had. The number of FLOPs is twice that.
    double macs(Index b) const {
      static_assert(requires { Pooling::macs(1) + Head::macs(1); }, "Output::macs: Pooling and Head of the configuration must have macs(tokens)");
      return Embed::macs(1) + InputBank::macs(1) + Stack::macs(trace, static_cast<std::size_t>(b), own_tokens, bank_size) +
             Pooling::macs(static_cast<double>(own_tokens + tape_length(b))) + Head::macs(1);
    }
  };

  /// Forward pass that leaves what backward needs in `saved` and in the arena. input [samples, input_size] holds values that are already normalised; it is
  /// not changed. Dropout, noise and masks act where context.training is set.
  template <class T>
  static Output<T> forward(const Params<T>& p, const T* input, Index samples, Saved<T>& saved, const Context& context) {
    check_tau(context.settings.tau);
    auto x = take_own_tokens<T>(samples, context);
    saved.packing = x.packing;
    Embed::forward(p.embedding, input, x, saved.embedding, context);
    const auto bank = InputBank::forward(p.bank, input, samples, saved.bank, context);
    x = Stack::forward(p.transformer.stack, x, as_const_bank(bank), saved.stack, context);
    const auto y = take_tokens<D, T>(x.packing, context.arena);
    Norm::forward(p.transformer.norm, x, y, saved.norm, behind_encoder(context, 0));
    saved.encoded = x.packing;
    saved.pooled = uniform_packing(x.packing.samples(), 1, context.arena);
    const auto output = take_output(saved.pooled, saved.stack.trace, context);
    const Tokens<T, D> pooled{output.pooled, saved.pooled};
    Pooling::forward(p.pooling, y, pooled, saved.pooling, behind_encoder(context, 1));
    Head::forward(p.head, pooled, Tokens<T, classes>{output.logits, saved.pooled}, saved.head, behind_encoder(context, 2));
    return output;
  }

  /// `gradient` is that of the loss with respect to the output of forward. dp, and dinput [samples, input_size] unless it is null, are added to. p and context
  /// must be those of forward, and what forward took from the arena must still be there.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, const OutputGradient<T>& gradient, Params<T>& dp, T* dinput, const Context& context) {
    Arena::Scope scope(context.arena);
    Arena& arena = context.arena;
    const Index samples = saved.packing.samples();
    const auto dlogits = take_tokens<classes, T>(saved.pooled, arena);
    std::copy_n(gradient.dlogits, dlogits.size(), dlogits.data);
    const auto dpooled = take_tokens<D, T>(saved.pooled, arena);
    Head::backward(p.head, saved.head, dlogits, dpooled, dp.head, behind_encoder(context, 2));
    const auto dnormed = take_tokens<D, T>(saved.encoded, arena);
    Pooling::backward(p.pooling, saved.pooling, dpooled, dnormed, dp.pooling, behind_encoder(context, 1));
    const auto dy = backward_may_alias<Norm> ? dnormed : take_tokens<D, T>(saved.encoded, arena);
    Norm::backward(p.transformer.norm, saved.norm, dnormed, dy, dp.transformer.norm, behind_encoder(context, 0));
    const auto dx = take_tokens<D, T>(saved.packing, arena);
    T* dbank = arena.take<T>(samples * InputBank::size * D);
    std::fill_n(dbank, samples * InputBank::size * D, T(0));
    Stack::backward(p.transformer.stack, saved.stack, dy, gradient.dponder, dx, dbank, dp.transformer.stack, context);
    InputBank::backward(p.bank, saved.bank, dbank, samples, dinput, dp.bank, context);
    Embed::backward(p.embedding, saved.embedding, dx, dinput, dp.embedding, context);
  }

  /// The weights for inference, views into the arena given to pack. The parameters may go away after pack. Users call Engine, which packs.
  template <class T>
  struct Packed {
    static_assert(Layers<Config>::template infer<T>(), "Classifier: inference needs pack, Packed and infer of Pooling, and pack, Packed and one of infer, "
                                                       "infer_add and infer_in_place of Block, Norm and Head of the configuration");
    typename Embed::template Packed<T> embedding;
    typename InputBank::template Packed<T> bank;
    typename Stack::template Packed<T> stack;
    typename Norm::template Packed<T> norm;
    typename Pooling::template Packed<T> pooling;
    typename Head::template Packed<T> head;
  };
  template <class T>
  static Packed<T> pack(const Params<T>& p, Arena& arena) {
    return {Embed::pack(p.embedding, arena), InputBank::template pack<T>(p.bank, arena), Stack::pack(p.transformer.stack, arena),
            Norm::pack(p.transformer.norm, arena), Pooling::pack(p.pooling, arena), Head::pack(p.head, arena)};
  }

  /// Throws Error unless tau is 0 (the configuration's threshold) or 0 < tau <= T. The rule is the same for models with and without a reader.
  static void check_tau(double tau) { tape::check_tau<Config>(tau); }

  /// Room in `arena` for the output of a batch whose parts Output::place fills. Logits and ponder are not initialised.
  template <class T>
  static Output<T> start_output(Index samples, double tau, Arena& arena) {
    const Index units = Config::encoder == Encoder::act ? own_tokens : bank_size;
    return {samples, arena.take<T>(samples * classes), arena.take<T>(samples), Stack::template start_trace<T>(samples, units, tau, arena),
            arena.take<T>(samples * D)};
  }

  /// Forward pass without saving and without random draws. input [samples, input_size], already normalised; it is not changed.
  template <class T>
  static Output<T> infer(const Packed<T>& p, const T* input, Index samples, const Context& context) {
    check_tau(context.settings.tau);
    auto x = take_own_tokens<T>(samples, context);
    Embed::infer(p.embedding, input, x, context);
    const auto bank = InputBank::infer(p.bank, input, samples, context);
    Trace<T> trace;
    x = Stack::infer(p.stack, x, as_const_bank(bank), trace, context);
    nn::infer_in_place<Norm, T>(p.norm, x, context);
    const Packing packing = uniform_packing(x.packing.samples(), 1, context.arena);
    const auto output = take_output(packing, trace, context);
    const Tokens<T, D> pooled{output.pooled, packing};
    Pooling::infer(p.pooling, x, pooled, context);
    nn::infer<Head, T>(p.head, pooled, {output.logits, packing}, context);
    return output;
  }

 private:
  /// Uninitialised own tokens of that many samples.
  template <class T>
  static Tokens<T, D> take_own_tokens(Index samples, const Context& context) {
    return take_tokens<D, T>(uniform_packing(samples, own_tokens, context.arena), context.arena);
  }
  template <class T>
  static tape::Bank<const T> as_const_bank(const tape::Bank<T>& bank) {
    return {bank.tokens, bank.size, bank.shared};
  }
  /// The output, with features and logits that are not written yet.
  template <class T>
  static Output<T> take_output(const Packing& pooled, const Trace<T>& trace, const Context& context) {
    const Index samples = pooled.samples();
    T* features = context.arena.take<T>(samples * D);
    Output<T> output{samples, context.arena.take<T>(samples * classes), context.arena.take<T>(samples), trace, features};
    std::fill_n(output.ponder, samples, T(0));
    trace.add_ponder(output.ponder);
    return output;
  }
};

}  // namespace adatape::model
