#include "adatape/core/arena.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

using adatape::Arena;
using adatape::Index;

namespace {
bool is_aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % adatape::kAlignment == 0; }
}  // namespace

TEST_CASE("arena: what is taken is aligned and does not overlap") {
  Arena arena;
  for (Index size : {1, 3, 64, 65, 1000, 200000}) {
    auto* a = arena.take<float>(size);
    auto* b = arena.take<char>(size);
    const auto c = arena.take_span<double>(size);
    CHECK((is_aligned(a) && is_aligned(b) && is_aligned(c.data())));
    CHECK(c.size() == static_cast<std::size_t>(size));
    std::memset(a, 1, static_cast<std::size_t>(size) * sizeof(float));
    std::memset(b, 2, static_cast<std::size_t>(size));
    std::memset(c.data(), 3, c.size_bytes());
    CHECK(reinterpret_cast<char*>(a)[size * 4 - 1] == 1);
    CHECK(b[0] == 2);
    CHECK(b[size - 1] == 2);
  }
}

TEST_CASE("arena: nothing may be taken") {
  Arena arena;
  arena.take<int>(0);
  CHECK(arena.in_use() == 0);
  CHECK(arena.take_span<int>(0).empty());
}

TEST_CASE("arena: a scope gives back what was taken in it, across blocks") {
  Arena arena;
  arena.take<char>(100);
  const auto before = arena.in_use();
  char* first = nullptr;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const Arena::Scope outer(arena);
    char* here = arena.take<char>(10);
    if (repeat == 0) first = here;
    CHECK(here == first);
    {
      const Arena::Scope inner(arena);
      for (int i = 0; i < 5; ++i) arena.take<char>(50000);
      CHECK(arena.in_use() >= before + 250000);
    }
    CHECK(arena.in_use() == before + adatape::kAlignment);
  }
  CHECK(arena.in_use() == before);
  CHECK(arena.peak() >= 250000);
}

TEST_CASE("arena: the same work again takes no new memory, neither in scopes nor after reset") {
  Arena arena;
  const auto work = [&] {
    arena.take<char>(1000);
    for (Index size : {70000, 10, 300000, 150000}) {
      const Arena::Scope scope(arena);
      arena.take<char>(size);
      arena.take<char>(90000);
    }
  };
  for (int i = 0; i < 3; ++i) {
    work();
    arena.reset();
  }
  CHECK(arena.in_use() == 0);
  const auto held = arena.capacity();
  const auto peak = arena.peak();
  for (int i = 0; i < 3; ++i) {
    work();
    arena.reset();
  }
  CHECK(arena.capacity() == held);
  CHECK(arena.peak() == peak);
  CHECK(held >= peak);
}

TEST_CASE("arena: values survive growth and moving") {
  Arena arena;
  int* value = arena.take<int>(1);
  *value = 42;
  for (int i = 0; i < 20; ++i) arena.take<char>(100000);
  Arena other = std::move(arena);
  other.take<char>(1000000);
  CHECK(*value == 42);
  Arena& same = other;
  other = std::move(same);
  CHECK(other.holds(value));
  CHECK(*value == 42);
}

TEST_CASE("arena: sizes that cannot be are refused, and nothing is taken") {
  Arena arena;
  CHECK_THROWS_WITH_AS(arena.take<float>(-1), doctest::Contains("Arena::take: wanted a number of elements from 0"), adatape::Error);
  CHECK_THROWS_AS(arena.take_span<double>(-5), adatape::Error);
  CHECK_THROWS_AS(arena.take<double>(std::numeric_limits<Index>::max() / 4), adatape::Error);
  CHECK_THROWS_AS(arena.take<char>(Index{1} << 60), std::bad_alloc);
  CHECK(arena.in_use() == 0);
  CHECK(is_aligned(arena.take<float>(3)));
}

TEST_CASE("arena: it is neither reset nor replaced while something of it is in use") {
  Arena arena;
  {
    const Arena::Scope scope(arena);
    float* values = arena.take<float>(100);
    values[99] = 1;
    CHECK_THROWS_WITH_AS(arena.reset(), "Arena::reset: wanted an arena without an open Scope, found 1 of them", adatape::Error);
    CHECK_THROWS_AS(arena.reserve(1 << 20), adatape::Error);
    CHECK(values[99] == 1);
  }
  CHECK_NOTHROW(arena.reset());
  CHECK_NOTHROW(arena.reserve(1 << 20));
  CHECK(arena.capacity() >= 1 << 20);
}

TEST_CASE("arena: knows its own memory") {
  Arena arena;
  const char* first = arena.take<char>(100);
  const char* second = arena.take<char>(200000);
  int elsewhere = 0;
  CHECK((arena.holds(first) && arena.holds(second + 199999)));
  CHECK(!arena.holds(&elsewhere));
  CHECK(!arena.holds(nullptr));
  const Arena other = std::move(arena);
  CHECK(other.holds(first));
  CHECK(!arena.holds(first));  // NOLINT(bugprone-use-after-move): the empty arena is what is tested
}

TEST_CASE("arena: what was kept is there in an arena that is filled with it, and is not written again") {
  const auto keep = [](Arena& arena, int first) {
    const auto* a = arena.keep<int>(3, [&](int* values) {
      Arena::Scope scope(arena);
      arena.take<int>(100);
      for (int i = 0; i < 3; ++i) values[i] = first + i;
    });
    const auto* b = arena.keep<char>(1, [&](char* value) { *value = static_cast<char>(first); });
    return std::pair(a, b);
  };
  Arena arena;
  keep(arena, 5);
  CHECK(arena.kept() == arena.in_use());
  CHECK(arena.contents().size() == 2 * adatape::kAlignment);
  adatape::Pages copy(arena.contents().size());
  std::memcpy(copy.data(), arena.contents().data(), copy.size());
  Arena filled(std::move(copy));
  CHECK(filled.is_filled());
  Arena moved = std::move(filled);
  CHECK_FALSE(filled.is_filled());
  CHECK(moved.is_filled());
  const auto [a, b] = keep(moved, 50);
  CHECK(a[0] == 5);
  CHECK(a[2] == 7);
  CHECK(*b == 5);
  CHECK(moved.kept() == moved.in_use());
  CHECK_THROWS_AS(moved.take<char>(1), adatape::Error);
  moved.reset();
  CHECK(moved.kept() == 0);
  CHECK_THROWS_AS(moved.reserve(1000), adatape::Error);
  CHECK(keep(moved, 50).first[1] == 6);
}

TEST_CASE("arena: contents are of one block, and what is taken plainly is not kept") {
  Arena arena;
  CHECK(arena.contents().empty());
  arena.take<char>(10);
  CHECK(arena.kept() == 0);
  CHECK(arena.contents().size() == adatape::kAlignment);
  arena.take<char>(1 << 20);
  CHECK_THROWS_AS(arena.contents(), adatape::Error);
}
