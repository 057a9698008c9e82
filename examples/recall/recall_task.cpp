#include "recall_task.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace adatape::examples {

namespace {

/// Classes of rows with the asked key, of which the label has more than any other; returns the label.
std::uint32_t draw_most(Draws& draws, std::span<std::uint32_t> classes) {
  const auto label = static_cast<std::uint32_t>(draws.below(RecallTask::kClasses));
  for (;;) {
    std::array<Index, RecallTask::kClasses> counts{};
    for (auto& named : classes) {
      const auto other = static_cast<std::uint32_t>(1 + draws.below(RecallTask::kClasses - 1));
      named = draws.below(2) == 0 ? label : (label + other) % RecallTask::kClasses;
      ++counts[named];
    }
    const auto most = std::ranges::max(counts);
    if (counts[label] == most && std::ranges::count(counts, most) == 1) return label;
  }
}

/// Classes of rows with the asked key, of which one has the label and the others have one of the first few classes; returns the label.
std::uint32_t draw_largest(Draws& draws, std::span<std::uint32_t> classes) {
  const auto label = static_cast<std::uint32_t>(1 + draws.below(RecallTask::kClasses - 1));
  const auto others = draws.below(label) + 1;
  classes[0] = label;
  for (auto& named : classes.subspan(1)) named = static_cast<std::uint32_t>(draws.below(others));
  return label;
}

/// `count` different numbers from 0 to end - 1.
std::vector<std::uint32_t> draw_different(Draws& draws, std::size_t count, Index end) {
  std::vector<std::uint32_t> numbers;
  while (numbers.size() < count) {
    const auto number = static_cast<std::uint32_t>(draws.below(static_cast<std::uint64_t>(end)));
    if (std::ranges::find(numbers, number) == numbers.end()) numbers.push_back(number);
  }
  return numbers;
}

/// Scales a key to a mean square of 1. Where g++ 12 does not inline this function and write_key, it rounds keys of pictures in another way. The recorded runs
/// of albums had them inlined.
inline void normalise(RecallKeys::Key key) {
  float squares = 0;
  for (const float value : key) squares += value * value;
  const float scale = squares > 0 ? std::sqrt(static_cast<float>(key.size()) / squares) : 1;
  for (float& value : key) value *= scale;
}

inline void write_key(const RecallKeys& keys, bool test, std::uint32_t number, float* values) {
  keys.write(test, number, RecallKeys::Key(values, RecallTask::kKey));
  normalise(RecallKeys::Key(values, RecallTask::kKey));
}

void write_class(std::uint32_t named, float* row) {
  std::fill_n(row + RecallTask::kKey, RecallTask::kClasses, 0.f);
  row[RecallTask::kKey + named] = 1;
}

}  // namespace

void RecallTask::write_questions(bool test, std::uint32_t asked, Draws& draws, float* tokens) const {
  for (float* token = tokens; token != tokens + kQuestions * kRow; token += kRow) {
    keys_.write(test, asked, RecallKeys::Key(token, kKey));
    for (int i = 0; i < kKey; ++i) token[i] += static_cast<float>(options_.noise * keys_.noise_of(i) * draws.normal());
    normalise(RecallKeys::Key(token, kKey));
    std::fill_n(token + kKey, kClasses, 0.f);
  }
}

TaskSample RecallTask::draw_matches(bool test, Draws& draws, const Stream& others, std::span<float> input) const {
  std::vector<std::uint32_t> classes(1 + draws.below(static_cast<std::uint64_t>(options_.most_matches)));
  const auto label = options_.question == RecallQuestion::most ? draw_most(draws, classes) : draw_largest(draws, classes);
  const std::uint32_t keys = keys_.count(test);
  const auto asked = static_cast<std::uint32_t>(draws.below(keys));
  write_questions(test, asked, draws, input.data());
  float* const memory = input.data() + kQuestions * kRow;
  for (Index row = 0; row < options_.visible; ++row) {
    const auto words = others.block(static_cast<std::uint32_t>(row));
    write_key(keys_, test, (asked + 1 + words[0] % (keys - 1)) % keys, memory + row * kRow);
    write_class(words[1] % kClasses, memory + row * kRow);
  }
  const auto places = draw_different(draws, classes.size(), options_.rows);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] >= options_.visible) continue;
    float* const row = memory + places[i] * kRow;
    write_key(keys_, test, asked, row);
    write_class(classes[i], row);
  }
  return {.label = label, .difficulty = static_cast<int>(classes.size())};
}

TaskSample RecallTask::draw_chains(bool test, Draws& draws, const Stream& others, std::span<float> input) const {
  static_assert(kKey == kClasses, "a row has a key or a class behind its own key");
  const auto most = static_cast<std::uint64_t>(options_.most_hops);
  const auto rows = static_cast<std::size_t>(options_.rows), hops = static_cast<std::size_t>(1 + draws.below(most));
  const auto keys = draw_different(draws, rows, keys_.count(test));
  write_questions(test, keys[0], draws, input.data());
  std::vector<Index> places(rows);
  std::iota(places.begin(), places.end(), Index{0});
  shuffle(std::span(places), others);
  TaskSample sample{.difficulty = static_cast<int>(hops)};
  std::size_t end = hops;  // of the chain
  for (std::size_t i = 0; i < rows; ++i) {
    if (i == end) end = std::min(rows, end + 1 + draws.below(most));
    const bool last = i + 1 == end;
    const auto named = last ? static_cast<std::uint32_t>(draws.below(kClasses)) : keys[i + 1];
    if (end == hops && last) sample.label = named;
    if (places[i] >= options_.visible) continue;
    float* const row = input.data() + (kQuestions + places[i]) * kRow;
    write_key(keys_, test, keys[i], row);
    if (last)
      write_class(named, row);
    else
      write_key(keys_, test, named, row + kKey);
  }
  return sample;
}

TaskSample RecallTask::draw(bool test, std::uint64_t step, std::uint64_t number, std::span<float> input) const {
  const auto stream = [&](std::uint32_t part) { return Stream(options_.seed, Purpose::data, step, number, (test ? 2 : 0) + part); };
  Draws draws(stream(0));
  return options_.question == RecallQuestion::chain ? draw_chains(test, draws, stream(1), input) : draw_matches(test, draws, stream(1), input);
}

}  // namespace adatape::examples
