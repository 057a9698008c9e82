/// adatape-parity: trains AdaTape, a plain Transformer or a Universal Transformer with ACT on the parity task.
#include "../command_line.hpp"
#include "run.hpp"

namespace {

int run(int argc, char** argv) {
  adatape::parity::Options options;
  CLI::App app("Trains on the parity task: is the number of ones in a sequence of -1, 0 and 1 odd?");
  app.option_defaults()->always_capture_default();
  app.add_option("--model", options.model, "adatape, vit (plain Transformer, each symbol a token) or ut-act (Universal Transformer with ACT)")
      ->check(CLI::IsMember({"adatape", "vit", "ut-act"}));
  app.add_option("--length", options.length, "symbols in a sequence")->check(CLI::IsMember({16, 32}));
  app.add_option("--tape", options.tape, "T, the most tape tokens of adatape")->check(CLI::IsMember({8, 16, 32}));
  app.add_option("--tau", options.tau, "halting threshold of adatape; 0: T / 2")->check(CLI::NonNegativeNumber);
  app.add_option("--hidden", options.hidden, "token width")->check(CLI::IsMember({64, 128}));
  app.add_option("--layers", options.layers, "encoder blocks; of ut-act: the most steps")->check(CLI::IsMember({2, 4, 6}));
  app.add_option("--steps", options.steps, "training steps; the rate ends at 0 there")->check(CLI::PositiveNumber);
  app.add_option("--batch", options.batch, "samples a step")->check(CLI::PositiveNumber);
  app.add_option("--lr", options.rate, "learning rate after warm-up")->check(CLI::PositiveNumber);
  app.add_option("--warmup", options.warmup, "steps of linear warm-up")->check(CLI::NonNegativeNumber);
  app.add_option("--ponder-weight", options.ponder_weight, "weight of the ponder loss")->check(CLI::NonNegativeNumber);
  app.add_option("--seed", options.seed, "of weights and samples");
  app.add_option("--threads", options.threads, "cores to use; 0: all")->check(CLI::NonNegativeNumber);
  app.add_option("--out", options.out, "folder for log.jsonl and last.safetensors; none: keep nothing");
  ADATAPE_PARSE(app, argc, argv);

  adatape::examples::use_threads(options.threads);
  using namespace adatape::parity;
  const bool found = options.model == "adatape" ? run_adatape(options) : options.model == "vit" ? run_vit(options) : run_universal(options);
  if (!found)
    throw adatape::examples::UsageError(fmt::format("no model of this size is compiled in: --model {} --length {} --hidden {} --layers {} --tape {}",
                                                    options.model, options.length, options.hidden, options.layers, options.tape));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
