#include "image/part_positions.hpp"

#include <doctest/doctest.h>

#include "image/shared_parts.hpp"

using namespace adatape::examples;
using adatape::Index;
namespace train = adatape::train;

TEST_CASE("positions of a part: a process reads its own samples and their partners, and they are mixed in the same pairs") {
  for (Index whole = 1; whole <= 13; ++whole)
    for (const Index paired : {whole, whole - whole % 2})
      for (Index processes = 1; processes <= whole; ++processes)
        for (Index process = 0; process < processes; ++process) {
          const auto own = train::share_of(whole, process, processes);
          const auto positions = mixed_positions(own, paired);
          const auto& read = positions.read;
          CAPTURE(whole);
          CAPTURE(paired);
          CAPTURE(own.first);
          CAPTURE(own.end);
          std::vector<Index> wanted;
          for (Index b = 0; b < whole; ++b) {
            const auto is_own = [&](Index at) { return own.first <= at && at < own.end; };
            if (is_own(b) || (b < paired && is_own(paired - 1 - b))) wanted.push_back(b);
          }
          CHECK(read == wanted);
          for (Index b = own.first; b < own.end; ++b) CHECK(read[static_cast<std::size_t>(positions.first_own() + b - own.first)] == b);
          const Index count = std::ranges::count_if(read, [&](Index at) { return at < paired; });
          for (Index i = 0; i < count; ++i) CHECK(read[static_cast<std::size_t>(count - 1 - i)] == paired - 1 - read[static_cast<std::size_t>(i)]);
        }
}

TEST_CASE("parts: the sizes that are foretold are those that come, and processes together read every sample once") {
  for (const auto& [count, batch_size, part_size] : {std::array<Index, 3>{33, 8, 3}, {33, 8, 8}, {7, 8, 3}, {16, 8, 4}, {5, 8, 8}, {17, 16, 5}})
    for (const auto last : {adatape::data::LastBatch::keep, adatape::data::LastBatch::drop}) {
      if (last == adatape::data::LastBatch::drop && count < batch_size) continue;
      PartSampler whole(count, batch_size, part_size, 3, last);
      Index smallest = count, samples = 0;
      const auto share = [&](Index process) { return SharedParts(whole, [process](Index size) { return own_positions(train::share_of(size, process, 2)); }); };
      auto first = share(0), second = share(1);
      for (Index batch = 0; batch < whole.batches_per_epoch(); ++batch)
        for (Index part = 0; part < whole.parts_of(batch); ++part) {
          const auto next = whole.next();
          CHECK(whole.size_of(whole.position() - 1) == std::ssize(next));
          smallest = std::min(smallest, std::ssize(next));
          samples += std::ssize(next);
          const auto one = first.next();
          std::vector<Index> both(one.begin(), one.end());
          const auto other = second.next();
          both.insert(both.end(), other.begin(), other.end());
          CHECK(std::ranges::equal(both, next));
          CHECK(first.position() == whole.position());
        }
      CHECK(whole.smallest_part() == smallest);
      CHECK(whole.samples_per_epoch() == samples);
    }
}
