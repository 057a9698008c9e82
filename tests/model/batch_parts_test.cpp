#include "adatape/model/batch_parts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace adatape;

TEST_CASE("batch parts: every sample is in one part, no part is too large, and the threads have equal numbers of parts") {
  for (Index samples = 0; samples <= 40; ++samples)
    for (Index at_once : {1, 2, 3, 7, 100})
      for (Index threads : {1, 2, 3, 8}) {
        CAPTURE(samples);
        CAPTURE(at_once);
        CAPTURE(threads);
        const auto parts = model::cut_into_parts(samples, at_once, threads);
        REQUIRE(parts.count >= 1);
        CHECK(parts.first(0) == 0);
        CHECK(parts.first(parts.count) == samples);
        Index smallest = samples, largest = 0;
        for (Index part = 0; part < parts.count; ++part) {
          smallest = std::min(smallest, parts.size(part));
          largest = std::max(largest, parts.size(part));
        }
        CHECK(largest <= at_once);
        CHECK(largest - smallest <= 1);
        if (parts.together) continue;
        CHECK(parts.count % threads == 0);
        for (Index thread = 0; thread < threads; ++thread) {
          const Index own = parts.count / threads, share = parts.first((thread + 1) * own) - parts.first(thread * own);
          CHECK(4 * threads * share <= 5 * samples);
        }
      }
}

TEST_CASE("batch parts: cores share a part where their own parts would leave some of them idle") {
  CHECK(model::cut_into_parts(1, 4, 1).together == false);
  CHECK(model::cut_into_parts(1, 4, 2).together);
  CHECK(model::cut_into_parts(2, 4, 2).together == false);
  CHECK(model::cut_into_parts(3, 1, 2).together);
  CHECK(model::cut_into_parts(3, 1, 2).count == 3);
  CHECK(model::cut_into_parts(7, 1, 2).together == false);
  CHECK(model::cut_into_parts(7, 1, 2).count == 8);
}

TEST_CASE("batch parts: any number of samples may fit at once") {
  constexpr Index most = std::numeric_limits<Index>::max();
  CHECK(model::cut_into_parts(1, most, 2).count == 1);
  CHECK(model::cut_into_parts(6, most, 2).count == 2);
  CHECK(model::cut_into_parts(6, most - 2, 2).count == 2);
}
