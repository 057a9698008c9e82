#include "evaluation.hpp"

#include <algorithm>

#include "../common/progress.hpp"
#include "adatape/core/error.hpp"
#include "rank_correlation.hpp"

namespace adatape::examples {

nlohmann::json Evaluation::json() const {
  return {{"tau", settings.tau},        {"exact_tape_tokens", settings.exact_tape_tokens},
          {"samples", samples},         {"correct", correct},
          {"mean_length", mean_length}, {"mean_macs", mean_macs},
          {"correlation", correlation}, {"seconds", seconds}};
}

nlohmann::json Evaluation::difficulty_json() const {
  auto difficulties = nlohmann::json::array();
  for (const auto& [difficulty, result] : by_difficulty)
    difficulties.push_back({{"difficulty", difficulty},
                            {"samples", result.samples},
                            {"correct", result.correct},
                            {"mean_length", static_cast<double>(result.length) / static_cast<double>(result.samples)}});
  return difficulties;
}

Evaluation evaluate(const TrainedModel& model, const ModelFacts& facts, const Task& task, Index count, const Settings& settings) {
  const auto all = static_cast<std::size_t>(count);
  std::vector<TaskSample> samples(all);
  std::vector<char> right(all);
  std::vector<double> lengths(all), macs(all);
  const auto start = Clock::now();
  const auto fill = [&](Index begin, Index end, float* input) {
    for (Index i = begin; i < end; ++i, input += facts.input_size)
      samples[static_cast<std::size_t>(i)] = task.test_sample(static_cast<std::uint64_t>(i), {input, static_cast<std::size_t>(facts.input_size)});
  };
  model.infer(count, settings, fill, [&](Index i, const SampleResult& result) {
    const auto at = static_cast<std::size_t>(i);
    require(result.finite, "fresh sample ", i, ": the model's output is not finite, so it answers nothing (are the weights too large?)");
    right[at] = std::ranges::max_element(result.logits) - result.logits.begin() == samples[at].label;
    lengths[at] = static_cast<double>(result.length);
    macs[at] = result.macs;
  });
  Evaluation evaluation{.settings = settings, .samples = count, .seconds = seconds_since(start), .by_difficulty = {}};
  std::vector<double> difficulties(all);
  for (std::size_t i = 0; i < all; ++i) {
    auto& group = evaluation.by_difficulty[samples[i].difficulty];
    ++group.samples;
    group.correct += right[i];
    group.length += static_cast<Index>(lengths[i]);
    evaluation.correct += right[i];
    evaluation.mean_length += lengths[i];
    evaluation.mean_macs += macs[i];
    difficulties[i] = samples[i].difficulty;
  }
  evaluation.mean_length /= static_cast<double>(count);
  evaluation.mean_macs /= static_cast<double>(count);
  evaluation.correlation = rank_correlation(lengths, difficulties);
  return evaluation;
}

std::vector<Evaluation> sweep(const TrainedModel& model, const ModelFacts& facts, const Task& task, Index count, const Settings& settings) {
  std::vector<Evaluation> evaluations;
  for (double tau = 0.5; tau <= facts.largest_tau; tau += 0.5) {
    Settings at = settings;
    at.tau = tau;
    at.exact_tape_tokens = 0;
    evaluations.push_back(evaluate(model, facts, task, count, at));
  }
  for (Index tokens = 1; tokens <= static_cast<Index>(facts.largest_tau); ++tokens) {
    Settings at = settings;
    at.exact_tape_tokens = tokens;
    evaluations.push_back(evaluate(model, facts, task, count, at));
  }
  return evaluations;
}

}  // namespace adatape::examples
