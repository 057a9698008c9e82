#pragma once
/// Few-shot evaluation of a checkpoint from its images to its report. fewshot_report.cpp has the body that looks into JSON.
#include <string>
#include <vector>

#include "adatape/fewshot/protocol.hpp"
#include "image_data.hpp"
#include "model_file.hpp"

namespace adatape::examples {

struct FewShotFlags {
  std::string model, storage, json;
  DataFlags data;
  FitFlags fit;  ///< over what the checkpoint records
  fewshot::Protocol protocol;
  Index limit = 0;  ///< images of each split; 0: all
  int threads = 0;
  bool check = false;
};

struct FewShotReport {
  std::string model, storage, fit;  ///< the name of the model; how the engine stored kernels; how pictures became its size
  Index features = 0;
  Index train_images = 0, test_images = 0, classes = 0;
  Index chosen_images = 0;  ///< training images that belong to at least one choice
  std::vector<fewshot::ShotResult> results;
};

/// Evaluates the model, with the tape that it reads in inference. Says on standard output how far it is. Called by all processes of the group together;
/// `results` are in the report of the first one. Throws Error as load_image_data, ModelFile::load and fewshot::Evaluation do, for a picture that cannot be
/// read, and where processes differ in their images; UsageError where the model cannot have its pictures made as flags.fit says.
FewShotReport run_fewshot(ProcessGroup& group, const FewShotFlags& flags, const CompiledModel& compiled, const ModelFile& file, const CheckpointInfo& info);

/// The report as the text of a JSON object. Bytes of file names that are not UTF-8 become U+FFFD.
std::string fewshot_json(const FewShotFlags& flags, const FewShotReport& report);

}  // namespace adatape::examples
