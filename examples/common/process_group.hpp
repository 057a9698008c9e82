#pragma once
/// The processes that train one model together. A process that is alone is a group too.
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "any_exchange.hpp"

namespace adatape::examples {

/// All processes call the members that say so together, in the same order, with equal counts.
class ProcessGroup {
 public:
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;
  virtual ~ProcessGroup() = default;

  Index process() const { return process_; }      ///< number of this process, from 0
  Index processes() const { return processes_; }  ///< of the group
  bool is_alone() const { return processes_ == 1; }
  /// Whether this is the process that prints and writes files.
  bool is_first() const { return process_ == 0; }
  /// What this process has of `count` things that are dealt out.
  train::Share share(Index count) const { return train::share_of(count, process_, processes_); }

  /// Where trainers of the group meet. It lives as long as the group. The first call of it is one that all processes make together.
  virtual AnyExchange& exchange() = 0;
  /// Together, before the first call of exchange(): where a process waits so long for others without progress, it ends all with a line; 0: it waits for ever.
  virtual void limit_waiting(std::chrono::seconds limit) = 0;
  /// Together: the largest of the numbers of all processes.
  virtual Index largest(Index number) = 0;
  /// Together: `values` are `width` for each of several things, and those of share(things) are valid. Afterwards all are.
  template <class T>
  void gather(std::span<T> values, Index width = 1) {
    static_assert(std::is_trivially_copyable_v<T>, "ProcessGroup::gather copies bytes");
    gather_bytes(reinterpret_cast<std::byte*>(values.data()), std::ssize(values) / width, width * static_cast<Index>(sizeof(T)));
  }
  /// Together: the texts of all processes, in their order.
  std::vector<std::string> texts(const std::string& own) {
    const auto count = static_cast<std::size_t>(processes_), at = static_cast<std::size_t>(process_);
    std::vector<Index> sizes(count);
    sizes[at] = std::ssize(own);
    gather(std::span(sizes));
    const auto room = static_cast<std::size_t>(1 + largest(std::ssize(own)));
    std::string all(count * room, '\0');
    own.copy(all.data() + at * room, own.size());
    gather(std::span(all.data(), all.size()), static_cast<Index>(room));
    std::vector<std::string> texts;
    for (std::size_t p = 0; p < count; ++p) texts.push_back(all.substr(p * room, static_cast<std::size_t>(sizes[p])));
    return texts;
  }
  /// Ends all processes of the group, with this exit code. Does not return.
  virtual void end_all(int code) = 0;

 protected:
  ProcessGroup(Index process, Index processes) : process_(process), processes_(processes) {}

 private:
  /// gather() of `count` things of `size` bytes each.
  virtual void gather_bytes(std::byte* values, Index count, Index size) = 0;

  Index process_, processes_;
};

/// A process that is alone.
class LoneProcess : public ProcessGroup {
 public:
  LoneProcess() : ProcessGroup(0, 1) {}
  AnyExchange& exchange() override { return exchange_; }
  void limit_waiting(std::chrono::seconds) override {}
  Index largest(Index number) override { return number; }
  void end_all(int code) override { std::exit(code); }

 private:
  void gather_bytes(std::byte*, Index, Index) override {}

  ExchangeOf<train::NoExchange> exchange_{{}};
};

/// Calls main with the group of this process, and returns its exit code. To be called once. CMake takes one of two sources: join_mpi.cpp where there is MPI,
/// else join_alone.cpp. Throws Error where MPI cannot run beside threads of OpenMP, and what main throws where the process is alone.
int join_processes(const std::function<int(ProcessGroup&)>& main);

}  // namespace adatape::examples
