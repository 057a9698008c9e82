#pragma once
/// What a pass through a model needs beside parameters and inputs: memory, run-time knobs, and the identity of the random draws.
#include <cmath>
#include <cstdint>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/random.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Knobs that may change from call to call. Everything but tau acts in training only.
struct Settings {
  double tau = 0;               ///< halting threshold of the reader, 0 < tau <= T; 0 takes the configuration's own
  double dropout = 0;           ///< probability of zeroing an activation (after the position embedding, in and after MLPs, after attention)
  double stochastic_depth = 0;  ///< probability of skipping the last block's branches, growing linearly from 0 over the blocks; per sample
  double query_noise = 0;       ///< scale of the Gaussian noise added to the reader's query before its LayerNorm
  double bernoulli_p = 0;       ///< probability that a bank token counts as read beforehand
  bool recompute = false;       ///< keep only the input of every block and compute the rest again in backward (Chen et al. 2016): same bits, less memory
};

/// Throws Error that names the first setting whose value cannot be meant. Rates must be at least 0: dropout and stochastic depth less than 1, since what is
/// kept is divided by 1 - rate; bernoulli_p at most 1; query_noise finite. How large tau may be depends on the model, which checks it at every pass.
inline void check(const Settings& settings) {
  require(settings.tau >= 0 && std::isfinite(settings.tau), "settings: tau must be a finite number that is not negative, found ", settings.tau);
  require(settings.dropout >= 0 && settings.dropout < 1, "settings: dropout must be at least 0 and less than 1, found ", settings.dropout);
  require(settings.stochastic_depth >= 0 && settings.stochastic_depth < 1, "settings: stochastic_depth must be at least 0 and less than 1, found ",
          settings.stochastic_depth);
  require(settings.query_noise >= 0 && std::isfinite(settings.query_noise), "settings: query_noise must be a finite number that is not negative, found ",
          settings.query_noise);
  require(settings.bernoulli_p >= 0 && settings.bernoulli_p <= 1, "settings: bernoulli_p must be at least 0 and at most 1, found ", settings.bernoulli_p);
}

/// Handed down through all layers by reference; cheap to copy, so that an encoder can tell each block its number.
struct Context {
  Arena& arena;
  Settings settings{};
  bool training = false;
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  std::span<const std::uint64_t> sample_numbers{};  ///< data set numbers of the batch's samples; empty: 0, 1, 2, ...
  std::uint32_t block = 0;                          ///< number of the encoder block or read that is running
  double branch_drop = 0;                           ///< stochastic depth's rate in that block

  /// The random stream of one sample of the batch. `place` tells apart draws of one purpose inside a block (0 .. 15).
  Stream stream(Purpose purpose, Index sample, std::uint32_t place = 0) const {
    const auto number = sample_numbers.empty() ? static_cast<std::uint64_t>(sample) : sample_numbers[static_cast<std::size_t>(sample)];
    return Stream(seed, purpose, step, number, block * 16 + place);
  }
  bool drops() const { return training && settings.dropout > 0; }
};

}  // namespace adatape
