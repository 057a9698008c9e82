#pragma once
/// The encoder of a configuration, and the settings that it takes.
#include "adatape/act/act_encoder.hpp"
#include "adatape/act/pondernet_encoder.hpp"
#include "adatape/model/layers.hpp"
#include "adatape/tape/tape_encoder.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// tape::TapeEncoder, act::ActEncoder or act::PonderNetEncoder, of the blocks of the configuration.
template <class Config, class EarlyBlock = typename Layers<Config>::EarlyBlock, class LateBlock = typename Layers<Config>::LateBlock>
using EncoderOf =
    std::conditional_t<Config::encoder == Encoder::tape, tape::TapeEncoder<Config, EarlyBlock, LateBlock>,
                       std::conditional_t<Config::encoder == Encoder::act, act::ActEncoder<Config, EarlyBlock>, act::PonderNetEncoder<Config, EarlyBlock>>>;

/// The predictions of a sample that the forward pass of training makes: one, or with PonderNet one behind every step.
template <class Config>
inline constexpr int predictions_of = Config::encoder == Encoder::pondernet ? Config::act_max_steps : 1;

/// Throws Error unless
///  - tau is 0 (the configuration's threshold) or 0 < tau <= T, and max_tape_tokens and exact_tape_tokens are at most T; the rule is the same for models with
///    and without a reader,
///  - the halting rule is median, or the model is a PonderNet,
///  - keep_tokens is not asked for together with an expectation, which has no final tokens.
template <class Config>
void check_encoder_settings(const Settings& settings) {
  tape::check_read_settings<Config>(settings);
  require(Config::encoder == Encoder::pondernet || settings.halting == HaltingRule::median,
          "settings: wanted no halting rule for a model that is no PonderNet");
  require(!settings.keep_tokens || !is_expectation(settings.halting), "settings: wanted keep_tokens or the halting rule of an expectation, found both");
}

}  // namespace adatape::model
