#pragma once
/// What a model computes from its input alone: own tokens, and the bank that is not learned.
#include "adatape/core/samples.hpp"
#include "adatape/model/embedding.hpp"
#include "adatape/model/token_embedding.hpp"
#include "adatape/tape/given_bank.hpp"
#include "adatape/tape/input_bank.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

namespace detail {

template <class Config, bool input_bank, bool given_bank>
struct BankOfInput {
  using type = tape::NoInputBank;
};
template <class Config>
struct BankOfInput<Config, false, true> {
  using type = tape::GivenBank<Config::bank_width, Config::hidden_size>;
};
template <class Config>
requires(Config::input == model::Input::image) struct BankOfInput<Config, true, false> {
  static constexpr nn::PatchGrid grid{Config::image[0], Config::image[1], Config::image[2], Config::patch_bank_size, Config::patch_bank_size};
  using type = tape::ImageBank<grid, Config::hidden_size, Config::hidden_size / Config::split_tt>;
};
template <class Config>
requires(Config::input != model::Input::image) struct BankOfInput<Config, true, false> {
  using type = tape::SymbolBank<Config::seq_len, Config::symbol_count, Config::hidden_size>;
};

}  // namespace detail

/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class Config>
struct Stem {
  static constexpr int D = Config::hidden_size;                                ///< token width
  static constexpr bool given_tokens = Config::input == model::Input::tokens;  ///< whether the caller gives the own tokens
  /// Whether the model has a read.
  static constexpr bool reads_tape = Config::encoder == Encoder::tape && Config::add_tape_token_to_layers.size() > 0;
  static constexpr bool has_input_bank = reads_tape && Config::bank_type == tape::BankType::input;  ///< whether reads are from an input bank
  static constexpr bool has_given_bank = reads_tape && Config::bank_type == tape::BankType::given;  ///< whether reads are from a given bank
  static_assert(!given_tokens || Config::encoder == Encoder::tape, "Classifier: adaptive computation needs an image or a sequence as input");
  static_assert(!given_tokens || !has_input_bank, "Classifier: a model with given tokens needs a learned or a given bank, or no read");

  /// What makes the own tokens.
  using Embed = std::conditional_t<given_tokens, TokenEmbedding<Config>, Embedding<Config>>;
  /// The bank that is not learned.
  using Bank = typename detail::BankOfInput<Config, has_input_bank, has_given_bank>::type;
  static_assert(!has_input_bank || Config::dynamic || Bank::size >= Config::num_tape_tokens,
                "Classifier: a fixed read needs a bank of at least num_tape_tokens (K >= T)");

  static constexpr int own_tokens = Embed::count;  ///< N: own tokens of a sample, cls included; 0: as many as the caller gives
  /// K; 0: no bank, or as many bank tokens as the caller gives.
  static constexpr int bank_size = has_input_bank ? Bank::size : reads_tape && !has_given_bank ? Config::tape_bank_size : 0;
  static constexpr Index input_size = Embed::input_size;  ///< values of one sample; 0: as many as the caller gives

  template <class T>
  using OwnSamples = typename Embed::template Samples<T>;  ///< what Embed takes
  /// DenseSamples [samples, input_size], already normalised; or RaggedSamples of given tokens; with a given bank SamplesWithBank of these.
  template <class T>
  using Input = std::conditional_t<has_given_bank, SamplesWithBank<OwnSamples<T>, T, Config::bank_width == 0 ? D : Config::bank_width>, OwnSamples<T>>;

  template <class T>
  struct Params {
    [[no_unique_address]] typename Embed::template Params<T> embedding;
    [[no_unique_address]] typename Bank::template Params<T> bank;
    static constexpr auto fields() { return std::tuple(field("", &Params::embedding), field("", &Params::bank)); }
  };
  template <class T>
  struct Saved {
    Packing packing;  ///< of the own tokens
    typename Embed::template Saved<T> embedding;
    typename Bank::template Saved<T> bank;
  };
  template <class T, class Stored = T>
  struct PackedWeights {
    typename Embed::template PackedWeights<T, StoredBeforeRead<reads_tape, T, Stored>> embedding;
    typename Bank::template PackedWeights<T> bank;
  };
  /// Own tokens, and the bank that is not learned. Views into the arena, or of given bank tokens. OfBank: tape::Bank, or in inference also tape::FoldedBank.
  template <class T, class OfBank = tape::Bank<const T>>
  struct Result {
    Tokens<T, D> own;  ///< [rows(input), D]
    OfBank bank;       ///< empty where no bank was computed
  };

  /// Multiply-accumulates of forward (macs) and of infer (inference_macs), for one sample with so many own tokens and tokens of its bank. With 0 tokens the
  /// bank was not computed.
  ///@{
  static constexpr double macs(double own, double bank) { return Embed::macs(own) + Bank::macs(banks(bank)); }
  static constexpr double inference_macs(double own, double bank) { return Embed::macs(own) + Bank::inference_macs(banks(bank)); }
  ///@}
  /// Own tokens of all samples.
  template <class Samples>
  static Index rows(const Samples& input) {
    if constexpr (given_tokens)
      return Embed::rows(own_samples(input));
    else
      return input.samples() * own_tokens;
  }
  /// Tokens of the bank of that sample, whichever kind of bank it is; 0 where Settings::read_tape leaves the bank out.
  template <class Samples>
  static Index bank_length(const Samples& input, [[maybe_unused]] Index sample, const Settings& settings) {
    if (!settings.read_tape) return 0;
    if constexpr (has_given_bank)
      return input.bank.length(sample);
    else
      return bank_size;
  }

  /// The input does not change. Given tokens and banks must stay alive until backward is done.
  template <class T>
  static Result<T> forward(const Params<T>& p, const std::type_identity_t<Input<T>>& input, Saved<T>& saved, const Context& context) {
    saved.packing = Embed::template packing<T>(own_samples(input), context.arena);
    const auto x = take_tokens<D, T>(saved.packing, context.arena);
    Embed::forward(p.embedding, own_samples(input), x, saved.embedding, context);
    if (!context.settings.read_tape) return {x, {}};
    if constexpr (has_given_bank)
      return {x, Bank::forward(p.bank, input.bank, saved.bank, of_bank(context))};
    else
      return {x, Bank::forward(p.bank, input.data(), input.samples(), saved.bank, of_bank(context))};
  }
  /// dx is [own tokens, D], dbank [rows of the bank, D]. dp is added to, and what dinput points to, where it is not null.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dx, const T* dbank, Params<T>& dp,
                       const typename Input<T>::Gradient& dinput, const Context& context) {
    [[maybe_unused]] const bool reads = context.settings.read_tape;
    if constexpr (has_given_bank) {
      if (reads) Bank::backward(p.bank, saved.bank, dbank, dinput.bank, dp.bank, of_bank(context));
      Embed::backward(p.embedding, saved.embedding, dx, dinput.own, dp.embedding, context);
    } else {
      if (reads) Bank::backward(p.bank, saved.bank, dbank, dx.packing.samples(), dinput, dp.bank, of_bank(context));
      Embed::backward(p.embedding, saved.embedding, dx, dinput, dp.embedding, context);
    }
  }

  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> = {}) {
    return {Embed::pack_weights(p.embedding, arena, StoredAs<StoredBeforeRead<reads_tape, T, Stored>>{}), Bank::template pack_weights<T>(p.bank, arena)};
  }
  /// As forward, without keeping what backward needs and without random draws.
  template <class T, class Stored>
  static auto infer(const PackedWeights<T, Stored>& p, const std::type_identity_t<Input<T>>& input, const Context& context) {
    const auto x = take_tokens<D, T>(Embed::template packing<T>(own_samples(input), context.arena), context.arena);
    Embed::infer(p.embedding, own_samples(input), x, context);
    const auto bank = [&] {
      if constexpr (has_given_bank)
        return Bank::infer(p.bank, input.bank, context);
      else
        return Bank::template infer<T>(p.bank, input.data(), input.samples(), context);
    };
    using OfBank = decltype(bank());
    return Result<T, OfBank>{x, context.settings.read_tape ? bank() : OfBank()};
  }

 private:
  /// What macs of the bank takes: tokens of a given bank, else one image or sequence.
  static constexpr double banks(double tokens) { return has_given_bank ? tokens : tokens > 0 ? 1 : 0; }
  /// The context of the bank, whose products are never rounded: which bank tokens are read depends on the last bits of keys.
  static Context of_bank(const Context& context) {
    Context inner = context;
    inner.products = Products::f32;
    return inner;
  }
  template <class Samples>
  static const auto& own_samples(const Samples& input) {
    if constexpr (has_given_bank)
      return input.own;
    else
      return input;
  }
};

}  // namespace adatape::model
