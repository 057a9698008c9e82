#pragma once
/// What a training run finds out about its pictures before the first step.
#include "checkpoint_info.hpp"
#include "training_run.hpp"

namespace adatape::examples {

struct RunPictures {
  ImageData data;
  Index broken = 0;     ///< training pictures that cannot be read, and are not in data.train
  CheckpointInfo info;  ///< what the checkpoints of the run say of themselves
};

/// Loads the data of a run. Called by all processes of the group together, and the first one lists pictures in files before the others do. Reads all training
/// pictures once unless they are files whose mean and deviation are not needed. `recorded` (null: a fresh run) is what the checkpoint at `path` says, which is
/// resumed. Throws Error as load_image_data and scan_pictures do, if the checkpoint is of other pictures or other classes, and for test pictures of a class
/// that is not among those of training; UsageError for names of classes that have names, and of more or fewer classes than the checkpoint has; Interrupted if
/// it was asked to stop.
RunPictures prepare_pictures(ProcessGroup& group, const RunFlags& flags, const Recipe& recipe, const ModelFacts& facts, const CheckpointInfo* recorded,
                             const std::string& path);

}  // namespace adatape::examples
