#include "adatape/core/parallel.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <new>
#include <thread>
#include <vector>

#include "threads.hpp"

using namespace adatape;
using adatape::testing::Threads;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ADATAPE_TEST_MAPS_SHADOW_MEMORY
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ADATAPE_TEST_MAPS_SHADOW_MEMORY
#endif

TEST_CASE("parallel loops: what an item throws arrives at the caller, and the next loop runs") {
  for (int count : {1, 2, 3}) {
    const Threads threads(count);
    CHECK_THROWS_WITH_AS(parallel_for(100, [](Index i) { require(i != 37, "item ", i); }), "item 37", Error);
    CHECK_THROWS_AS(parallel_chunks(100, 7, [](Index, Index) { throw std::bad_alloc(); }), std::bad_alloc);
    std::vector<int> visits(100);
    parallel_for(100, [&](Index i) { ++visits[static_cast<std::size_t>(i)]; });
    CHECK(visits == std::vector<int>(100, 1));
  }
}

TEST_CASE("set_threads: numbers that no machine has are refused") {
  const int before = available_threads();
  for (int threads : {0, -1, 100000, most_threads + 1}) CHECK_THROWS_AS(set_threads(threads), Error);
  CHECK(available_threads() == before);
}

TEST_CASE("set_threads: the calling thread alone has the number") {
  const auto of_new_thread = [] {
    int found = 0;
    std::thread([&] { found = available_threads(); }).join();
    return found;
  };
  const int at_first = of_new_thread();
  const Threads guard(at_first + 1);
  CHECK(of_new_thread() == at_first);
}

#if defined(_OPENMP) && defined(__linux__) && !defined(ADATAPE_TEST_MAPS_SHADOW_MEMORY)
TEST_CASE("parallel loops: a thread that gets no memory for its scratch beforehand does its work without; the process goes on") {
  const Threads threads(2);
  parallel_for(2, [](Index) {});  // the threads start now, while there is memory for them
  {
    const Arena::Scope scope(thread_arena());
    thread_arena().take<char>(Index{1} << 30);  // the next loop asks as much of the other thread
  }
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_AS, &limit) == 0);
  rlimit tight = limit;
  tight.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + (std::size_t{64} << 20);
  REQUIRE(setrlimit(RLIMIT_AS, &tight) == 0);
  std::atomic<int> visits = 0;
  bool caught = false;
  parallel_for(2, [&](Index) { ++visits; });
  try {
    parallel_for(2, [](Index) { thread_arena().take<char>(Index{1} << 31); });
  } catch (const std::bad_alloc&) {
    caught = true;
  }
  REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
  CHECK(visits == 2);
  CHECK(caught);
}
#endif

#if defined(_OPENMP) && !defined(ADATAPE_TEST_MAPS_SHADOW_MEMORY)
// Behind the case above, which measures memory: the threads of a team as large as this end during a later loop, and give back gigabytes of stacks.
TEST_CASE("parallel loops: as many threads as OMP_NUM_THREADS may ask for are cut to most_threads") {
  const Threads guard(1);
  omp_set_num_threads(100000);
  CHECK(available_threads() == most_threads);
  std::atomic<int> team = 0;
  parallel_for(10, [&](Index) { team = omp_get_num_threads(); });
  CHECK(team <= most_threads);
}
#endif
