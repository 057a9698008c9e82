/// adatape-import: weights of other libraries as a checkpoint of a compiled-in model.
#include "adatape/weights/import.hpp"

#include "../command_line.hpp"
#include "adatape/core/stored.hpp"
#include "adatape/weights/open.hpp"
#include "checkpoint_info.hpp"
#include "registry.hpp"

namespace {

using namespace adatape::examples;
using adatape::weights::Family;

struct Flags {
  std::string source, model, out, positions, statistics, fit, loss = "softmax";
  double crop_share = 0;
  std::uint64_t seed = 1;
  std::vector<std::string> class_names;
  adatape::weights::ImportOptions options;
};

/// What becomes of pictures: as the family has it, unless the flags say otherwise. Throws UsageError where that is nothing for the model.
CheckpointInfo record_of(const Family& family, const ModelFacts& facts, const Flags& flags) {
  auto statistics = flags.statistics.empty() ? std::string(family.pictures.statistics) : flags.statistics;
  if (facts.channels != 3 && statistics == "imagenet") {
    if (!flags.statistics.empty()) throw UsageError("--normalise: imagenet is for images in colour, " + facts.name + " takes grey ones");
    statistics = "half";
  }
  auto info = CheckpointInfo::of(facts, 0, flags.loss, known_statistics(statistics, facts.channels));
  info.fit.rule = flags.fit.empty() ? std::string(family.pictures.fit) : flags.fit;
  info.fit.crop_share = flags.crop_share > 0 ? flags.crop_share : family.pictures.crop_share;
  if (info.fit.crops() && facts.height != facts.width)
    throw UsageError(fmt::format("--fit: {} cuts squares, {} takes images of {} x {}", info.fit.rule, facts.name, facts.height, facts.width));
  if (!flags.class_names.empty() && std::ssize(flags.class_names) != facts.classes)
    throw UsageError(fmt::format("--class-names: {} has {} classes, found {} names", facts.name, facts.classes, flags.class_names.size()));
  info.classes = flags.class_names;
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
  std::error_code none;
  if (std::filesystem::equivalent(flags.source, flags.out, none)) throw UsageError("--out: wanted another file than the source");
  const auto source = adatape::weights::open_weights(flags.source);
  const auto weights = compiled.initial_weights(flags.seed);
  const auto report = adatape::weights::import_weights<float>(*source, weights->layout(), weights->values(), compiled.facts.config, options_of(flags));
  const auto info = record_of(adatape::weights::family_named(report.family), compiled.facts, flags);
  adatape::io::Metadata metadata{{"model", compiled.facts.name}, {"step", "0"}};
  metadata["imported"] =
      adatape::io::json_text({{"family", report.family}, {"file", std::filesystem::path(flags.source).filename().string()}, {"prefix", report.prefix}});
  info.write(metadata);
  weights->store(adatape::storage_name<float>(), flags.out, metadata);
  for (const auto& line : report.lines()) fmt::print("{}\n", one_line(line));
  for (const auto& line : report.warnings()) fmt::print(stderr, "warning: {}\n", line);
  const auto numbers = [](const std::vector<double>& values) { return fmt::format("{}", fmt::join(values, ", ")); };
  fmt::print("{}: {}; pictures: mean {}, deviation {}, fit {}{}\n", one_line(flags.out), compiled.facts.name, numbers(info.pixels.mean),
             numbers(info.pixels.deviation), info.fit.rule, info.fit.crops() ? fmt::format(" with crop share {}", info.fit.crop_share) : "");
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
  app.add_option("--fit", flags.fit, "images of other sizes: stretch them, or cut the middle out as scenic or timm do; without it the family's")
      ->check(CLI::IsMember({"stretch", "scenic", "timm"}));
  app.add_option("--crop-share", flags.crop_share, "share of the shorter side that --fit scenic and timm keep; without it the family's")
      ->check(number_from(0.1, 1));
  app.add_option("--loss", flags.loss, "what makes probabilities of logits")->check(CLI::IsMember({"softmax", "sigmoid"}))->capture_default_str();
  app.add_option("--class-names", flags.class_names, "names of the classes 0, 1, ..., separated by commas; none: numbers")->delimiter(',')->check(utf8_text());
  ADATAPE_PARSE(app, argc, argv);
  if (list_models) {
    print_models(compiled_models());
    return 0;
  }
  for (const auto& [name, value] : {std::pair("SOURCE", &flags.source), {"--to", &flags.model}, {"--out", &flags.out}})
    if (value->empty()) throw UsageError(std::string(name) + " is required");
  import(flags);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
