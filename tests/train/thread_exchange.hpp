#pragma once
/// An exchange between threads of one process, for tests of what several processes compute.
#include <algorithm>
#include <barrier>
#include <span>
#include <thread>
#include <vector>

#include "adatape/train/leaf_deal.hpp"

namespace adatape::testing {

/// What the threads of one run share: where each one's values stand.
struct ThreadGroup {
  explicit ThreadGroup(Index processes)
      : values(static_cast<std::size_t>(processes)), blocks(values.size()), numbers(values.size()), shares(values.size()), meeting(processes) {}

  std::vector<void*> values;
  std::vector<std::span<const train::LeafBlock<std::span<float>>>> blocks;
  std::vector<Index> numbers;
  std::vector<train::Share> shares;
  std::barrier<> meeting;
};

/// The straightforward form of every member: each thread reads what the others have. With `deals` every batch is dealt out in another way.
struct ThreadExchange {
  ThreadGroup* group = nullptr;
  Index number = 0, count = 1;
  bool deals = false;
  Index batches = 0;
  std::span<const Index> order{};
  Index ready_before_end = 0;         ///< chunks of the last sum that were final before finish_sum, unless all were
  Index ready_early = 0;              ///< those of all sums together
  std::vector<float> ready_values{};  ///< those chunks, of all blocks of this process, as they were when they were said to be final

  Index process() const { return number; }
  Index processes() const { return count; }
  train::Share leaves(Index leaves) const {
    require(leaves >= count, "exchange: wanted at least ", count, " leaves, found ", leaves);
    if (!deals) return train::share_of(leaves, number, count);
    std::vector<double> seconds(static_cast<std::size_t>(leaves));
    for (std::size_t l = 0; l < seconds.size(); ++l) seconds[l] = 1 + static_cast<double>((l * 7 + static_cast<std::size_t>(batches) * 5) % 11);
    const auto cuts = train::deal_leaves(seconds, count, 0.1);
    return {cuts[static_cast<std::size_t>(number)], cuts[static_cast<std::size_t>(number + 1)]};
  }
  void begin_batch(train::Share mine, Index leaves) {
    group->shares[static_cast<std::size_t>(number)] = mine;
    group->meeting.arrive_and_wait();
    const auto shares = group->shares;
    group->meeting.arrive_and_wait();
    Index next = 0;
    for (const auto& share : shares) {
      require(share.first == next, "exchange: wanted leaves from ", next, " on, found ", share.first, " to ", share.end - 1);
      next = share.end;
    }
    require(next == leaves, "exchange: wanted ", leaves, " leaves, found ", next);
    ++batches;
  }
  Index sum(Index value) const {
    group->numbers[static_cast<std::size_t>(number)] = value;
    group->meeting.arrive_and_wait();
    Index result = 0;
    for (Index each : group->numbers) result += each;
    group->meeting.arrive_and_wait();
    return result;
  }
  void gather_leaves(std::span<train::LeafResult> results) const {
    gather(results, [&](Index other) { return group->shares[static_cast<std::size_t>(other)]; });
  }
  template <class V>
  void gather_chunks(std::span<V> values, Index chunk) const {
    const Index size = std::ssize(values);
    for (Index first = 0; first * chunk < size; first += count)
      gather(values, [&](Index other) {
        const Index begin = std::min(size, (first + other) * chunk);
        return train::Share{begin, std::min(size, begin + chunk)};
      });
  }
  void begin_sum(std::span<const train::LeafBlock<std::span<float>>> mine, std::span<const Index> chunks) {
    group->blocks[static_cast<std::size_t>(number)] = mine;
    order = chunks;
    require(std::ssize(order) == train::chunks_of(std::ssize(mine[0].value)), "exchange: wanted all chunks in the order");
    ready_before_end = 0;
    ready_values.clear();
  }
  void ready(Index chunks) {
    const Index before = std::ssize(ready_values);
    require(chunks > ready_before_end, "exchange: wanted more chunks than ", ready_before_end, ", found ", chunks);
    for_each_ready(ready_before_end, chunks, [&](float value) { ready_values.push_back(value); });
    require(std::ssize(ready_values) > before, "exchange: wanted chunks with values");
    if (chunks == std::ssize(order)) return;
    ready_early += chunks - ready_before_end;
    ready_before_end = chunks;
  }
  void finish_sum() const {
    std::size_t at = 0;
    for_each_ready(0, ready_before_end, [&](float value) { require(value == ready_values[at++], "exchange: a chunk that was final has changed"); });
    group->meeting.arrive_and_wait();
    const auto& mine = group->blocks[static_cast<std::size_t>(number)];
    const Index size = std::ssize(mine[0].value);
    std::vector<float> result(static_cast<std::size_t>(size));
    for (Index i = 0; i < size; ++i) {
      if (train::owner_of(i / train::kExchangeChunk, count) != number) continue;
      train::PairwiseSum<float> sum;
      const auto add = [](float& to, float from) { to += from; };
      for (const auto& blocks : group->blocks)
        for (const auto& block : blocks) sum.take({block.first, block.leaves, block.value[static_cast<std::size_t>(i)]}, add);
      sum.finish(add);
      result[static_cast<std::size_t>(i)] = sum.blocks()[0].value;
    }
    group->meeting.arrive_and_wait();
    std::ranges::copy(result, mine[0].value.data());
    group->meeting.arrive_and_wait();
  }

 private:
  /// Calls f for all values of the chunks at [first, end) of the order, in all blocks of this process.
  template <class F>
  void for_each_ready(Index first, Index end, const F& f) const {
    for (Index i = first; i < end; ++i)
      for (const auto& block : group->blocks[static_cast<std::size_t>(number)]) {
        const auto values = train::values_in(order[static_cast<std::size_t>(i)], std::ssize(block.value));
        for (Index at = values.first; at < values.end; ++at) f(block.value[static_cast<std::size_t>(at)]);
      }
  }
  template <class V, class ShareOf>
  void gather(std::span<V> values, const ShareOf& share_of) const {
    group->values[static_cast<std::size_t>(number)] = values.data();
    group->meeting.arrive_and_wait();
    for (Index other = 0; other < count; ++other) {
      const train::Share share = share_of(other);
      const V* const from = static_cast<const V*>(group->values[static_cast<std::size_t>(other)]);
      if (other != number) std::copy(from + share.first, from + share.end, values.data() + share.first);
    }
    group->meeting.arrive_and_wait();
  }
};

/// Calls run(exchange) on so many threads at once, each with an exchange of its own.
template <class Run>
void with_exchanges(Index processes, const Run& run) {
  ThreadGroup group(processes);
  std::vector<std::jthread> threads;
  for (Index process = 0; process < processes; ++process)
    threads.emplace_back([&, process] {
      ThreadExchange exchange;
      exchange.group = &group;
      exchange.number = process;
      exchange.count = processes;
      run(exchange);
    });
}

}  // namespace adatape::testing
