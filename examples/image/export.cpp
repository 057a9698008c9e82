/// adatape-export: a checkpoint in fewer bits, the packed weights of an engine, which other processes map, or a model for other software.
#include "adatape/weights/export.hpp"

#include "../command_line.hpp"
#include "../common/other_file.hpp"
#include "../common/progress.hpp"
#include "adatape/core/context.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/io/packed.hpp"
#include "adatape/model/smoothing_report.hpp"
#include "adatape/onnx/save.hpp"
#include "adatape/onnx/weights.hpp"
#include "image_data.hpp"
#include "model_file.hpp"
#include "self_test.hpp"

namespace {

using namespace adatape::examples;
using adatape::Index;

struct Flags {
  std::string checkpoint, storage, family, out;
  DataFlags calibration;
  Index calibration_images = 256;
  adatape::onnx::ReadSettings reads;
  int threads = 0;
  bool packed = false, calibrate = false, onnx = false;
};

double megabytes(const std::string& path) { return static_cast<double>(std::filesystem::file_size(path)) / 1e6; }

/// Smooths outlier channels by training images, which are spread evenly over the split, and prints what came of it.
void calibrate(ExportableWeights& weights, const Flags& flags, const ModelFacts& facts, const CheckpointInfo& info) {
  auto pictures = load_image_data(flags.calibration, facts, kMostClasses).train;
  pictures.fit_by(info.fit);
  const Index images = std::min(flags.calibration_images, pictures.size());
  const PixelTable table(info.pixels);
  const auto fill = [&](Index begin, Index end, float* input) {
    adatape::image::Image room;
    for (Index n = begin; n < end; ++n, input += pictures.picture_size()) table.apply(pictures.pixels(n * pictures.size() / images, room), input);
  };
  Progress progress(2 * images, 0, "img");
  const auto seen = [&](Index done) {
    if (progress.due()) progress.show(done, "calibration", "");
  };
  const auto report = weights.smooth(images, {.tau = info.tau}, fill, seen);
  progress.keep(
      fmt::format("calibrated with {} images: {} of {} LayerNorms smoothed; error of the int8 products behind them {:.2f} % (most {:.2f} %), before "
                  "{:.2f} % (most {:.2f} %)",
                  images, report.smoothed, report.norms, 100 * report.mean_after, 100 * report.most_after, 100 * report.mean_before, 100 * report.most_before));
}

/// Says what is to be said of the self-test of the file that was written.
void warn(const SelfTestRecord& self_test, const Flags& flags) {
  if (!self_test.warning.empty()) fmt::print(stderr, "warning: {}: {}\n", one_line(flags.out), self_test.warning);
}

/// The self-test of a model as ONNX. Numbers of `reads` that onnx::save refuses get none.
SelfTestRecord onnx_self_test(const adatape::onnx::ReadSettings& reads, const ModelFile& file, const CheckpointInfo& info) {
  const auto& models = compiled_models();
  const auto compiled = std::ranges::find_if(models, [&](const CompiledModel& model) { return info.is_of(model.facts); });
  if (compiled == models.end()) return {"", "the file has no self-test, because this program was compiled without the model"};
  const double tokens = static_cast<double>(std::max(reads.max_tape_tokens, reads.exact_tape_tokens));
  if (std::max(reads.tau, tokens) > compiled->facts.largest_tau || info.pixels.channels() != compiled->facts.channels) return {};
  const adatape::Settings settings{.tau = reads.tau, .max_tape_tokens = reads.max_tape_tokens, .exact_tape_tokens = reads.exact_tape_tokens};
  const auto packed = compiled->weights(file.checkpoint())->pack(adatape::storage_name<float>());
  return self_test_record(packed.contents(), *compiled, settings, info.pixels, adatape::storage_name<float>());
}

/// The model need not be compiled in: what it computes is read from its description.
void write_onnx(const Flags& flags) {
  const ModelFile file(flags.checkpoint);
  const auto& checkpoint = file.checkpoint();
  const auto info = CheckpointInfo::read(checkpoint);
  adatape::onnx::SaveOptions options{.reads = flags.reads};
  if (options.reads.tau == 0) options.reads.tau = info.tau;
  for (const char* key : {"classes", "pixels", "fit", "training"})
    if (const auto found = file.metadata().find(key); found != file.metadata().end()) options.metadata.insert(*found);
  const auto self_test = onnx_self_test(options.reads, file, info);
  if (!self_test.text.empty()) options.metadata["adatape." + std::string(kSelfTestKey)] = self_test.text;
  const auto weights = adatape::onnx::weights_of(checkpoint, std::string(adatape::io::used_prefix(checkpoint)));
  adatape::onnx::save(flags.out, checkpoint.metadata("config"), weights, options);
  warn(self_test, flags);
  fmt::print("{}: ONNX, {:.2f} MB; the checkpoint has {:.2f} MB\n", one_line(flags.out), megabytes(flags.out), megabytes(flags.checkpoint));
}

/// Writes the weights with the names and layout of another library, and says what that library computes in another way.
void write_as(const adatape::weights::Family& family, ExportableWeights& weights, const ModelFacts& facts, const Flags& flags) {
  adatape::weights::export_weights<float>(flags.out, family, weights.layout(), weights.values());
  for (const auto& [key, wanted, found] : adatape::weights::computed_otherwise(family, facts.config))
    fmt::print(stderr, "warning: the weights were trained with {} {}, {} has {}: its logits differ\n", key, wanted, family.name, found);
  fmt::print("{}: {} as {}, {:.2f} MB\n", one_line(flags.out), facts.name, family.name, megabytes(flags.out));
}

void write(const Flags& flags) {
  const ModelFile file(flags.checkpoint);
  const auto& checkpoint = file.checkpoint();
  const auto info = CheckpointInfo::read(checkpoint);
  const auto& compiled = find_configuration(compiled_models(), info, flags.checkpoint);
  const auto weights = compiled.weights(checkpoint);
  if (flags.calibrate) calibrate(*weights, flags, compiled.facts, info);
  if (!flags.family.empty()) return write_as(adatape::weights::family_named(flags.family), *weights, compiled.facts, flags);
  auto metadata = file.metadata();
  const auto packed = weights->pack(flags.storage);
  const auto self_test = self_test_record(packed.contents(), compiled, {.tau = info.tau}, info.pixels, flags.storage);
  self_test.write(metadata);
  if (flags.packed)
    adatape::io::write_packed(flags.out, flags.storage, adatape::storage_name<float>(), metadata, packed.contents());
  else
    weights->store(flags.storage, flags.out, metadata);
  warn(self_test, flags);
  fmt::print("{}: {}, {}kernels in {}, {:.2f} MB; the checkpoint has {:.2f} MB\n", one_line(flags.out), compiled.facts.name, flags.packed ? "packed, " : "",
             flags.storage, megabytes(flags.out), megabytes(flags.checkpoint));
}

int run(int argc, char** argv) {
  CLI::App app(
      "Writes the weights of a checkpoint with the kernels of its dense layers in another type: as a checkpoint, or packed for this version of the program "
      "and this instruction set. A packed file is mapped, so that a program starts at once and several share its memory. Or writes the model for other "
      "software, as ONNX. What training needs beside the weights is left out.");
  Flags flags;
  flags.calibration.directory.clear();  // without a folder no calibration
  app.add_option("CHECKPOINT", flags.checkpoint, "checkpoint of " ADATAPE_TRAINER " (.safetensors); averaged weights are taken where it has them")->required();
  auto* const storage = app.add_option("--storage", flags.storage, "f32; bf16: half the memory for kernels; int8: a quarter")->check(one_of_storages());
  app.add_flag("--packed", flags.packed, "packed weights in place of a checkpoint")->needs(storage);
  auto* const family = app.add_option("--as", flags.family,
                                      "the weights of a ViT with the names of another library: timm, deit, torchvision, huggingface as safetensors, flax as "
                                      ".npz")
                           ->check(CLI::IsMember({"timm", "deit", "torchvision", "huggingface", "flax"}))
                           ->excludes(storage);
  auto* const onnx = app.add_flag("--onnx", flags.onnx, "a model in fp32 for other software (docs/onnx.md) in place of a checkpoint")
                         ->excludes(storage)
                         ->excludes(family);
  app.add_option("--tau", flags.reads.tau, "--onnx: the halting threshold that the file computes with; 0: the one trained with")
      ->check(number_from(0, 1e6))
      ->capture_default_str()
      ->needs(onnx);
  app.add_option("--max-tape-tokens", flags.reads.max_tape_tokens, "--onnx: a read ends after so many tape tokens; 0: after those of the model")
      ->check(integer_from(Index{0}, Index{1'000'000}))
      ->capture_default_str()
      ->needs(onnx);
  app.add_option("--exact-tape-tokens", flags.reads.exact_tape_tokens, "--onnx: a read takes so many tape tokens for every sample; 0: it halts by itself")
      ->check(integer_from(Index{0}, Index{1'000'000}))
      ->capture_default_str()
      ->needs(onnx);
  app.add_option("--out", flags.out, "file to write")->required();
  add_data_flags(app, flags.calibration, "; with --storage int8, outlier channels are smoothed by images of its training split", "--calibrate");
  auto* const folder = app.get_option("--calibrate")->needs(storage);
  for (const char* flag : {"--format", "--val-list", "--read-damaged"}) app.get_option(flag)->needs(folder);
  app.add_option("--calibration-images", flags.calibration_images, "images to calibrate with, spread evenly over the training split")
      ->check(integer_from(Index{1}, Index{1'000'000}))
      ->capture_default_str()
      ->needs(folder);
  add_threads_flag(app, flags.threads);
  ADATAPE_PARSE(app, argc, argv);
  flags.calibrate = folder->count() > 0;
  use_threads(flags.threads);
  if (flags.storage.empty() && flags.family.empty() && !flags.onnx) throw UsageError("wanted one of --storage, --as and --onnx, found none");
  if (flags.calibrate && flags.storage != adatape::storage_name<std::int8_t>())
    throw UsageError("--calibrate: wanted --storage int8, found " + flags.storage + ", which calibration does not change");
  require_other_file("--out", flags.out, {flags.checkpoint});
  try_to_write(flags.out);
  if (flags.onnx)
    write_onnx(flags);
  else
    write(flags);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
