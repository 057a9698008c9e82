#pragma once
/// A model of some configuration with random parameters, inputs and labels.
#include "../../examples/verify/configurations.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/train/objective.hpp"
#include "random_values.hpp"

namespace adatape::testing {

template <class Config, class T>
struct ModelProblem {
  using Model = model::Classifier<Config>;
  using Gradients = Parameters<Model, T>;

  Parameters<Model, T> parameters;
  Index samples;
  std::vector<T> input, bank;                       ///< bank: of a given bank
  std::vector<Index> input_offsets, bank_offsets;  ///< of given tokens and banks
  std::vector<std::int64_t> labels;
  std::vector<T> weights;  ///< empty: all 1
  std::vector<std::uint64_t> numbers;
  train::CrossEntropy objective{.loss = ops::LossKind::softmax, .ponder_weight = 0.3};
  Settings settings{};
  bool training = false;

  ModelProblem(Index sample_count, std::uint64_t seed, double noise = 0.1) : parameters(random_parameters<Model, T>(seed, noise)), samples(sample_count) {
    if constexpr (Model::has_given_bank) {
      const std::vector<Index> own{3, 1, 6, 2, 4, 5}, banks{20, 3, 0, 35, 9, 12, 1};
      give_rows(own, decltype(all().own)::width, seed + 1, input, input_offsets);
      give_rows(banks, decltype(all().bank)::width, seed + 3, bank, bank_offsets);
    } else {
      input = random_values<T>(samples * Model::input_size, seed + 1);
    }
    const Stream random(seed + 2, Purpose::data);
    for (Index b = 0; b < samples; ++b) {
      labels.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(b), Model::classes)));
      numbers.push_back(static_cast<std::uint64_t>(100 + 7 * b));
    }
    if constexpr (one_hot) make_one_hot(random);
  }

  static constexpr bool one_hot = Config::input == model::Input::whole_sequence || Config::input == model::Input::symbols;
  typename Model::template Input<T> all() const {
    if constexpr (Model::has_given_bank)
      return {{input, input_offsets}, {bank, bank_offsets}};
    else
      return input;
  }
  /// Zeros for the gradient of the input: that of `input`, then that of `bank`.
  std::vector<T> no_gradient() const { return std::vector<T>(input.size() + bank.size(), T(0)); }

  Context context(Arena& arena) const {
    return {.arena = arena, .settings = settings, .training = training, .seed = 5, .step = 2, .sample_numbers = numbers};
  }
  auto forward(typename Model::template Saved<T>& saved, Arena& arena) const {
    return Model::forward(*parameters, all(), saved, context(arena));
  }
  auto infer(Arena& arena) const { return infer(arena, {.tau = settings.tau}); }
  auto infer(Arena& arena, const Settings& chosen) const { return model::Engine<Model, T>(parameters).run(all(), arena, chosen); }
  template <class Output>
  auto evaluate(const Output& output, Arena& arena) const {
    const auto shares = train::mean_weights<T>(weights, samples);
    return objective(output, train::ClassTargets<T>(labels), std::span<const T>(shares), 0, arena);
  }
  /// The total loss; adds its gradients.
  double backward(Gradients& gradients, std::vector<T>& dinput) const {
    Arena arena;
    typename Model::template Saved<T> saved;
    const auto output = forward(saved, arena);
    const auto value = evaluate(output, arena);
    if constexpr (Model::has_given_bank)
      Model::backward(*parameters, saved, value.gradient, *gradients, {dinput.data(), dinput.data() + input.size()}, context(arena));
    else
      Model::backward(*parameters, saved, value.gradient, *gradients, dinput.data(), context(arena));
    return value.loss;
  }

  /// Makes every reader's scores `factor` squared times as large, so that they are more peaked.
  void sharpen(double factor) {
    for (const auto& entry : parameters.layout())
      if (entry.name().ends_with("bank_norm/scale"))
        for (T& value : parameters.values(entry)) value *= static_cast<T>(factor);
  }

 private:
  /// Sample b has counts[b] rows, again from the first count where there are more samples.
  void give_rows(const std::vector<Index>& counts, Index width, std::uint64_t seed, std::vector<T>& rows, std::vector<Index>& offsets) const {
    offsets = {0};
    for (Index b = 0; b < samples; ++b) offsets.push_back(offsets.back() + counts[static_cast<std::size_t>(b) % counts.size()]);
    rows = random_values<T>(offsets.back() * width, seed);
  }
  void make_one_hot(const Stream& random) {
    std::ranges::fill(input, T(0));
    for (std::size_t row = 0; row < input.size() / 3; ++row) input[3 * row + random.below(1000 + row, 3)] = 1;
  }
};

/// What the model decided on the way, as numbers that can be compared.
template <class Config, class Output>
std::vector<Index> choices_of(const Output& output) {
  std::vector<Index> choices;
  if constexpr (Config::encoder == model::Encoder::pondernet) {
    choices.assign(output.trace.taken.begin(), output.trace.taken.end());
  } else if constexpr (Config::encoder == model::Encoder::act) {
    for (const auto& unit : output.trace.state) choices.push_back(2 * static_cast<Index>(unit.updates) + (unit.remainder > 0));
  } else {
    for (const auto& read : output.trace.read) {
      choices.insert(choices.end(), read.length.begin(), read.length.end());
      choices.insert(choices.end(), read.indices.begin(), read.indices.end());
    }
  }
  return choices;
}

}  // namespace adatape::testing
