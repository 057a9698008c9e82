#pragma once
/// The batches of a training run: chosen, varied, normalised.
#include <memory>

#include "../common/compiled_model.hpp"
#include "adatape/data/sampler.hpp"
#include "adatape/train/batch.hpp"
#include "augmentation.hpp"
#include "picture_set.hpp"

namespace adatape::examples {

/// Batches in the order of a sampler, without end.
class Batches {
 public:
  virtual ~Batches() = default;
  /// Valid until the next call. Throws Error for a picture that cannot be read.
  virtual SampleBatch next() = 0;
  /// Seconds that next() has waited for pictures to be read.
  virtual double seconds_waited() const { return 0; }
};

struct BatchOptions {
  Augmentation augmentation;
  std::uint64_t seed = 0;    ///< of the augmentation
  int workers = 1;           ///< threads that read files ahead; 0: next() reads them
  bool skip_broken = false;  ///< whether files that cannot be read are left out of their batches
};

/// Batches of `set`, which must outlive the result, from the sampler's next batch on. They have the same bits for any number of workers and threads, and
/// wherever the pictures are. Pictures in memory need no workers.
std::unique_ptr<Batches> make_batches(const PictureSet& set, const PixelTable& table, data::ShufflingSampler sampler, const BatchOptions& options);

}  // namespace adatape::examples
