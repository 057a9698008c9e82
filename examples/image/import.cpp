/// adatape-import: weights of other libraries as a checkpoint of a compiled-in model.
#include "adatape/weights/import.hpp"

#include "../command_line.hpp"
#include "../common/other_file.hpp"
#include "adatape/core/context.hpp"
#include "adatape/core/stored.hpp"
#include "adatape/data/text_lines.hpp"
#include "adatape/weights/open.hpp"
#include "checkpoint_info.hpp"
#include "fit_flags.hpp"
#include "huggingface_folder.hpp"
#include "registry.hpp"
#include "self_test.hpp"

namespace {

using namespace adatape::examples;
using adatape::weights::Family;

struct Flags {
  std::string source, model, out, positions, statistics, class_file, loss = "softmax";
  FitFlags fit;
  std::uint64_t seed = 1;
  int threads = 0;
  std::vector<std::string> class_names;
  adatape::weights::ImportOptions options;
};

/// Names of classes as the flags give them: as many as the model has classes, or none.
std::vector<std::string> given_classes(const Flags& flags, const ModelFacts& facts) {
  auto names = flags.class_names;
  if (!flags.class_file.empty()) {
    names = adatape::data::read_lines(flags.class_file);
    for (std::size_t i = 0; i < names.size(); ++i) adatape::data::require_class_name(names[i], fmt::format("{}: line {}", flags.class_file, i + 1));
  }
  if ((!names.empty() || !flags.class_file.empty()) && std::ssize(names) != facts.classes)
    throw UsageError(fmt::format("{}: {} has {} classes, found {} names", flags.class_file.empty() ? "--class-names" : "--classes", facts.name, facts.classes,
                                 names.size()));
  return names;
}

/// How the family makes pictures of the model's channels.
CheckpointInfo record_of_family(const Family& family, const ModelFacts& facts, const Flags& flags) {
  const auto& pictures = family.pictures;
  auto info = CheckpointInfo::of(facts, 0, flags.loss, known_statistics(facts.channels == 3 ? pictures.statistics : "half", facts.channels));
  info.fit = {std::string(pictures.fit), pictures.crop_share,
              std::string(pictures.interpolation.empty() ? usual_interpolation(pictures.fit) : pictures.interpolation)};
  return info;
}

/// Puts what the files beside the weights say into `info`. What they say and cannot be recorded becomes a warning.
void take_folder(const HuggingFaceFolder& folder, const ModelFacts& facts, const Flags& flags, CheckpointInfo& info, std::vector<std::string>& warnings) {
  warnings.insert(warnings.end(), folder.warnings.begin(), folder.warnings.end());
  if (folder.fit) info.fit = *folder.fit;
  if (folder.pixels && facts.channels == 3) info.pixels = *folder.pixels;
  if (folder.pixels && facts.channels != 3) warnings.push_back(folder.file + " is for images in colour, the model takes grey ones");
  if (folder.height && (*folder.height != facts.height || *folder.width != facts.width))
    warnings.push_back(
        fmt::format("{} makes images of {} x {}, the model takes {} x {}", folder.file, *folder.height, *folder.width, facts.height, facts.width));
  if (flags.options.fresh_head || folder.classes.empty()) return;
  if (std::ssize(folder.classes) == facts.classes)
    info.classes = folder.classes;
  else
    warnings.push_back(fmt::format("config.json has names of {} classes, the model has {}: none are recorded", folder.classes.size(), facts.classes));
}

/// Puts what the flags say into `info`. Throws UsageError where that is nothing for the model.
void take_flags(const Flags& flags, const ModelFacts& facts, CheckpointInfo& info) {
  if (facts.channels != 3 && flags.statistics == "imagenet")
    throw UsageError("--normalise: imagenet is for images in colour, " + facts.name + " takes grey ones");
  if (!flags.statistics.empty()) info.pixels = known_statistics(flags.statistics, facts.channels);
  info.fit = flags.fit.over(info.fit);
  check_fit(info.fit, facts);
  if (auto classes = given_classes(flags, facts); !classes.empty()) info.classes = std::move(classes);
}

/// What becomes of pictures, and the names of classes: as the flags say, else as the files beside the weights say, else as the family has it.
CheckpointInfo record_of(const Family& family, const ModelFacts& facts, const Flags& flags, std::vector<std::string>& warnings) {
  auto info = record_of_family(family, facts, flags);
  const auto folder = family.name == "huggingface"                     ? HuggingFaceFolder::read(flags.source)
                      : family.name == "timm" || family.name == "deit" ? HuggingFaceFolder::read_timm(flags.source)
                                                                       : HuggingFaceFolder();
  take_folder(folder, facts, flags, info, warnings);
  const auto before = info;
  take_flags(flags, facts, info);
  const auto otherwise = folder.fit || folder.pixels ? info.pictures_otherwise(before) : std::string();
  if (!otherwise.empty()) warnings.push_back("the flags say otherwise than " + folder.file + ": " + otherwise);
  if (!before.classes.empty() && info.classes != before.classes) warnings.push_back("the flags give other names of classes than config.json");
  return info;
}

adatape::weights::ImportOptions options_of(const Flags& flags) {
  using adatape::io::GridResampling;
  auto options = flags.options;
  if (flags.positions == "timm") options.positions = GridResampling::antialiased_bicubic;
  if (flags.positions == "deit") options.positions = GridResampling::bicubic;
  if (flags.positions == "big_vision") options.positions = GridResampling::corner_aligned;
  return options;
}

void import(const Flags& flags) {
  const auto& compiled = find_model(compiled_models(), flags.model);
  require_other_file("--out", flags.out, {flags.source, flags.class_file});
  try_to_write(flags.out);
  const auto source = adatape::weights::open_weights(flags.source);
  const auto weights = compiled.initial_weights(flags.seed);
  const auto report = adatape::weights::import_weights<float>(*source, weights->layout(), weights->values(), compiled.facts.config, options_of(flags));
  std::vector<std::string> warnings = report.warnings();
  const auto info = record_of(adatape::weights::family_named(report.family), compiled.facts, flags, warnings);
  adatape::io::Metadata metadata{{"model", compiled.facts.name}, {"step", "0"}};
  metadata["imported"] =
      adatape::io::json_text({{"family", report.family}, {"file", std::filesystem::path(flags.source).filename().string()}, {"prefix", report.prefix}});
  info.write(metadata);
  const auto self_test =
      self_test_record(weights->pack(adatape::storage_name<float>()).contents(), compiled, {.tau = info.tau}, info.pixels, adatape::storage_name<float>());
  self_test.write(metadata);
  if (!self_test.warning.empty()) warnings.push_back(self_test.warning);
  weights->store(adatape::storage_name<float>(), flags.out, metadata);
  for (const auto& line : report.lines()) fmt::print("{}\n", one_line(line));
  for (const auto& line : warnings) fmt::print(stderr, "warning: {}\n", one_line(line));
  const auto numbers = [](const std::vector<double>& values) { return fmt::format("{}", fmt::join(values, ", ")); };
  fmt::print("{}: {}; pictures: mean {}, deviation {}, fit {}{}\n", one_line(flags.out), compiled.facts.name, numbers(info.pixels.mean),
             numbers(info.pixels.deviation), info.fit.text(), info.classes.empty() ? "" : "; with names of classes");
}

int run(int argc, char** argv) {
  CLI::App app(
      "Writes a checkpoint of a model with the weights of another library's ViT: timm, DeiT, torchvision and Hugging Face (safetensors, or a file of "
      "torch.save), "
      "vision_transformer and big_vision (.npz), scenic (msgpack). Nothing in a file is executed. Of a model with a tape, the tape begins anew.");
  Flags flags;
  bool list_models = false;
  app.add_flag("--list-models", list_models, "print the compiled-in models and leave");
  app.add_option("SOURCE", flags.source, "file of weights");
  app.add_option("--to", flags.model, "name of the model");
  app.add_option("--out", flags.out, "checkpoint to write (.safetensors)");
  app.add_option("--from", flags.options.family, "family of the weights; without it the names of the tensors say, and timm stands for deit too")
      ->check(CLI::IsMember({"timm", "deit", "torchvision", "huggingface", "flax"}));
  app.add_option("--prefix", flags.options.prefix, "what stands before the names of the weights, such as state_dict_ema.");
  app.add_option("--positions", flags.positions, "how position embeddings of another grid are resampled; without it as the family does")
      ->check(CLI::IsMember({"timm", "deit", "big_vision"}));
  app.add_flag("--fresh-head", flags.options.fresh_head, "begin with a new head, for other classes");
  app.add_option("--ignore", flags.options.unused, "parts of names, separated by commas: these tensors of the file may be without a place in the model")
      ->delimiter(',')
      ->check(utf8_text());
  app.add_option("--seed", flags.seed, "of what begins anew")->check(integer_from(std::uint64_t{0}, ~std::uint64_t{0}))->capture_default_str();
  app.add_option("--normalise", flags.statistics, "mean and deviation of pictures: half: 0.5, 0.5; imagenet: ImageNet's; without it the family's")
      ->check(CLI::IsMember({"half", "imagenet"}));
  add_fit_flags(app, flags.fit, "the family's");
  app.add_option("--loss", flags.loss, "what makes probabilities of logits")->check(CLI::IsMember({"softmax", "sigmoid"}))->capture_default_str();
  auto* const names = app.add_option("--class-names", flags.class_names, "names of the classes 0, 1, ..., separated by commas; none: numbers")
                          ->delimiter(',')
                          ->check(utf8_text());
  app.add_option("--classes", flags.class_file, "file with the names of the classes 0, 1, ..., one a line")->excludes(names);
  add_threads_flag(app, flags.threads);
  ADATAPE_PARSE(app, argc, argv);
  if (list_models) {
    print_models(compiled_models());
    return 0;
  }
  for (const auto& [name, value] : {std::pair("SOURCE", &flags.source), {"--to", &flags.model}, {"--out", &flags.out}})
    if (value->empty()) throw UsageError(std::string(name) + " is required");
  use_threads(flags.threads);
  import(flags);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
