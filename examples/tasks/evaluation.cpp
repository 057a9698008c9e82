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

Evaluation evaluate(ProcessGroup& group, const TrainedModel& model, const ModelFacts& facts, const Task& task, Index count, const Settings& settings) {
  struct Answer {
    double length = 0, macs = 0;
    Index right = 0, difficulty = 0;
  };
  const auto mine = group.share(count);
  std::vector<Answer> answers(static_cast<std::size_t>(count));
  std::vector<std::int64_t> labels(static_cast<std::size_t>(mine.size()));
  const auto start = Clock::now();
  const auto fill = [&](Index begin, Index end, float* input) {
    for (Index i = begin; i < end; ++i, input += facts.input_size) {
      const auto number = static_cast<std::uint64_t>(mine.first + i);
      const auto sample = task.test_sample(number, {input, static_cast<std::size_t>(facts.input_size)});
      labels[static_cast<std::size_t>(i)] = sample.label;
      answers[number].difficulty = sample.difficulty;
    }
  };
  model.infer(mine.size(), settings, fill, [&](Index i, const SampleResult& result) {
    require(result.finite, "fresh sample ", mine.first + i, ": the model's output is not finite, so it answers nothing (are the weights too large?)");
    auto& answer = answers[static_cast<std::size_t>(mine.first + i)];
    answer.right = std::ranges::max_element(result.logits) - result.logits.begin() == labels[static_cast<std::size_t>(i)];
    answer.length = static_cast<double>(result.length);
    answer.macs = result.macs;
  });
  group.gather(std::span(answers));
  Evaluation evaluation{.settings = settings, .samples = count, .seconds = seconds_since(start), .by_difficulty = {}};
  std::vector<double> lengths, difficulties;
  for (const auto& answer : answers) {
    auto& of_difficulty = evaluation.by_difficulty[static_cast<int>(answer.difficulty)];
    ++of_difficulty.samples;
    of_difficulty.correct += answer.right;
    of_difficulty.length += static_cast<Index>(answer.length);
    evaluation.correct += answer.right;
    evaluation.mean_length += answer.length;
    evaluation.mean_macs += answer.macs;
    lengths.push_back(answer.length);
    difficulties.push_back(static_cast<double>(answer.difficulty));
  }
  evaluation.mean_length /= static_cast<double>(count);
  evaluation.mean_macs /= static_cast<double>(count);
  evaluation.correlation = rank_correlation(lengths, difficulties);
  return evaluation;
}

std::vector<Evaluation> sweep(ProcessGroup& group, const TrainedModel& model, const ModelFacts& facts, const Task& task, Index count,
                              const Settings& settings) {
  std::vector<Evaluation> evaluations;
  for (double tau = 0.5; tau <= facts.largest_tau; tau += 0.5) {
    Settings at = settings;
    at.tau = tau;
    at.exact_tape_tokens = 0;
    evaluations.push_back(evaluate(group, model, facts, task, count, at));
  }
  for (Index tokens = 1; tokens <= static_cast<Index>(facts.largest_tau); ++tokens) {
    Settings at = settings;
    at.exact_tape_tokens = tokens;
    evaluations.push_back(evaluate(group, model, facts, task, count, at));
  }
  return evaluations;
}

}  // namespace adatape::examples
