#pragma once
/// The samples of any model as one array, [samples, input_size]: programs know the size of a sample and nothing else of it.
#include <algorithm>

#include "adatape/model/classifier.hpp"

namespace adatape::examples {

/// Images and sequences: the array is what the model takes.
template <class Config>
struct FlatSamples {
  using Model = model::Classifier<Config>;
  static constexpr int own_tokens = Model::own_tokens, bank_size = Model::bank_size;
  static constexpr Index input_size = Model::input_size;

  static std::span<const float> input(std::span<const float> values, Arena&) { return values; }
};

/// Given tokens: a sample is Config::own_rows own tokens, and behind them the Config::bank_rows tokens of its bank where the model has a given bank.
template <class Config>
requires(Config::input == model::Input::tokens) struct FlatSamples<Config> {
  using Model = model::Classifier<Config>;
  static constexpr bool has_bank = Model::has_given_bank;
  static constexpr int own_tokens = Config::own_rows + (Config::classifier == nn::Pool::token ? 1 : 0),
                       bank_size = has_bank ? Config::bank_rows : Model::bank_size;
  static constexpr Index own_size = Index{Config::own_rows} * (Config::token_width > 0 ? Config::token_width : Config::hidden_size);
  static constexpr Index bank_values = has_bank ? Index{Config::bank_rows} * (Config::bank_width > 0 ? Config::bank_width : Config::hidden_size) : 0;
  static constexpr Index input_size = own_size + bank_values;

  /// What the model takes: a view of `values`, or of a copy in the arena, with offsets in the arena. Throws std::bad_alloc where there is no memory.
  static typename Model::template Input<float> input(std::span<const float> values, Arena& arena) {
    const Index samples = std::ssize(values) / input_size;
    if constexpr (has_bank)
      return {{column(values, 0, own_size, arena), offsets(samples, Config::own_rows, arena)},
              {column(values, own_size, bank_values, arena), offsets(samples, Config::bank_rows, arena)}};
    else
      return {values, offsets(samples, Config::own_rows, arena)};
  }

 private:
  static std::span<const Index> offsets(Index samples, Index rows, Arena& arena) {
    return offsets_of(
        samples, [&](Index) { return rows; }, arena);
  }
  /// Values [first, first + count) of every sample, copied.
  static std::span<const float> column(std::span<const float> values, Index first, Index count, Arena& arena) {
    const Index samples = std::ssize(values) / input_size;
    const auto copy = arena.take_span<float>(samples * count);
    for (Index b = 0; b < samples; ++b) std::copy_n(values.data() + b * input_size + first, count, copy.data() + b * count);
    return copy;
  }
};

}  // namespace adatape::examples
