/// adatape-parity: trains AdaTape, a plain Transformer, a Universal Transformer with ACT or PonderNet on the parity task.
#include <memory>
#include <optional>

#include "../command_line.hpp"
#include "../common/interrupt.hpp"
#include "run.hpp"

namespace {

using namespace adatape::examples;

int run(int argc, char** argv) {
  CLI::App app("Trains on the parity task: is the number of ones in a sequence of -1, 0 and 1 odd?");
  ParityRecipe recipe;
  ParityFlags flags;
  int threads = 0;
  bool resume = false, overwrite = false;
  add_flags(app, recipe.settings());
  add_threads_flag(app, threads);
  auto* out = app.add_option("--out", flags.out, "folder for log.jsonl and last.safetensors; none: keep nothing");
  auto* resume_flag = app.add_flag("--resume", resume, "continue the run in --out exactly where it was saved, with its settings")->needs(out);
  app.add_flag("--overwrite", overwrite, "replace the run that --out holds, as soon as the new one has something to save")->needs(out)->excludes(resume_flag);
  add_save_flag(app, flags.save_every);
  app.add_option("--stop-after", flags.stop_after, "save and stop after that many steps in all, as Ctrl-C does; 0: never")
      ->check(integer_from(adatape::Index{0}, adatape::Index{1} << 52))
      ->capture_default_str();
  ADATAPE_PARSE(app, argc, argv);
  use_threads(threads);
  watch_for_interrupts();

  if (!resume) recipe.compiled();
  std::optional<RunDirectory> directory;
  if (!flags.out.empty()) directory.emplace(flags.out, resume ? Leftovers::resume : overwrite ? Leftovers::overwrite : Leftovers::refuse);
  std::shared_ptr<const adatape::io::SafetensorsFile> checkpoint;
  if (resume) checkpoint = resume_settings(recipe.settings(), directory->last(), app);
  return run_parity(flags, recipe, directory ? &*directory : nullptr, checkpoint.get());
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
