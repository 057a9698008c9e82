/// adatape-train: trains a compiled-in model on images in the IDX format.
#include "training_run.hpp"

namespace {

using namespace adatape::examples;

int run(int argc, char** argv) {
  CLI::App app("Trains a model to classify the images of an IDX data set (MNIST, Fashion-MNIST and their kin).");
  RunFlags flags;
  Recipe recipe;
  bool resume = false, list_models = false;
  app.add_flag("--list-models", list_models, "print the compiled-in models and leave");
  app.add_option("--data", flags.data, "folder with train-images-idx3-ubyte, t10k-labels-idx1-ubyte, ... (plain or .gz)")->capture_default_str();
  app.add_option("--out", flags.out, "folder for log.jsonl, last.safetensors and best.safetensors")->capture_default_str();
  app.add_option("--init", flags.init, "checkpoint of the same model whose weights a new run starts from; none: random weights")->excludes(
      app.add_flag("--resume", resume, "continue the run in --out exactly where it was saved, with its settings"));
  app.add_option("--threads", flags.threads, "0: as many as there are cores; the results are the same for any number")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--stop-after", flags.stop_after, "save and stop after that many steps in all, as Ctrl-C does; 0: never")
      ->check(CLI::Range(adatape::Index{0}, std::numeric_limits<adatape::Index>::max()))
      ->capture_default_str();
  app.add_option("--class-names", flags.class_names, "names of the classes 0, 1, ..., separated by commas")
      ->delimiter(',')
      ->default_str("Fashion-MNIST's");
  recipe.add_flags(app);
  ADATAPE_PARSE(app, argc, argv);
  if (list_models) {
    print_models();
    return 0;
  }
  if (flags.threads > 0) adatape::set_threads(flags.threads);
  watch_for_interrupts();

  std::optional<adatape::io::SafetensorsFile> checkpoint;
  if (resume) {
    checkpoint = adatape::io::SafetensorsFile::open(std::filesystem::path(flags.out) / "last.safetensors");
    recipe.resume(json_metadata(*checkpoint, "training"), app, checkpoint->path());
    if (app.count("--class-names") == 0) flags.class_names = CheckpointInfo::read(*checkpoint).classes;
  }
  return with_model(recipe.model, [&]<class Config>() {
    check_tau<Config>(recipe.tau);
    return TrainingRun<Config>(flags, recipe, checkpoint ? &*checkpoint : nullptr).run();
  });
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
