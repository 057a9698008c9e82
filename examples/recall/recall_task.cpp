#include "recall_task.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "adatape/core/random.hpp"

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
std::vector<std::uint64_t> draw_places(Draws& draws, std::size_t count, std::uint64_t end) {
  std::vector<std::uint64_t> places;
  while (places.size() < count) {
    const auto place = draws.below(end);
    if (std::ranges::find(places, place) == places.end()) places.push_back(place);
  }
  return places;
}

/// Scales a key to a mean square of 1.
void normalise(RecallKeys::Key key) {
  float squares = 0;
  for (const float value : key) squares += value * value;
  const float scale = squares > 0 ? std::sqrt(static_cast<float>(key.size()) / squares) : 1;
  for (float& value : key) value *= scale;
}

void write_class(std::uint32_t named, float* row) {
  std::fill_n(row + RecallTask::kKey, RecallTask::kClasses, 0.f);
  row[RecallTask::kKey + named] = 1;
}

}  // namespace

TaskSample RecallTask::draw(bool test, std::uint64_t step, std::uint64_t number, std::span<float> input) const {
  const auto stream = [&](std::uint32_t part) { return Stream(options_.seed, Purpose::data, step, number, (test ? 2 : 0) + part); };
  Draws draws(stream(0));
  std::vector<std::uint32_t> classes(1 + draws.below(static_cast<std::uint64_t>(options_.most_matches)));
  const auto label = options_.question == RecallQuestion::most ? draw_most(draws, classes) : draw_largest(draws, classes);
  const std::uint32_t keys = keys_.count(test);
  const auto asked = static_cast<std::uint32_t>(draws.below(keys));
  const auto write_key = [&](std::uint32_t key, float* row) {
    keys_.write(test, key, RecallKeys::Key(row, kKey));
    normalise(RecallKeys::Key(row, kKey));
  };
  for (float* token = input.data(); token != input.data() + kQuestions * kRow; token += kRow) {
    keys_.write(test, asked, RecallKeys::Key(token, kKey));
    for (int i = 0; i < kKey; ++i) token[i] += static_cast<float>(options_.noise * keys_.noise_of(i) * draws.normal());
    normalise(RecallKeys::Key(token, kKey));
    std::fill_n(token + kKey, kClasses, 0.f);
  }
  float* const memory = input.data() + kQuestions * kRow;
  const Stream others = stream(1);
  for (Index row = 0; row < options_.visible; ++row) {
    const auto words = others.block(static_cast<std::uint32_t>(row));
    write_key((asked + 1 + words[0] % (keys - 1)) % keys, memory + row * kRow);
    write_class(words[1] % kClasses, memory + row * kRow);
  }
  const auto places = draw_places(draws, classes.size(), static_cast<std::uint64_t>(options_.rows));
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] >= static_cast<std::uint64_t>(options_.visible)) continue;
    float* const row = memory + static_cast<Index>(places[i]) * kRow;
    write_key(asked, row);
    write_class(classes[i], row);
  }
  return {.label = label, .difficulty = static_cast<int>(classes.size())};
}

}  // namespace adatape::examples
