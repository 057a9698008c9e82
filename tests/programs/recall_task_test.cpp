#include "recall/recall_task.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

using namespace adatape::examples;
using adatape::Index;

namespace {

using Half = std::vector<float>;  ///< the key of a row, or what stands behind its key

struct Memory {
  TaskSample sample;
  std::vector<float> values;
  std::map<Half, Half> rows;
  Half asked;  ///< the key that the question shows without noise
};

Memory memory_of(const RecallOptions& options, bool test, std::uint64_t number) {
  const BitKeys keys;
  const RecallTask task(keys, options);
  Memory memory;
  memory.values.assign(static_cast<std::size_t>((RecallTask::kQuestions + options.visible) * RecallTask::kRow), -1);
  memory.sample = test ? task.test_sample(number, memory.values) : task.training_sample(0, number, memory.values);
  const auto half = [&](Index row, Index first) {
    const auto begin = memory.values.begin() + row * RecallTask::kRow + first;
    return Half(begin, begin + RecallTask::kKey);
  };
  for (Index row = 0; row < options.visible; ++row) memory.rows[half(RecallTask::kQuestions + row, 0)] = half(RecallTask::kQuestions + row, RecallTask::kKey);
  memory.asked = half(0, 0);
  return memory;
}

/// The class that this half of a row names, or -1 where it is a key.
std::int64_t class_in(const Half& half) {
  if (std::ranges::count(half, 0.f) != RecallTask::kClasses - 1) return -1;
  return std::ranges::find(half, 1.f) - half.begin();
}

}  // namespace

TEST_CASE("chains: the asked key leads to the label in as many rows as the difficulty says, and all rows stand in chains") {
  RecallOptions options{.question = RecallQuestion::chain, .rows = 64, .visible = 64, .most_hops = 4, .noise = 0, .seed = 7};
  std::map<int, int> difficulties;
  std::set<std::int64_t> labels;
  double places = 0, chains = 0;
  for (std::uint64_t number = 0; number < 400; ++number) {
    const auto memory = memory_of(options, true, number);
    REQUIRE(memory.rows.size() == 64);  // all keys differ
    Half key = memory.asked;
    int hops = 0;
    std::int64_t found = -1;
    while (found < 0) {
      REQUIRE(memory.rows.count(key) == 1);
      key = memory.rows.at(key);
      found = class_in(key);
      ++hops;
    }
    REQUIRE(found == memory.sample.label);
    REQUIRE(hops == memory.sample.difficulty);
    ++difficulties[hops];
    labels.insert(found);
    std::set<Half> targets;
    chains += static_cast<double>(std::ranges::count_if(memory.rows, [](const auto& row) { return class_in(row.second) >= 0; })) / 400;
    for (const auto& [own, behind] : memory.rows)
      if (class_in(behind) < 0) {
        REQUIRE(memory.rows.count(behind) == 1);
        REQUIRE(targets.insert(behind).second);  // no two rows lead to one
      }
    REQUIRE(targets.count(memory.asked) == 0);  // the question begins a chain
    for (Index row = 0; row < 64; ++row)
      if (std::equal(memory.asked.begin(), memory.asked.end(), memory.values.begin() + (RecallTask::kQuestions + row) * RecallTask::kRow))
        places += static_cast<double>(row) / 400;
  }
  CHECK(labels.size() == RecallTask::kClasses);
  REQUIRE(difficulties.size() == 4);
  for (const auto& [hops, count] : difficulties) CHECK(std::abs(count - 100) < 45);  // deviation 8.7
  CHECK(std::abs(places - 31.5) < 5);                                                // deviation 0.92
  CHECK(std::abs(chains - 25.8) < 1);                                                // 64 rows in chains of 2.5; the last one may be cut off
}

TEST_CASE("chains: a sample is a function of seed, set and number, and a model that sees a part of the memory sees its first rows") {
  RecallOptions options{.question = RecallQuestion::chain, .rows = 100, .visible = 100, .most_hops = 3, .noise = 0.3, .seed = 7};
  const auto whole = memory_of(options, false, 3);
  CHECK(memory_of(options, false, 3).values == whole.values);
  CHECK(memory_of(options, false, 4).values != whole.values);
  CHECK(memory_of(options, true, 3).values != whole.values);
  options.visible = 40;
  const auto part = memory_of(options, false, 3);
  CHECK(std::equal(part.values.begin(), part.values.end(), whole.values.begin()));
  CHECK(part.sample.label == whole.sample.label);
  options.seed = 8;
  CHECK(memory_of(options, false, 3).values != part.values);
}
