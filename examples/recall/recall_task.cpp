#include "recall_task.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "adatape/core/random.hpp"

namespace adatape::examples {

namespace {

constexpr std::uint32_t kKeys = 1u << RecallTask::kKey;

/// Classes of rows with the asked key, of which the label has more than any other; returns the label.
std::uint32_t draw_classes(Draws& draws, std::span<std::uint32_t> classes) {
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

/// `count` different numbers from 0 to end - 1.
std::vector<std::uint64_t> draw_places(Draws& draws, std::size_t count, std::uint64_t end) {
  std::vector<std::uint64_t> places;
  while (places.size() < count) {
    const auto place = draws.below(end);
    if (std::ranges::find(places, place) == places.end()) places.push_back(place);
  }
  return places;
}

void write_key(std::uint32_t key, float* row) {
  for (int i = 0; i < RecallTask::kKey; ++i) row[i] = (key >> i & 1) != 0 ? 1.f : -1.f;
}

void write_row(std::uint32_t key, std::uint32_t named, float* row) {
  write_key(key, row);
  std::fill_n(row + RecallTask::kKey, RecallTask::kClasses, 0.f);
  row[RecallTask::kKey + named] = 1;
}

}  // namespace

TaskSample RecallTask::draw(std::uint32_t set, std::uint64_t step, std::uint64_t number, std::span<float> input) const {
  const auto stream = [&](std::uint32_t part) { return Stream(options_.seed, Purpose::data, step, number, 2 * set + part); };
  Draws draws(stream(0));
  std::vector<std::uint32_t> classes(1 + draws.below(static_cast<std::uint64_t>(options_.most_matches)));
  const auto label = draw_classes(draws, classes);
  const auto asked = static_cast<std::uint32_t>(draws.below(kKeys));
  for (float* token = input.data(); token != input.data() + kQuestions * kRow; token += kRow) {
    write_key(asked, token);
    for (int i = 0; i < kKey; ++i) token[i] += static_cast<float>(options_.noise * draws.normal());
    std::fill_n(token + kKey, kClasses, 0.f);
  }
  float* const memory = input.data() + kQuestions * kRow;
  const Stream others = stream(1);
  for (Index row = 0; row < options_.rows; ++row) {
    const auto words = others.block(static_cast<std::uint32_t>(row));
    write_row(asked ^ (1 + words[0] % (kKeys - 1)), words[1] % kClasses, memory + row * kRow);
  }
  const auto places = draw_places(draws, classes.size(), static_cast<std::uint64_t>(options_.rows));
  for (std::size_t i = 0; i < places.size(); ++i) write_row(asked, classes[i], memory + places[i] * kRow);
  return {.label = label, .difficulty = static_cast<int>(classes.size())};
}

}  // namespace adatape::examples
