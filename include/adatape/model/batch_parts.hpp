#pragma once
/// How inference cuts a batch into parts, and which cores compute a part.
#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// The parts of a batch. Their sizes differ by one sample at most. Where there are more parts than samples, some parts are empty.
struct BatchParts {
  Index samples;  ///< of the batch
  Index count;    ///< of parts, 1 where the batch is empty
  bool together;  ///< all cores compute one part after the other; or else each core computes parts of its own

  Index first(Index part) const { return samples * part / count; }        ///< sample of a part, 0 <= part <= count
  Index size(Index part) const { return first(part + 1) - first(part); }  ///< samples of a part
};

/// Parts of at most at_once samples, as many for every thread. Threads compute a part together where the largest share of a thread would be more than 5/4 of
/// the mean, so that cores would be idle. samples >= 0, at_once >= 1, threads >= 1.
constexpr BatchParts cut_into_parts(Index samples, Index at_once, Index threads) {
  const Index share = divide_up(samples, threads);
  const bool together = samples == 0 || share * threads * 4 > samples * 5;
  return {samples, samples == 0 ? 1 : together ? divide_up(samples, at_once) : threads * divide_up(share, at_once), together};
}

}  // namespace adatape::model
