/// adatape-train: trains a compiled-in model on labelled pictures.
#include "../command_line.hpp"
#include "../common/config_file.hpp"
#include "../common/group_main.hpp"
#include "../common/same_run.hpp"
#include "adatape/io/json.hpp"
#include "checkpoint_info.hpp"
#include "registry.hpp"
#include "training_run.hpp"

namespace {

using namespace adatape::examples;

/// The name of the model called `name` or name-size that takes images of size x size. Throws UsageError if none is compiled in.
std::string model_of_size(const std::string& name, adatape::Index size) {
  const auto& facts = find_model(compiled_trainers(), name).facts;
  if (facts.height == size && facts.width == size) return name;
  const auto sized = fmt::format("{}-{}", name, size);
  const auto fits = [&](const CompiledTrainer& model) { return model.facts.name == sized && model.facts.height == size && model.facts.width == size; };
  if (std::ranges::none_of(compiled_trainers(), fits))
    throw UsageError(fmt::format("--image-size: {} takes images of {} x {}, and no {} is compiled in", name, facts.height, facts.width, sized));
  return sized;
}

/// Whether the words of the command line have this flag, and not only the file of --config.
bool is_on_command_line(std::string_view flag, std::span<char* const> words) {
  const auto names_it = [&](std::string_view word) { return word == flag || word.starts_with(std::string(flag) + '='); };
  return std::ranges::any_of(words, names_it);
}

/// A run that starts from the checkpoint --init makes pictures as they were made for that one, where flags do not say otherwise.
void take_pictures_of_init(const std::string& path, const CLI::App& app, const ModelFacts& facts, Recipe& recipe) {
  const auto recorded = CheckpointInfo::read_if_recorded(*open_checkpoint(path));
  if (!recorded || recorded->pixels.channels() != facts.channels) return;
  const auto is_open = [&](const char* flag) { return app.get_option(flag)->count() == 0; };
  const auto& fit = recorded->fit;
  if (is_open("--normalise")) recipe.normalise = "init";
  if (is_open("--fit") && (!fit.crops() || facts.height == facts.width)) recipe.fit = fit.rule;
  if (recipe.fit != fit.rule) return;
  if (is_open("--crop-share")) recipe.crop_share = fit.crop_share;
  if (is_open("--interpolation")) recipe.interpolation = fit.interpolation == usual_interpolation(fit.rule) ? "auto" : fit.interpolation;
}

/// The flags that are no settings and decide what the processes of a group do together, as the text of a JSON object.
std::string shared_flags(const RunFlags& flags, bool resume, bool overwrite) {
  nlohmann::json json{{"out", flags.out},
                      {"init", flags.init},
                      {"save-every", flags.save_every},
                      {"stop-after", flags.stop_after},
                      {"resume", resume},
                      {"overwrite", overwrite},
                      {"skip-broken", flags.skip_broken},
                      {"read-damaged", flags.data.read_damaged},
                      {"reads-ahead", flags.workers > 0}};  // processes that read ahead have asked for their shares of later batches
  if (flags.class_names) json["class-names"] = *flags.class_names;
  return json.dump();
}

int run(int argc, char** argv, ProcessGroup& group) {
  CLI::App app(
      "Trains a model to classify pictures: those of an IDX data set (MNIST, Fashion-MNIST and their kin), of CIFAR, Oxford-IIIT Pets or ImageNet, or of a "
      "folder that has a folder for each "
      "class.");
  RunFlags flags;
  if (!group.is_alone()) flags.workers = std::max(1, adatape::available_threads() / 2);  // of this process's share of the cores
  Recipe recipe;
  std::vector<std::string> class_names;
  bool resume = false, overwrite = false, list_models = false, print_config = false;
  GroupFlags group_flags;
  app.add_flag("--list-models", list_models, "print the compiled-in models and leave")->configurable(false);
  add_config_flags(app, print_config);
  add_data_flags(app, flags.data);
  app.add_option("--workers", flags.workers, "threads that read the pictures of folders ahead; 0: none; results are the same for any number")
      ->check(integer_from(0, 1024))
      ->capture_default_str();
  app.add_flag("--skip-broken", flags.skip_broken, "leave out pictures of folders that cannot be read, and count them; without it they end the run");
  app.add_option("--out", flags.out,
                 "folder for last.safetensors, best.safetensors, log.jsonl, the report (report.html, log.csv, TensorBoard's events), and the lists of pictures in files")
      ->capture_default_str();
  auto* resume_flag = app.add_flag("--resume", resume,
                                   "continue the run in --out exactly where it was saved, with its settings; --epochs and --schedule-epochs may be others")
                          ->configurable(false);
  app.add_option("--init", flags.init,
                 "checkpoint whose weights a new run starts from, of other classes or another size of pictures too; none: random weights; in a file of "
                 "--config it counts for a new run only");
  app.add_flag("--overwrite", overwrite, "replace the run that --out holds, as soon as the new one has something to save")
      ->excludes(resume_flag)
      ->configurable(false);
  add_threads_flag(app, flags.threads);
  add_group_flags(app, group_flags);
  add_save_flag(app, flags.save_every);
  app.add_option("--stop-after", flags.stop_after, "save and stop after that many steps in all, as Ctrl-C does; 0: never")
      ->check(integer_from(adatape::Index{0}, adatape::Index{1} << 52))
      ->capture_default_str();
  app.add_option("--class-names", class_names,
                 "names of the classes 0, 1, ..., separated by commas; none: those of folders and of CIFAR, Fashion-MNIST's for its images, else numbers")
      ->delimiter(',')
      ->check(utf8_text());
  adatape::Index image_size = 0;
  app.add_option("--image-size", image_size, "height and width of the model's images: --model NAME then means NAME, or NAME-SIZE; 0: those of --model")
      ->check(integer_from(adatape::Index{0}, adatape::Index{1} << 15))
      ->capture_default_str();
  add_flags(app, recipe.settings());
  ADATAPE_PARSE(app, argc, argv);
  if (list_models) {
    print_models(compiled_trainers());
    return 0;
  }
  if (print_config) {
    fmt::print("{}", app.config_to_str(true, true));
    return 0;
  }
  if (resume && is_on_command_line("--init", {argv, static_cast<std::size_t>(argc)}))
    throw CommandLineError(std::string(argv[0]) + ": --init excludes --resume: a run that is continued has its weights");
  if (resume) flags.init.clear();
  use_threads(flags.threads, group.is_first());
  watch_for_interrupts();
  if (class_names == std::vector<std::string>{""}) class_names.clear();  // as --print-config writes none
  if (!class_names.empty()) flags.class_names = class_names;

  require_same_program(group, group_flags);
  require_same_settings(group, shared_flags(flags, resume, overwrite));
  if (image_size > 0 && !resume) recipe.model = model_of_size(recipe.model, image_size);
  if (!resume) {
    const auto& facts = find_model(compiled_trainers(), recipe.model).facts;
    check_tau(facts, recipe.tau);
    if (!flags.init.empty()) take_pictures_of_init(flags.init, app, facts, recipe);
    if (flags.init.empty() && recipe.normalise == "init") throw UsageError("--normalise: init needs the flag --init");
    recipe.check(facts);
    require_same_settings(group, recipe.text());
    check_leaves(group, recipe.leaves, group.processes());
  }
  keep_index(flags.data, flags.out);
  RunDirectory directory(flags.out, resume ? Leftovers::resume : overwrite ? Leftovers::overwrite : Leftovers::refuse, group);
  std::shared_ptr<const adatape::io::SafetensorsFile> checkpoint;
  if (resume) {
    checkpoint = resume_settings(recipe.settings(), directory.last(), app);
    if (app.get_option("--epochs")->count() > 0 && recipe.schedule_epochs == 0)
      fmt::print("the learning rate falls to 0 over {} epochs; --schedule-epochs says otherwise\n", recipe.epochs);
  }
  if (resume) require_same_settings(group, recipe.text());
  if (resume) check_leaves(group, recipe.leaves, group.processes());
  const auto& model = find_model(compiled_trainers(), recipe.model);
  if (image_size > 0 && (model.facts.height != image_size || model.facts.width != image_size))
    throw UsageError(fmt::format("--image-size: {} is of {}, which takes images of {} x {}; a resumed run keeps its settings", directory.last().string(),
                                 model.facts.name, model.facts.height, model.facts.width));
  check_tau(model.facts, recipe.tau);
  if (static_cast<adatape::Index>(class_names.size()) > model.facts.classes)
    throw UsageError(fmt::format("--class-names: {} has {} classes, found {} names", model.facts.name, model.facts.classes, class_names.size()));
  return run_training(group, flags, recipe, model, directory, checkpoint.get());
}

}  // namespace

int main(int argc, char** argv) {
  return group_main([&](ProcessGroup& group) { return run(argc, argv, group); });
}
