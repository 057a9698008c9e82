#pragma once
/// The samples of any model as one array, [samples, input_size]: programs know the size of a sample and nothing else of it.
#include <algorithm>

#include "adatape/model/classifier.hpp"

namespace adatape::examples {

/// A sample is its own values, and behind them the Config::bank_rows tokens of its bank where the model has a given bank. Own values are an image, a sequence,
/// or Config::own_rows given tokens.
template <class Config>
struct FlatSamples {
  using Model = model::Classifier<Config>;
  static constexpr bool has_bank = Model::has_given_bank, has_own_rows = Config::input == model::Input::tokens;

 private:
  static constexpr int rows_of_bank() {
    if constexpr (has_bank)
      return Config::bank_rows;
    else
      return Model::bank_size;
  }
  static constexpr int count_of_own() {
    if constexpr (has_own_rows)
      return Config::own_rows + model::PrefixTokens<Config>::count;
    else
      return Model::own_tokens;
  }
  static constexpr Index size_of_own() {
    if constexpr (has_own_rows)
      return Index{Config::own_rows} * (Config::token_width > 0 ? Config::token_width : Config::hidden_size);
    else
      return Model::input_size;
  }

 public:
  static constexpr int own_tokens = count_of_own(), bank_size = rows_of_bank();
  static constexpr Index own_values = size_of_own(),
                         bank_values = has_bank ? Index{bank_size} * (Config::bank_width > 0 ? Config::bank_width : Config::hidden_size) : 0,
                         input_size = own_values + bank_values;

  /// What the model takes: a view of `values`, or of a copy in the arena, with offsets in the arena. Throws std::bad_alloc where there is no memory.
  static typename Model::template Input<float> input(std::span<const float> values, [[maybe_unused]] Arena& arena) {
    if constexpr (has_bank)
      return {own(columns(values, 0, own_values, arena), arena),
              {columns(values, own_values, bank_values, arena), offsets(std::ssize(values) / input_size, bank_size, arena)}};
    else
      return own(values, arena);
  }

 private:
  static typename Model::Stem::template OwnSamples<float> own(std::span<const float> values, [[maybe_unused]] Arena& arena) {
    if constexpr (has_own_rows)
      return {values, offsets(std::ssize(values) / own_values, Config::own_rows, arena)};
    else
      return values;
  }
  static std::span<const Index> offsets(Index samples, Index rows, Arena& arena) {
    return offsets_of(
        samples, [&](Index) { return rows; }, arena);
  }
  /// Values [first, first + count) of every sample, copied.
  static std::span<const float> columns(std::span<const float> values, Index first, Index count, Arena& arena) {
    const Index samples = std::ssize(values) / input_size;
    const auto copy = arena.take_span<float>(samples * count);
    for (Index b = 0; b < samples; ++b) std::copy_n(values.data() + b * input_size + first, count, copy.data() + b * count);
    return copy;
  }
};

}  // namespace adatape::examples
