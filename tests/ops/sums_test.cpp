#include "adatape/ops/sums.hpp"

#include "compare.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE("sums: float against double, in row order whatever the number of threads") {
  for (Index width : {1, 3, 16, 65, 200}) {
    const Index rows = 37;
    const auto x = random_values<float>(rows * width, 1), start = random_values<float>(width, 2);
    auto wanted = to_double(start);
    for (std::size_t i = 0; i < x.size(); ++i) wanted[i % static_cast<std::size_t>(width)] += static_cast<double>(x[i]);
    std::vector<float> first;
    for (int count : {1, 2, 8}) {
      const Threads threads(count);
      Guarded sums(start);
      ops::add_column_sums(x.data(), rows, width, sums.data());
      check_close(sums.values(), wanted, static_cast<double>(rows), 2);
      CHECK(sums.intact());
      if (first.empty()) first.assign(sums.values().begin(), sums.values().end());
      CHECK(same_bits(sums.values(), std::span<const float>(first)));
    }
  }
}

TEST_CASE("add_scaled: float against double, without touching what lies beside") {
  for (Index count = 0; count <= most_odd_sizes; ++count) {
    const auto x = random_values<float>(count, 1), start = random_values<float>(count, 2);
    auto wanted = to_double(start);
    const auto xd = to_double(x);
    ops::add_scaled(static_cast<double>(0.3f), xd.data(), count, wanted.data());
    for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(wanted[i] == doctest::Approx(start[i] + static_cast<double>(0.3f) * xd[i]));
    Guarded sum(start);
    ops::add_scaled(0.3f, x.data(), count, sum.data());
    check_close(sum.values(), wanted, 1, 2);
    CHECK(sum.intact());
  }
}
