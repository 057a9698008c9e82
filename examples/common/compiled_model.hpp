#pragma once
/// Compiled-in models behind interfaces, so that what a program does around a model is compiled once and each model on its own.
/// A model takes part by three source files, one for each role: to train, to infer, to store (CMake writes them from role_*.cpp.in).
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adatape/core/arena.hpp"
#include "adatape/core/error.hpp"
#include "adatape/io/safetensors_info.hpp"
#include "adatape/train/forward.hpp"
#include "process_group.hpp"

// Declared only: io/safetensors.hpp and train/options.hpp take a compiler 200 MB each, and most files of a program look into none of these.
namespace adatape::inline ADATAPE_NAMESPACE {
struct Settings;
struct LayoutEntry;
namespace io {
class SafetensorsFile;
}
namespace model {
struct SmoothingReport;
}
}  // namespace adatape

namespace adatape::examples {

/// A sound file of a model that is not compiled in.
class UnknownModel : public Error {
 public:
  using Error::Error;
};

/// What is known about a model before it has weights.
struct ModelFacts {
  std::string name;
  std::string config;                    ///< JSON of model::describe
  Index parameters = 0, classes = 0;
  Index input_size = 0;                  ///< floats of one sample
  Index features = 0;                    ///< floats of SampleResult::features
  int height = 0, width = 0;             ///< of its images; 0 for sequences
  int channels = 0;                      ///< of its images, 1: grey, 3: RGB; 0 for sequences
  int own_tokens = 0, bank_size = 0;
  int blocks = 0;                        ///< as train::layer_wise_rate_decay counts them
  std::vector<int> read_layers;          ///< blocks before which it reads its tape
  std::vector<std::string> tensors;      ///< names of its parameters
  int longest = 0;                       ///< most tape tokens, or steps of adaptive computation; 0: it does not adapt
  int bank_columns = 0, bank_patch = 0;  ///< how bank tokens lie on the image, and their side in pixels; 0: they are no patches
  double largest_tau = 0;                ///< 0: it reads no tape
  double threshold = 0;                  ///< tau unless a call says otherwise; 0: reading does not adapt
  double largest_macs = 0;               ///< multiply-accumulates of forward of a sample that reads the whole tape, or takes all steps
  bool reads_tape = false;
  const char* length_name = "tape length";
};

/// One tape token: the bank tokens that were merged into it, best first.
struct TapeToken {
  std::vector<Index> bank;
  std::vector<double> weights;
};

/// What a model said about one sample. `logits` and `features` are valid during the call that hands them over.
struct SampleResult {
  std::span<const float> logits;    ///< [classes]
  std::span<const float> features;  ///< [ModelFacts::features] what enters the head
  bool finite = true;               ///< whether all logits are; where they are not, they name no class
  Index length = 0;                 ///< tape tokens, or steps of adaptive computation, or 0
  double macs = 0;
  std::vector<TapeToken> tape;      ///< in reading order
  std::vector<Index> read_lengths;  ///< tape tokens of each read
};

/// Writes samples [begin, end) to input [end - begin, input_size]. Called from several threads at once.
using FillInput = std::function<void(Index begin, Index end, float* input)>;
/// Takes the result of sample i. Called from several threads at once, for different samples.
using VisitResult = std::function<void(Index i, const SampleResult& result)>;

/// A model with weights.
class TrainedModel {
 public:
  virtual ~TrainedModel() = default;
  /// All samples through the model, over all cores.
  virtual void infer(Index samples, const Settings& settings, const FillInput& fill, const VisitResult& visit) const = 0;
};

/// A training batch of any model: input is [samples, values of one sample].
using SampleBatch = train::Batch<float, std::span<const float>, train::ClassTargets<float>>;

/// A model in training: train::Trainer. Where it keeps a moving average of the weights, infer uses the average. The processes of a group call accumulate, apply
/// and save together.
class ModelTrainer : public TrainedModel {
 public:
  /// As train::Trainer::positions.
  virtual train::Share positions(Index whole) = 0;
  /// Forward and backward of a batch, or of a part of one. Adds to the gradients. Throws as train::Trainer::accumulate does.
  virtual void accumulate(const SampleBatch& batch) = 0;
  /// The update with all that was accumulated since the last one. Throws as train::Trainer::apply does.
  virtual train::StepReport apply() = 0;
  /// Forgets what was accumulated since the last update.
  virtual void forget() = 0;
  virtual Index step_number() const = 0;
  virtual void set_step_number(Index step) = 0;
  /// Of the weights, and of their average.
  virtual std::uint64_t fingerprint() const = 0;
  /// The first process writes the weights that infer uses; with `everything` the trained weights, the optimizer's moments, and the average where one is kept.
  /// Throws Error if a weight is not finite, or as io::save_checkpoint does.
  virtual void save(const std::filesystem::path& path, const io::Metadata& metadata, bool everything) = 0;
  /// Reads what save wrote with `everything`. Throws Error as io::load_checkpoint does; then nothing has changed.
  virtual void load(const io::SafetensorsFile& file) = 0;
  /// Starts from the weights of another run, of other classes or another size of pictures, as io::load_for_fine_tuning does. With `fresh_head` the head stays as
  /// it is. Returns one line that says what was taken. Throws Error as that function does; then nothing has changed.
  virtual std::string initialise_from(const io::SafetensorsFile& file, bool fresh_head) = 0;
};

/// The engine of a model whose kernels are stored as one type (core/stored.hpp).
struct CompiledEngine {
  std::string_view storage;  ///< storage_name of the type
  /// With the weights of a checkpoint that a trained model runs with: averaged ones where it has them. Throws Error as io::load_used_weights does.
  std::unique_ptr<TrainedModel> (*load)(const io::SafetensorsFile& file);
  /// With weights that are packed (io/packed.hpp). Throws Error as model::Engine does.
  std::unique_ptr<TrainedModel> (*map)(Pages weights);
};

/// The weights of a checkpoint, or initial ones, which can be written in other forms.
class ExportableWeights {
 public:
  virtual ~ExportableWeights() = default;
  /// All values, and where the tensors lie in them (core/layout.hpp). Valid as long as this object.
  virtual std::span<float> values() = 0;
  virtual std::span<const LayoutEntry> layout() const = 0;
  /// Smooths outlier channels by so many samples (model/smoothing.hpp), each of which is filled in twice. seen(count) is told how many of 2 * samples are done.
  /// Throws as model::smooth_channels, `fill` and `seen` do; then nothing has changed.
  virtual model::SmoothingReport smooth(Index samples, const Settings& settings, const FillInput& fill, const std::function<void(Index)>& seen) = 0;
  /// Writes a checkpoint whose kernels are stored as `storage`. Throws Error as io::save_checkpoint does.
  virtual void store(std::string_view storage, const std::filesystem::path& path, const io::Metadata& metadata) const = 0;
  /// Packs them for an engine whose kernels are stored as `storage`. Throws Error as pack_in_one_piece does.
  virtual Arena pack(std::string_view storage) const = 0;
};

struct CompiledModel {
  ModelFacts facts;
  std::vector<CompiledEngine> engines;  ///< that of f32 first
  /// The weights of a checkpoint that `engines` load; null where the program has no role to export. Throws Error as io::load_used_weights does.
  std::unique_ptr<ExportableWeights> (*weights)(const io::SafetensorsFile& file) = nullptr;
  /// Initial weights by a seed; null where `weights` is.
  std::unique_ptr<ExportableWeights> (*initial_weights)(std::uint64_t seed) = nullptr;
};

struct CompiledTrainer {
  ModelFacts facts;
  /// The group must outlive the trainer. Throws as train::Trainer's constructor does.
  std::unique_ptr<ModelTrainer> (*make)(const train::TrainingOptions& options, ProcessGroup& group);
};

/// The program's models, the default first (CMake writes the two functions; a program has those that it links).
const std::vector<CompiledModel>& compiled_models();
const std::vector<CompiledTrainer>& compiled_trainers();

}  // namespace adatape::examples
