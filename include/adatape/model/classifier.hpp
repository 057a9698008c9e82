#pragma once
/// The whole model: stem (own tokens and bank), encoder, and what stands behind it, as AdaTape, ViT, Universal Transformer or PonderNet. Equations:
/// docs/model.md.
#include <algorithm>
#include <limits>

#include "adatape/core/layer_number.hpp"
#include "adatape/model/behind_encoder.hpp"
#include "adatape/model/describe.hpp"
#include "adatape/model/encoder.hpp"
#include "adatape/model/expectation.hpp"
#include "adatape/model/output.hpp"
#include "adatape/model/stem.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// Classifier of a configuration (model/config.hpp).
///     logits = behind_encoder(encoder(stem(input)))
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory. In a model with reads, forward, infer and start_output throw
/// Error where settings are out of range. Engine and Trainer check the settings of every model.
template <class Config_>
struct Classifier {
  using Config = Config_;  ///< the settings of this model
  /// The JSON object of Config. io::save_checkpoint stores it with the parameters, and io::load_checkpoint compares it.
  static std::string description() { return describe<Config>(); }

  static constexpr int D = Config::hidden_size;        ///< token width
  static constexpr int classes = Config::num_classes;  ///< width of the logits
  static_assert(classes >= 1, "Classifier: num_classes must be at least 1");
  static_assert(Config::ponder_weight >= 0 && Config::ponder_weight <= std::numeric_limits<float>::max(),
                "Classifier: ponder_weight must be a finite number that is not negative");

  using Stem = model::Stem<Config>;               ///< input -> own tokens, and the bank that is not learned
  using Stack = EncoderOf<Config>;                ///< own tokens and bank -> tokens behind the last block
  using End = BehindEncoder<Config>;              ///< tokens -> features and logits
  static constexpr int features = End::features;  ///< width of what enters the head

  static constexpr bool reads_tape = Stem::reads_tape, has_input_bank = Stem::has_input_bank, has_given_bank = Stem::has_given_bank;  ///< see Stem
  static constexpr bool ponders = reads_tape || repeats_block(Config::encoder);  ///< whether Output::ponder has a gradient
  static constexpr int predictions = predictions_of<Config>;                     ///< predictions of every sample behind forward
  static constexpr int own_tokens = Stem::own_tokens;    ///< N: own tokens of a sample, prefix tokens included; 0: as many as the caller gives
  static constexpr int bank_size = Stem::bank_size;      ///< K; 0: no bank, or as many bank tokens as the caller gives
  static constexpr Index input_size = Stem::input_size;  ///< values of one sample, [height, width, channels] or [seq_len, symbol_count]; 0: any number

  /// The samples of a batch: DenseSamples [samples, input_size], normalised; or RaggedSamples of given tokens; with a given bank SamplesWithBank of these.
  template <class T>
  using Input = typename Stem::template Input<T>;

  template <class T>
  struct Params {
    [[no_unique_address]] typename Stem::template Params<T> stem;
    typename Stack::template Params<T> stack;
    [[no_unique_address]] typename End::template Params<T> end;
    static constexpr auto fields() { return std::tuple(field("", &Params::stem), field("Transformer", &Params::stack), field("", &Params::end)); }
  };
  /// What forward leaves for backward. Views into the arena.
  template <class T>
  struct Saved {
    typename Stem::template Saved<T> stem;
    typename Stack::template Saved<T> stack;
    typename End::template Saved<T> end;
    Index bank_rows = 0;  ///< of the bank that is not learned
  };

  /// TapeEncoder's Trace, act::ActTrace or act::PonderNetTrace.
  template <class T>
  using Trace = typename Stack::template Trace<T>;
  template <class T>
  using Output = ClassifierOutput<Classifier, T>;

  /// Forward pass that leaves what backward needs in `saved` and in the arena. The input does not change. Given tokens and banks must stay alive until
  /// backward is done. Dropout, noise and masks act where context.training is set. The output has `predictions` predictions of every sample.
  template <class T>
  static Output<T> forward(const Params<T>& p, const std::type_identity_t<Input<T>>& input, Saved<T>& saved, const Context& context) {
    check_settings(context.settings);
    const auto [own, bank] = Stem::forward(p.stem, input, saved.stem, context);
    saved.bank_rows = bank.rows(input.samples());
    const Tokens<const T, D> x = Stack::forward(p.stack, own, bank, saved.stack, context);
    auto output = take_output<T>(input, x.packing, saved.stack.trace, context);
    const auto y = End::forward(p.end, x, rows_of(output, context.arena), saved.end, of_rows(context, output.rows()));
    if (context.settings.keep_tokens) output.tokens = adatape::detail::as_read<false>(y);
    return output;
  }

  /// How far from the input a tensor is: 0: stem;  l + 1: block l and the read before it (ACT and PonderNet: 1);  then encoder_norm, pooling, and all behind
  /// the pooling.
  static int depth_of(const LayoutEntry& entry) {
    constexpr auto reads = Config::add_tape_token_to_layers;
    for (const std::string_view behind_pooling : {"output_projection", "head_dist", "pre_logits", "fc_norm"})
      if (entry.name().starts_with(behind_pooling)) return End::depth + 2;
    if (entry.name().starts_with("pooling")) return End::depth + 1;
    if (entry.name().starts_with("Transformer/encoder_norm")) return End::depth;
    if constexpr (repeats_block(Config::encoder))
      return std::min(1, layer_number(entry, Config::act_max_steps, {}));
    else
      return layer_number(entry, Config::num_layers, reads);
  }

  /// `gradient` is that of the loss with respect to the output of forward. dp is added to, and what dinput points to, where it is not null. p and context
  /// must be those of forward, and what forward took from the arena must still be there. Tensors below context.lowest_depth, and the input if lowest_depth is
  /// above 0, get no gradient.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, const typename Output<T>::Gradient& gradient, Params<T>& dp,
                       const typename Input<T>::Gradient& dinput, const Context& context) {
    Arena::Scope scope(context.arena);
    Arena& arena = context.arena;
    const auto dy = End::backward(p.end, saved.end, gradient.dlogits, dp.end, of_rows(context, saved.end.rows.samples()));
    if (context.lowest_depth >= End::depth) return;
    const auto dx = take_tokens<D, T>(saved.stem.packing, arena);
    T* dbank = arena.take<T>(saved.bank_rows * D);
    std::fill_n(dbank, saved.bank_rows * D, T(0));
    if constexpr (predictions > 1)
      Stack::backward(p.stack, saved.stack, dy, gradient, dx, dbank, dp.stack, context);
    else
      Stack::backward(p.stack, saved.stack, dy, gradient.dponder, dx, dbank, dp.stack, context);
    context.finished(1);
    if (context.lowest_depth > 0) return;
    Stem::backward(p.stem, saved.stem, dx, dbank, dp.stem, dinput, context);
  }

  /// The weights for inference, views into the arena given to pack_weights. The parameters may go away then. Users call Engine, which packs.
  template <class T, class Stored = T>
  struct PackedWeights {
    static_assert(Layers<Config>::template infer<T>(),
                  "Classifier: inference needs pack_weights, PackedWeights and infer of Pooling, and pack_weights, PackedWeights and one of infer, "
                  "infer_add and infer_in_place of Block, Norm and Head of the configuration");
    typename Stem::template PackedWeights<T, Stored> stem;
    typename Stack::template PackedWeights<T, Stored> stack;
    typename End::template PackedWeights<T, Stored> end;
  };
  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored = {}) {
    return {Stem::pack_weights(p.stem, arena, stored), Stack::pack_weights(p.stack, arena, stored), End::template pack_weights<T, Stored>(p.end, arena)};
  }

  /// Sets the logits of a new model, whose heads have kernels of zeros: their biases, where they have one.
  template <class T>
  static void set_initial_logit(Params<T>& p, T logit) {
    End::set_initial_logit(p.end, logit);
  }
  /// Throws Error unless the model takes the settings (check_encoder_settings).
  static void check_settings(const Settings& settings) { check_encoder_settings<Config>(settings); }
  /// Own tokens of all samples, prefix tokens included.
  template <class Samples>
  static Index own_rows(const Samples& input) {
    return Stem::rows(input);
  }
  /// Multiply-accumulates of sample b with so many own tokens and tokens of its bank, in inference or in forward.
  template <class Record>
  static double macs(const Record& trace, Index b, double own, double bank, bool in_inference) {
    double tokens = own;
    if constexpr (reads_tape) tokens += static_cast<double>(trace.tape_length(b));
    double predicted = 1;
    if constexpr (predictions > 1) predicted = static_cast<double>(trace.predictions);
    const double of_stem = in_inference ? Stem::inference_macs(own, bank) : Stem::macs(own, bank);
    const double of_stack = Stack::macs(trace, static_cast<std::size_t>(b), own, bank, in_inference ? Stem::Bank::folded_patch : 0);
    return of_stem + of_stack + predicted * End::macs(tokens);
  }

  /// Room in `arena` for the output of a batch whose parts Output::place fills. Logits and ponder are not initialised.
  template <class Samples>
  static auto start_output(const Samples& input, const Settings& settings, Arena& arena) {
    using T = typename Samples::Scalar;
    Index units = repeats_block(Config::encoder) ? own_tokens : bank_size;
    if constexpr (has_given_bank)
      for (Index b = 0; b < input.samples(); ++b) units = std::max(units, input.bank.length(b));
    Output<T> output(input.samples(), Stack::template start_trace<T>(input.samples(), units, settings, arena), arena);
    output.inferred = true;
    return output;
  }

  /// Forward pass without saving and without random draws. The input does not change.
  template <class T, class Stored>
  static Output<T> infer(const PackedWeights<T, Stored>& p, const std::type_identity_t<Input<T>>& input, const Context& context) {
    Trace<T> trace;
    check_settings(context.settings);
    const auto [own, bank] = Stem::template infer<T>(p.stem, input, context);
    const auto x = Stack::infer(p.stack, own, bank, trace, context);
    auto output = take_output<T>(input, x.packing, trace, context);
    End::infer(p.end, x, rows_of(output, context.arena), context);
    if (context.settings.keep_tokens) output.tokens = x;
    output.inferred = true;
    if constexpr (predictions > 1)
      if (is_expectation(context.settings.halting)) return expected_output(output, context.settings.halting, context.arena);
    return output;
  }

 private:
  /// The context of what stands behind the encoder, to which every row of the output is a sample: each prediction of a sample draws what that sample draws.
  static Context of_rows(const Context& context, [[maybe_unused]] Index rows) {
    Context inner = context;
    if constexpr (predictions > 1)
      if (context.training) {
        const auto numbers = context.arena.take_span<std::uint64_t>(rows);
        for (Index row = 0, samples = rows / predictions; row < rows; ++row) numbers[static_cast<std::size_t>(row)] = context.number_of(row % samples);
        inner.sample_numbers = numbers;
      }
    return inner;
  }
  template <class T>
  static PredictionRows<T> rows_of(const Output<T>& output, Arena& arena) {
    return {output.pooled, output.logits, uniform_packing(output.rows(), 1, arena)};
  }

  /// The output, with features and logits that are not written yet. `encoded` is the packing behind the encoder.
  template <class T>
  static Output<T> take_output(const Input<T>& input, const Packing& encoded, const Trace<T>& trace, const Context& context) {
    Index predicted = 1;
    if constexpr (predictions > 1) predicted = trace.predictions;
    Output<T> output(input.samples(), trace, context.arena, predicted);
    for (Index b = 0; b < output.samples; ++b) {
      output.own_length[static_cast<std::size_t>(b)] = encoded.own_length(b);
      output.bank_length[static_cast<std::size_t>(b)] = Stem::bank_length(input, b, context.settings);
    }
    std::fill_n(output.ponder, output.samples, T(0));
    trace.add_ponder(output.ponder);
    return output;
  }
};

}  // namespace adatape::model
