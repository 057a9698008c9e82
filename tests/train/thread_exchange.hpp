#pragma once
/// An exchange between threads of one process, for tests of what several processes compute.
#include <algorithm>
#include <barrier>
#include <span>
#include <thread>
#include <vector>

#include "adatape/train/exchange.hpp"

namespace adatape::testing {

/// What the threads of one run share: where each one's values stand.
struct ThreadGroup {
  explicit ThreadGroup(Index processes) : values(static_cast<std::size_t>(processes)), blocks(values.size()), numbers(values.size()), meeting(processes) {}

  std::vector<void*> values;
  std::vector<std::span<const train::LeafBlock<std::span<float>>>> blocks;
  std::vector<Index> numbers;
  std::barrier<> meeting;
};

/// The straightforward form of every member: each thread reads what the others have.
struct ThreadExchange {
  ThreadGroup* group = nullptr;
  Index number = 0, count = 1;

  Index process() const { return number; }
  Index processes() const { return count; }
  train::Share leaves(Index leaves) const {
    require(leaves >= count, "exchange: wanted at least ", count, " leaves, found ", leaves);
    return train::share_of(leaves, number, count);
  }
  train::Share chunks(Index chunks) const { return train::share_of(chunks, number, count); }
  Index sum(Index value) const {
    group->numbers[static_cast<std::size_t>(number)] = value;
    group->meeting.arrive_and_wait();
    Index result = 0;
    for (Index each : group->numbers) result += each;
    group->meeting.arrive_and_wait();
    return result;
  }
  template <class V>
  void gather_leaves(std::span<V> values) const {
    gather_chunks(values, Index{1});
  }
  template <class V>
  void gather_chunks(std::span<V> values, Index chunk) const {
    const Index size = std::ssize(values), chunks = (size + chunk - 1) / chunk;
    group->values[static_cast<std::size_t>(number)] = values.data();
    group->meeting.arrive_and_wait();
    for (Index other = 0; other < count; ++other) {
      const auto share = train::share_of(chunks, other, count);
      const V* const from = static_cast<const V*>(group->values[static_cast<std::size_t>(other)]);
      if (other != number) std::copy(from + share.first * chunk, from + std::min(size, share.end * chunk), values.data() + share.first * chunk);
    }
    group->meeting.arrive_and_wait();
  }
  void add_blocks(std::span<const train::LeafBlock<std::span<float>>> mine) const {
    group->blocks[static_cast<std::size_t>(number)] = mine;
    group->meeting.arrive_and_wait();
    const Index size = std::ssize(mine[0].value);
    const auto share = chunks((size + train::kExchangeChunk - 1) / train::kExchangeChunk);
    std::vector<float> result;
    for (Index i = share.first * train::kExchangeChunk; i < std::min(size, share.end * train::kExchangeChunk); ++i) {
      train::PairwiseSum<float> sum;
      const auto add = [](float& to, float from) { to += from; };
      for (const auto& blocks : group->blocks)
        for (const auto& block : blocks) sum.take({block.first, block.leaves, block.value[static_cast<std::size_t>(i)]}, add);
      sum.finish(add);
      result.push_back(sum.blocks()[0].value);
    }
    group->meeting.arrive_and_wait();
    std::ranges::copy(result, mine[0].value.data() + share.first * train::kExchangeChunk);
    group->meeting.arrive_and_wait();
  }
};

/// Calls run(exchange) on so many threads at once, each with an exchange of its own.
template <class Run>
void with_exchanges(Index processes, const Run& run) {
  ThreadGroup group(processes);
  std::vector<std::jthread> threads;
  for (Index process = 0; process < processes; ++process) threads.emplace_back([&, process] { run(ThreadExchange{&group, process, processes}); });
}

}  // namespace adatape::testing
