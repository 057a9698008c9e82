#pragma once
/// What a pass through a model needs besides parameters and inputs: memory, settings, and the numbers that random draws depend on.
#include <cmath>
#include <cstdint>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/assert.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/products.hpp"
#include "adatape/core/random.hpp"
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Which of the predictions of a PonderNet inference answers with (act/pondernet_encoder.hpp). Training uses all of them.
enum class HaltingRule : std::uint8_t {
  median,               ///< of the first step at which the probability of having halted is at least 1/2; draws nothing
  sample,               ///< of the step at which a draw halts, as Banino et al. (2021) do; Sampling says what the draws depend on
  softmax_expectation,  ///< sum_n p_n softmax(y_n): the logits are its logarithms; takes all steps
  sigmoid_expectation   ///< sum_n p_n sigmoid(y_n): the logits are its log-odds; takes all steps
};

/// Whether the answer is made of the predictions of all steps.
constexpr bool is_expectation(HaltingRule rule) { return rule == HaltingRule::softmax_expectation || rule == HaltingRule::sigmoid_expectation; }

/// What the draws of inference depend on. Only HaltingRule::sample draws in inference. A view: the numbers must outlive the call.
struct Sampling {
  std::uint64_t seed = 0;                           ///< of the draws; equal seeds and sample numbers draw equal numbers
  std::span<const std::uint64_t> sample_numbers{};  ///< [samples], of the data set; empty: sample b of the call has number b
};

/// Settings that may change from call to call. dropout, stochastic_depth, query_noise and bernoulli_p act in training only.
struct Settings {
  double tau = 0;               ///< halting threshold of the reader, 0 < tau <= T; 0: the configuration's threshold
  Index max_tape_tokens = 0;    ///< a read ends after so many tape tokens, 1 to T; 0: after T
  Index exact_tape_tokens = 0;  ///< a read takes so many tape tokens, 1 to T, whatever its halting score (fewer where the bank ends); 0: it halts by itself
  bool read_tape = true;        ///< false: reads are left out, and a model with a tape computes what the same model without one does
  bool keep_tokens = false;     ///< whether an output holds the final tokens (Output::tokens)
  HaltingRule halting = HaltingRule::median;  ///< of a PonderNet in inference
  double dropout = 0;           ///< probability of zeroing an activation (after the position embedding, in and after MLPs, after attention)
  double stochastic_depth = 0;  ///< probability that a sample skips a branch of the last block; it grows linearly over the blocks, from 0
  double query_noise = 0;       ///< standard deviation of the Gaussian noise that the reader adds to a query before normalising the query
  double bernoulli_p = 0;       ///< probability that a bank token is marked as read before the first step
  bool recompute = false;       ///< keep only the input of every block and compute the rest again in backward (Chen et al. 2016): same bits, less memory
};

/// Throws Error that names the first setting whose value is not allowed. Allowed are
/// - tau: finite, at least 0. The model checks at every pass that tau is not too large.
/// - max_tape_tokens, exact_tape_tokens: at least 0, and one of the two is 0. The model checks at every pass that they are not too large.
/// - read_tape: where it is false, tau and the numbers of tape tokens are 0.
/// - halting: one of the enumerators. The model checks at every pass that it is a PonderNet where the rule is not median.
/// - dropout, stochastic_depth: at least 0 and less than 1, because what is kept is divided by 1 - rate.
/// - query_noise: finite, at least 0.
/// - bernoulli_p: 0 to 1.
inline void check(const Settings& settings) {
  require(settings.tau >= 0 && std::isfinite(settings.tau), "settings: tau must be a finite number that is not negative, found ", settings.tau);
  require(settings.max_tape_tokens >= 0, "settings: max_tape_tokens must not be negative, found ", settings.max_tape_tokens);
  require(settings.exact_tape_tokens >= 0, "settings: exact_tape_tokens must not be negative, found ", settings.exact_tape_tokens);
  require(settings.max_tape_tokens == 0 || settings.exact_tape_tokens == 0, "settings: wanted max_tape_tokens or exact_tape_tokens, found both");
  require(settings.read_tape || (settings.tau == 0 && settings.max_tape_tokens == 0 && settings.exact_tape_tokens == 0),
          "settings: wanted neither tau nor a number of tape tokens where read_tape is false");
  require(settings.halting <= HaltingRule::sigmoid_expectation,
          "settings: halting must be median, sample, softmax_expectation or sigmoid_expectation, found the number ", static_cast<int>(settings.halting));
  require(settings.dropout >= 0 && settings.dropout < 1, "settings: dropout must be at least 0 and less than 1, found ", settings.dropout);
  require(settings.stochastic_depth >= 0 && settings.stochastic_depth < 1, "settings: stochastic_depth must be at least 0 and less than 1, found ",
          settings.stochastic_depth);
  require(settings.query_noise >= 0 && std::isfinite(settings.query_noise), "settings: query_noise must be a finite number that is not negative, found ",
          settings.query_noise);
  require(settings.bernoulli_p >= 0 && settings.bernoulli_p <= 1, "settings: bernoulli_p must be at least 0 and at most 1, found ", settings.bernoulli_p);
}

/// What is told how far a backward pass has come.
class BackwardWatch {
 public:
  /// The gradients of all tensors of at least this depth (core/model.hpp) are finished: the pass changes them no more. Depths come in descending order.
  virtual void finished(int depth) = 0;

 protected:
  ~BackwardWatch() = default;
};

/// Passed to all layers by reference. A context is cheap to copy, so an encoder gives each block a copy with the number of the block.
/// The arena, the watch and the memory of sample_numbers belong to the caller and must outlive the pass.
struct Context {
  Arena& arena;                                     ///< memory for what forward saves, for the results of models, and for scratch
  Settings settings{};                              ///< such as check() allows; backward needs those of forward
  bool training = false;                            ///< whether dropout, stochastic_depth, query_noise and bernoulli_p act
  std::uint64_t seed = 0;                           ///< of all random draws
  std::uint64_t step = 0;                           ///< number of the training step
  std::span<const std::uint64_t> sample_numbers{};  ///< numbers of the batch's samples in the data set; empty: sample b has number b
  Products products = Products::f32;                ///< of dense layers, forward and backward; of embedded banks always f32
  std::uint32_t block = 0;                          ///< number of the encoder block or read that is running, or of what runs behind them
  double branch_drop = 0;                           ///< probability of skipping a branch of that block
  int lowest_depth = 0;                             ///< backward leaves out the gradients of tensors below this depth (core/model.hpp), and of the input
  BackwardWatch* watch = nullptr;                   ///< is told how far backward has come; null: nobody is

  /// What draws of sample `sample` of the batch depend on.
  std::uint64_t number_of(Index sample) const {
    ADATAPE_ASSERT(sample_numbers.empty() || sample < std::ssize(sample_numbers), "Context: wanted no sample number, or one for each sample");
    return sample_numbers.empty() ? static_cast<std::uint64_t>(sample) : sample_numbers[static_cast<std::size_t>(sample)];
  }
  /// The random stream of sample `sample` of the batch. `place`, 0 to 15, tells apart the draws of one purpose inside a block.
  Stream stream(Purpose purpose, Index sample, std::uint32_t place = 0) const {
    ADATAPE_ASSERT(place < 16, "Context::stream: the place must be below 16, or it draws what another block draws");
    return Stream(seed, purpose, step, number_of(sample), block * 16 + place);
  }
  /// Tells the watch, if there is one.
  void finished(int depth) const {
    if (watch != nullptr) watch->finished(depth);
  }
  /// Whether dropout acts.
  bool drops() const { return training && settings.dropout > 0; }
};

}  // namespace adatape
