#pragma once
/// The compile-time choices of a reader, under the names that configurations and checkpoints give them.
#include <cstdint>

#include "adatape/core/context.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/tokens_per_step.hpp"
#include "adatape/core/types.hpp"
#include "adatape/nn/pooling.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::tape {

/// Where candidate tokens come from.
enum class BankType : std::uint8_t {
  learn,  ///< a trainable matrix, the same for all samples
  input,  ///< computed from the image or sequence of the sample
  given   ///< given by the caller with each sample, any number of tokens
};

/// Ponder of one step with merge weights w: 1 - sum_j w_j^2 (entropy) or 1 - max_j w_j (max).
enum class PonderLoss : std::uint8_t { entropy, max };

/// The settings of a reader, with defaults. Configurations derive from this struct and override members.
struct ReaderDefaults {
  static constexpr bool dynamic = true;                         ///< true: adaptive length; false: exactly T tokens in one step (fixed variant)
  static constexpr int num_tape_tokens = 10;                    ///< T: at most (fixed variant: exactly) this many tape tokens a read
  static constexpr double threshold = 2;                        ///< tau where Settings::tau is 0
  static constexpr PonderLoss loss_type = PonderLoss::entropy;  ///< ponder of a step of adaptive length; a fixed read has none
  static constexpr bool complex_query = true;                   ///< next query: (last query + first values of the token just read) / 2, or those values alone
  static constexpr nn::Pool query_type = nn::Pool::gap;         ///< the first query is LN of the mean of all tokens (gap) or of the first token (token)
};

/// A static_assert fails for options that no reader can run with.
template <class Options>
constexpr void check_reader_options() {
  static_assert(Options::num_tape_tokens >= 1, "Reader: num_tape_tokens (T) must be at least 1");
  static_assert(Options::threshold > 0, "Reader: the threshold tau must be greater than 0");
  static_assert(!Options::dynamic || Options::threshold <= Options::num_tape_tokens, "Reader: the threshold tau must not exceed num_tape_tokens (T)");
  static_assert(Options::query_type != nn::Pool::gap_without_prefix, "Reader: query_type must be token or gap");
  static_assert(Options::split_tt >= 1 && Options::hidden_size % Options::split_tt == 0, "Reader: hidden_size must be a multiple of split_tt");
}

/// Throws Error unless `requested` is 0 (the configuration's threshold) or 0 < requested <= T. NaN is refused. The rule is the same for every model: a plain
/// ViT, ACT and the fixed variant do not use the value, and refuse it all the same.
template <class Options>
void check_tau(double requested) {
  require(requested >= 0 && requested <= Options::num_tape_tokens, "tau must be greater than 0 and at most ", Options::num_tape_tokens,
          " (the largest number of tape tokens), found ", requested);
}

/// The threshold in force: `requested`, or the configuration's threshold where `requested` is 0. A fixed read has no threshold; the answer is T then.
/// Throws Error as check_tau does.
template <class Options>
double effective_tau(double requested) {
  check_tau<Options>(requested);
  if constexpr (!Options::dynamic) return Options::num_tape_tokens;
  return requested == 0 ? Options::threshold : requested;
}

/// When a read ends.
struct ReadLimits {
  double tau = 0;      ///< the threshold in force, which decides k too
  Index most = 0;      ///< tape tokens at most; 0: nothing is read
  bool exact = false;  ///< whether the halting score is not looked at
};

/// Throws Error unless tau passes check_tau, and max_tape_tokens and exact_tape_tokens are at most T.
template <class Options>
void check_read_settings(const Settings& settings) {
  check_tau<Options>(settings.tau);
  for (const Index tokens : {settings.max_tape_tokens, settings.exact_tape_tokens})
    require(tokens >= 0 && tokens <= Options::num_tape_tokens, "settings: wanted at most ", Options::num_tape_tokens,
            " tape tokens (the largest number of this model), found ", tokens);
}

/// The limits of reads under these settings. Throws Error as check_read_settings does.
template <class Options>
ReadLimits read_limits(const Settings& settings) {
  check_read_settings<Options>(settings);
  const Index wanted = settings.exact_tape_tokens > 0 ? settings.exact_tape_tokens : settings.max_tape_tokens;
  const Index most = !settings.read_tape ? 0 : wanted > 0 ? wanted : Options::num_tape_tokens;
  return {effective_tau<Options>(settings.tau), most, settings.exact_tape_tokens > 0};
}

/// k, the bank tokens of a step, with T of these options. 0 < tau <= T.
template <class Options>
Index tokens_per_step(double tau, Index bank_size) {
  return adatape::tokens_per_step(Options::num_tape_tokens, tau, bank_size);
}

}  // namespace adatape::tape
