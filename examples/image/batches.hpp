#pragma once
/// The batches of a training run: chosen, varied, normalised.
#include <memory>

#include "../common/compiled_model.hpp"
#include "adatape/train/batch.hpp"
#include "augmentation.hpp"
#include "picture_set.hpp"
#include "shared_parts.hpp"

namespace adatape::examples {

/// What a process reads of a part of a batch, and which part it is.
struct LoadedBatch {
  SampleBatch batch;              ///< `first` is the first of the process's own samples; those of weight 0 cannot be read
  Index epoch = 0, position = 0;  ///< number of the part in its epoch
  PartPositions positions{};      ///< what was read
  std::string broken{};           ///< what is wrong with a picture that cannot be read; empty where there is none
};

/// The parts of batches in the order of a sampler, without end.
class Batches {
 public:
  virtual ~Batches() = default;
  /// Valid until the next call. Throws Error for a picture that cannot be read.
  virtual LoadedBatch next() = 0;
  /// Seconds that next() has waited for pictures to be read.
  virtual double seconds_waited() const { return 0; }
};

struct BatchOptions {
  Augmentation augmentation;
  std::uint64_t seed = 0;    ///< of the augmentation
  int workers = 1;           ///< threads that read files ahead; 0: next() reads them
  bool skip_broken = false;  ///< whether files that cannot be read get the weight 0, and do not end the run
};

/// What a process reads of batches of `set`, which must outlive the result, from the next part on. They have the same bits for any number of workers and
/// threads, and wherever the pictures are. Pictures in memory need no workers. Throws Error for an augmentation that cannot be.
std::unique_ptr<Batches> make_batches(const PictureSet& set, const PixelTable& table, SharedParts parts, const BatchOptions& options);

}  // namespace adatape::examples
