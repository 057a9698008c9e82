/// adatape-fewshot: how well a linear classifier of a checkpoint's features tells classes of which it saw a few images.
#include "../command_line.hpp"
#include "../common/group_main.hpp"
#include "../common/other_file.hpp"
#include "../common/same_run.hpp"
#include "adatape/io/atomic_file.hpp"
#include "adatape/io/json.hpp"
#include "fewshot_run.hpp"
#include "fit_flags.hpp"
#include "registry.hpp"

namespace {

using namespace adatape::examples;
using adatape::Index;
namespace fewshot = adatape::fewshot;

void print_table(const FewShotReport& report) {
  fmt::print("{:>6}{:>10}{:>12}{:>14}\n", "shots", "top-1 %", "deviation", "l2");
  for (const auto& result : report.results)
    fmt::print("{:>6}{:>10.2f}{:>12.2f}{:>14}\n", result.shots, 100 * result.mean(), 100 * result.deviation(), adatape::io::number_text(result.l2));
}

/// The flags that decide the results, as the text of a JSON object.
std::string shared_flags(const FewShotFlags& flags) {
  const nlohmann::json json{{"storage", flags.storage},
                            {"limit", flags.limit},
                            {"shots", flags.protocol.shots},
                            {"seeds", flags.protocol.seeds},
                            {"l2", flags.protocol.l2},
                            {"scenic", flags.protocol.rule == fewshot::Rule::scenic},
                            {"fit", flags.fit.rule},
                            {"crop-share", flags.fit.crop_share},
                            {"interpolation", flags.fit.interpolation},
                            {"read-damaged", flags.data.read_damaged}};
  return json.dump();
}

int run(int argc, char** argv, ProcessGroup& group) {
  CLI::App app(
      "Few-shot evaluation: ridge regression on the features of k training images of each class, which enter the head of the model, and its accuracy on the "
      "test images.");
  FewShotFlags flags;
  std::string rule = "big_vision";
  std::vector<double> l2;
  GroupFlags group_flags;
  app.add_option("MODEL", flags.model,
                 "checkpoint of " ADATAPE_TRAINER " (.safetensors), of which averaged weights are taken where it has them, or what " ADATAPE_EXPORTER " packed")
      ->required();
  add_storage_flags(app, flags.storage, flags.check);
  add_data_flags(app, flags.data, "; its classes may be others than the model's");
  add_fit_flags(app, flags.fit, "the checkpoint's; big_vision's evaluation has big_vision with 0.875");
  app.add_option("--shots", flags.protocol.shots, "images of each class, several numbers separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(integer_from(Index{1}, Index{1'000'000}))
      ->capture_default_str();
  auto* seeds = app.add_option("--seeds", flags.protocol.seeds, "random choices for each number of shots, with seeds 0, 1, ...")
                    ->check(integer_from(Index{1}, Index{1000}))
                    ->capture_default_str();
  app.add_option("--l2", l2, "weight of the squared norm; --rule scenic: those to choose from, separated by commas (1024; scenic: 2^-10, 2^-9, ..., 2^19)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(number_from(1e-9, 1e15));
  app.add_option("--rule", rule, "big_vision: random choices and one l2; scenic: the first images of each class, and the l2 that is best on the test images")
      ->check(CLI::IsMember({"big_vision", "scenic"}))
      ->capture_default_str();
  app.add_option("--limit", flags.limit, "take no more than the first images of each split, that many; 0: all")
      ->check(integer_from(Index{0}, Index{1} << 40))
      ->capture_default_str();
  app.add_option("--json", flags.json, "write the results to that file too, as a JSON object");
  add_threads_flag(app, flags.threads);
  add_group_flags(app, group_flags);
  ADATAPE_PARSE(app, argc, argv);
  if (rule == "scenic") {
    if (seeds->count() > 0) throw UsageError("--seeds: --rule scenic takes the first images of each class, without seeds");
    flags.protocol.rule = fewshot::Rule::scenic;
    flags.protocol.l2 = fewshot::Protocol::scenic().l2;
  }
  if (!l2.empty()) flags.protocol.l2 = l2;
  if (rule == "big_vision" && flags.protocol.l2.size() != 1) throw UsageError(fmt::format("--l2: --rule big_vision takes one value, found {}", l2.size()));
  require_other_file("--json", flags.json, {flags.model});
  use_threads(flags.threads, group.is_first());
  require_same_program(group, group_flags);
  require_same_settings(group, shared_flags(flags));

  const ModelFile file(flags.model);
  const auto info = CheckpointInfo::read(file.path(), file.metadata());
  const auto& compiled = find_configuration(compiled_models(), info, flags.model);
  // A file that cannot be written is found out before the work is done.
  std::optional<adatape::io::AtomicFile> json;
  if (!flags.json.empty() && group.is_first()) json.emplace(flags.json);
  const auto report = run_fewshot(group, flags, compiled, file, info);
  if (!group.is_first()) return 0;
  print_table(report);
  flush_output();
  if (json) {
    const auto text = fewshot_json(flags, report) + '\n';
    json->write(std::as_bytes(std::span(text)));
    json->commit();
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return group_main([&](ProcessGroup& group) { return run(argc, argv, group); });
}
