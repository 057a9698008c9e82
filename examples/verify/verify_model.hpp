#pragma once
/// Runs one golden file through one compiled-in model and compares everything the file holds.
#include "adatape/model/describe.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/train/trainer.hpp"
#include "configurations.hpp"
#include "golden_file.hpp"
#include "verify_file.hpp"

namespace adatape::verify {

template <class Config, class T>
class ModelVerification {
 public:
  using Model = model::Classifier<Config>;

  ModelVerification(const GoldenFile& golden, Products products) : golden_(golden), products_(products), trainer_(options(golden, products)) {
    labels_ = golden.integers("label");
    const auto as_scalars = [&](const char* name, std::vector<T>& values) {
      if (golden.contains(name)) std::ranges::transform(golden.tensor(name), std::back_inserter(values), [](double value) { return static_cast<T>(value); });
    };
    const auto as_offsets = [&](const char* name, std::vector<Index>& offsets) { std::ranges::copy(golden.integers(name), std::back_inserter(offsets)); };
    as_scalars("input", input_);
    as_scalars("bank", bank_);
    as_offsets("input_offsets", input_offsets_);
    as_offsets("bank_offsets", bank_offsets_);
    as_scalars("target", target_rows_);
    as_scalars("sample_weight", weights_);
    std::ranges::transform(golden.integers("sample_mask"), std::back_inserter(weights_), [](std::int64_t counts) { return static_cast<T>(counts); });
    read_parameters();
  }

  Report run() {
    if (golden_.training_steps() == 0)
      compare_pass();
    else
      compare_training();
    return report_;
  }

 private:
  static train::TrainingOptions options(const GoldenFile& golden, Products products) {
    auto of_file = golden.options();
    of_file.products = products;
    return of_file;
  }
  /// Every tensor under "params/", and no other number of them than the model has.
  void read_parameters() {
    auto& parameters = trainer_.parameters();
    std::vector<double> values;
    for (const auto& entry : parameters.layout()) {
      values.resize(static_cast<std::size_t>(entry.size));
      golden_.read("params/" + std::string(entry.name()), std::span(entry.dims).first(static_cast<std::size_t>(entry.rank)), values);
      std::ranges::transform(values, parameters.values(entry).begin(), [](double value) { return static_cast<T>(value); });
    }
    const auto names = golden_.names();
    const auto found = std::ranges::count_if(names, [](const std::string& name) { return name.starts_with("params/"); });
    require(found == std::ssize(parameters.layout()), "the file has ", found, " parameters, the model ", std::ssize(parameters.layout()));
  }

  void add(const std::string& what, std::span<const T> found) {
    const auto wanted = golden_.tensor(what);
    report_.comparisons.push_back({what, tensor_error<T>(found, wanted, largest_magnitude(wanted))});
  }
  void add(const std::string& what, const std::vector<double>& found) {
    const auto wanted = golden_.tensor(what);
    report_.comparisons.push_back({what, tensor_error<double>(found, wanted, largest_magnitude(wanted))});
  }

  /// All parameters against tensors prefix + name. The gradients of the input, where there are any, are part of the group.
  void add_group(const std::string& what, const std::string& prefix, const Parameters<Model, T>& found, std::span<const T> input = {},
                 std::span<const T> bank = {}) {
    double scale = 0;
    for (const auto& name : golden_.names())
      if (name.starts_with(prefix)) scale = std::max(scale, largest_magnitude(golden_.tensor(name)));
    Comparison worst{what};
    const auto compare = [&](const std::string& name, std::span<const T> values) {
      const double error = tensor_error<T>(values, golden_.tensor(prefix + name), scale);
      if (!(error <= worst.error)) worst = {what, error, name};
    };
    for (const auto& entry : found.layout()) {
      const std::string name(entry.name());
      const bool amplified_rounding = std::is_same_v<T, float> && (prefix == "trained/" || prefix == "averaged/") && name.ends_with("/key/bias");
      if (!amplified_rounding) compare(name, found.values(entry));
    }
    if (!input.empty()) compare("input", input);
    if (!bank.empty()) compare("bank", bank);
    report_.comparisons.push_back(worst);
  }

  void compare_pass() {
    Arena arena;
    const auto options = golden_.options();
    const Context context{.arena = arena, .settings = options.settings, .products = products_};
    const auto samples = static_cast<Index>(labels_.size());
    typename Model::template Saved<T> saved;
    const auto output = Model::forward(*trainer_.parameters(), input(), saved, context);
    const auto weights = train::mean_weights<T>(weights_, samples);
    const auto value = options.objective(output, targets(), std::span<const T>(weights), 0, arena);
    Parameters<Model, T> gradients;
    std::vector<T> dinput(input_.size(), T(0)), dbank(bank_.size(), T(0));
    if constexpr (Model::has_given_bank)
      Model::backward(*trainer_.parameters(), saved, value.gradient, *gradients, {dinput.data(), dbank.data()}, context);
    else
      Model::backward(*trainer_.parameters(), saved, value.gradient, *gradients, dinput.data(), context);

    if constexpr (Model::predictions > 1)
      compare_steps(output);
    else
      add("logits", std::span<const T>(output.logits, static_cast<std::size_t>(samples * Model::classes)));
    add("loss", std::vector<double>{value.loss});
    if (golden_.contains("ponder")) add("ponder", std::span<const T>(output.ponder, static_cast<std::size_t>(samples)));
    if constexpr (Config::encoder == Encoder::act) compare_act(output.trace);
    if constexpr (Model::reads_tape) compare_tape(saved, output.trace);
    if constexpr (Model::has_input_bank) compare_inference(output, options.settings);
    add_group("gradients", "grads/", gradients, dinput, dbank);
  }

  /// Inference reads an input bank without making its tokens: the logits are those of the file, and the reads those of forward.
  void compare_inference(const typename Model::template Output<T>& forward, const Settings& settings) {
    Arena arena;
    const auto output = model::Engine<Model, T>(trainer_.parameters()).run(input(), arena, settings);
    const auto wanted = golden_.tensor("logits");
    const std::span<const T> found(output.logits, static_cast<std::size_t>(output.samples * Model::classes));
    report_.comparisons.push_back({"logits of inference", tensor_error<T>(found, wanted, largest_magnitude(wanted))});
    for (std::size_t r = 0; r < output.trace.read.size(); ++r)
      if (!std::ranges::equal(output.trace.read[r].indices, forward.trace.read[r].indices))
        report_.faults.push_back("read " + std::to_string(r) + ": inference read other bank tokens than forward");
  }

  /// The file has the logits of all steps of a sample together, [samples, steps, classes].
  void compare_steps(const typename Model::template Output<T>& output) {
    std::vector<double> logits;
    const auto medians = golden_.integers("median_step");
    for (Index b = 0; b < output.samples; ++b) {
      for (Index n = 0; n < output.predictions; ++n) {
        const T* const row = output.logits + (n * output.samples + b) * Model::classes;
        logits.insert(logits.end(), row, row + Model::classes);
      }
      const Index found = (output.answer(b) - b) / output.samples, wanted = medians[static_cast<std::size_t>(b)];
      if (found != wanted)
        report_.faults.push_back("sample " + std::to_string(b) + ": median step " + std::to_string(found) + ", wanted " + std::to_string(wanted));
    }
    add("logits", logits);
    add("probabilities", output.trace.probability);
  }

  void compare_act(const act::ActTrace<T>& trace) {
    std::vector<double> updates, remainders;
    for (const auto& state : trace.state) {
      updates.push_back(static_cast<double>(state.updates));
      remainders.push_back(static_cast<double>(state.remainder));
    }
    add("act_updates", updates);
    add("act_remainders", remainders);
  }

  template <class Saved>
  void compare_tape(const Saved& saved, const typename Model::template Trace<T>& trace) {
    const auto lengths = golden_.integers("tape_length"), indices = golden_.integers("tape_indices");
    const auto shape = golden_.shape("tape_indices");  // [samples, reads, T, k]
    const Index samples = shape[0], reads = shape[1], steps = shape[2], tokens_per_step = shape[3];
    std::vector<double> weights(indices.size(), 0);
    for (Index b = 0; b < samples; ++b)
      for (Index r = 0; r < reads; ++r) {
        const auto& read = trace.read[static_cast<std::size_t>(r)];
        const auto length = read.length[static_cast<std::size_t>(b)];
        if (length != lengths[static_cast<std::size_t>(b * reads + r)])
          report_.faults.push_back("sample " + std::to_string(b) + " read " + std::to_string(r) + ": tape length " + std::to_string(length) + ", wanted " +
                                   std::to_string(lengths[static_cast<std::size_t>(b * reads + r)]));
        if (read.num_tape_tokens != steps || read.tokens_per_step > tokens_per_step) report_.faults.push_back("tape_indices: the shape does not fit the model");
        for (Index n = 0; n < std::min(steps, read.num_tape_tokens); ++n)
          for (Index j = 0; j < std::min(tokens_per_step, read.tokens_per_step); ++j) {
            const auto at = static_cast<std::size_t>(((b * reads + r) * steps + n) * tokens_per_step + j);
            const Index found = read.step_indices(b, n)[static_cast<std::size_t>(j)], wanted = indices[at];
            weights[at] = static_cast<double>(read.step_weights(b, n)[static_cast<std::size_t>(j)]);
            if (found != wanted && !equal_bank_tokens(saved.stack.read[static_cast<std::size_t>(r)].reader.bank, b, found, wanted))
              report_.faults.push_back("sample " + std::to_string(b) + " read " + std::to_string(r) + " step " + std::to_string(n) + ": bank token " +
                                       std::to_string(found) + ", wanted " + std::to_string(wanted));
          }
      }
    add("tape_weights", weights);
  }

  static bool equal_bank_tokens(const tape::NormalisedBank<T>& bank, Index sample, Index first, Index second) {
    if (first < 0 || second < 0 || first >= bank.bank.size_of(sample) || second >= bank.bank.size_of(sample)) return false;
    const T *a = bank.raw(bank.bank.row(sample, first)), *b = bank.raw(bank.bank.row(sample, second));
    return std::equal(a, a + bank.width, b);
  }

  typename Model::template Input<T> input() const {
    if constexpr (Model::has_given_bank)
      return {{input_, input_offsets_}, {bank_, bank_offsets_}};
    else
      return input_;
  }
  train::ClassTargets<T> targets() const {
    if (target_rows_.empty()) return labels_;
    return target_rows_;
  }
  /// Samples [first, first + count).
  typename train::Trainer<Model, T>::Batch part(Index first, Index count) const {
    const auto begin = static_cast<std::size_t>(first), size = static_cast<std::size_t>(count);
    return {input().part(first, count), targets().part(first, count, std::ssize(labels_)),
            weights_.empty() ? std::span<const T>{} : std::span<const T>(weights_).subspan(begin, size)};
  }

  void compare_training() {
    const auto steps = golden_.training_steps();
    auto batches = golden_.accumulated();
    if (batches.empty()) batches.push_back(std::ssize(labels_));
    std::vector<double> losses, norms, rates;
    for (int i = 0; i < steps; ++i) {
      trainer_.zero_gradients();
      Index first = 0;
      for (const Index count : batches) {
        trainer_.accumulate(part(first, count));
        first += count;
      }
      const auto report = trainer_.apply();
      losses.push_back(report.loss);
      norms.push_back(report.gradient_norm);
      rates.push_back(report.rate);
    }
    add("losses", losses);
    add("grad_norms", norms);
    add("learning_rates", rates);
    add_group("trained", "trained/", trainer_.parameters());
    if (trainer_.average()) add_group("averaged", "averaged/", *trainer_.average());
  }

  const GoldenFile& golden_;
  Products products_;
  train::Trainer<Model, T> trainer_;
  std::vector<T> input_, bank_;
  std::vector<Index> input_offsets_, bank_offsets_;  ///< of given tokens and banks
  std::vector<std::int64_t> labels_;
  std::vector<T> target_rows_;  ///< [samples, classes]; empty: the labels are the targets
  std::vector<T> weights_;      ///< empty: all 1
  Report report_;
};

template <class Config, class T>
std::optional<Report> verify_as(const GoldenFile& golden, Products products) {
  if (!golden.matches(model::describe<Config>())) return std::nullopt;
  return ModelVerification<Config, T>(golden, products).run();
}

}  // namespace adatape::verify
