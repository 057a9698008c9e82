/// Any bytes as flags of adatape-train, as a file of flags, and as the settings that a checkpoint recorded. Input: words, each ended by a zero byte, an empty
/// word, TOML or JSON.
/// What is accepted must be in range and finite and must survive being recorded and resumed. Nothing is trained.
#include <cmath>
#include <optional>
#include <sstream>

#include "command_line.hpp"
#include "common/compiled_model.hpp"
#include "common/config_file.hpp"
#include "recipe.hpp"
#include "adatape/io/json.hpp"
#include "adatape/io/safetensors.hpp"
#include "adatape/train/options.hpp"
#include "target.hpp"

namespace adatape::examples {

/// Names for --model; no model is made from them.
const std::vector<CompiledTrainer>& compiled_trainers() {
  static const std::vector<CompiledTrainer> trainers = [] {
    std::vector<CompiledTrainer> out(2);
    out[0].facts.name = "tiny";
    out[1].facts.name = "wide";
    for (auto& trainer : out) {
      trainer.facts.tensors = {"embedding/kernel", "output_projection/bias"};
      trainer.facts.blocks = 2;
    }
    return out;
  }();
  return trainers;
}

}  // namespace adatape::examples

namespace {

using namespace adatape;
using namespace adatape::robustness;
using namespace adatape::examples;

void check_settings(Recipe& recipe, const char* what) {
  for (const auto& setting : recipe.settings())
    std::visit(
        [&](const auto* value) {
          using Value = std::remove_cvref_t<decltype(*value)>;
          if constexpr (std::is_same_v<Value, std::string>) {
            const bool takes = setting.check ? answers("a text", [&] { setting.check(*value); }) : std::ranges::count(setting.choices, *value) == 1;
            if (!takes) finding(what, setting.name + " is none of its choices: " + *value);
          } else if constexpr (!std::is_same_v<Value, bool> && !std::is_same_v<Value, std::uint64_t>) {
            const auto number = static_cast<double>(*value);
            if (!(number >= setting.min && number <= setting.max)) finding(what, setting.name + " is out of range: " + std::to_string(number));
          }
        },
        setting.value);
  const auto& facts = compiled_trainers().front().facts;
  std::optional<train::TrainingOptions> options;
  try {
    options = recipe.options(7, 3, facts);
  } catch (const UsageError& error) {
    if (const char* fault = fault_of_message(error.what())) finding(fault, error.what());
    return;
  }
  if (options->schedule.total <= 0 || options->schedule.warmup < 0) finding(what, "a schedule without steps");
}

/// Resumes from a checkpoint that holds nothing but these recorded settings; false if they are refused.
bool resume(Recipe& recipe, const CLI::App& app, std::string_view training) {
  static const MemoryFile file;
  const auto header = "{\"__metadata__\":{\"training\":" + io::json_text(nlohmann::json(std::string(training))) + "}}";
  const std::uint64_t length = header.size();
  std::vector<std::uint8_t> bytes(sizeof(length));
  std::memcpy(bytes.data(), &length, sizeof(length));
  bytes.insert(bytes.end(), header.begin(), header.end());
  file.set(bytes);
  return answers("recorded settings", [&] { resume_settings(recipe.settings(), file.path(), app); });
}

struct Program {
  CLI::App app{"fuzz"};
  Recipe recipe;
  int threads = 0;
  bool print_config = false;
  Index stop_after = 0;
  std::string save_every = "0";
  std::vector<std::string> class_names;

  Program() {
    add_threads_flag(app, threads);
    add_save_flag(app, save_every);
    app.add_option("--stop-after", stop_after)->check(integer_from(Index{0}, Index{1} << 52))->capture_default_str();
    app.add_option("--class-names", class_names)->delimiter(',')->check(utf8_text());
    add_flags(app, recipe.settings());
    app.set_version_flag("--version", program_version());
    add_config_flags(app, print_config);
  }

  /// As ADATAPE_PARSE does; false where the program would end.
  bool parse(std::vector<std::string> words) {
    std::vector<char*> arguments;
    std::string name = "fuzz";
    arguments.push_back(name.data());
    for (auto& word : words) arguments.push_back(word.data());
    return accepts([&] { app.parse(static_cast<int>(arguments.size()), arguments.data()); });
  }

  /// As --config does with a file of that text.
  bool parse_file(std::string_view text) {
    std::istringstream stream{std::string(text)};
    return accepts([&] { app.parse_from_stream(stream); });
  }

 private:
  template <class Parse>
  static bool accepts(const Parse& parse) {
    try {
      parse();
      return true;
    } catch (const CLI::Success&) {
    } catch (const CLI::ParseError& error) {
      const auto text = parse_error_text(error);
      if (const char* fault = fault_of_message(text)) finding(fault, text);
    } catch (const std::exception& error) {
      finding("the parser of flags: an exception that is none of its own", error.what());
    }
    return false;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> words;
  while (words.size() < 64) {
    const auto end = rest.find('\0');
    const auto word = rest.substr(0, end);
    rest = end == rest.npos ? "" : rest.substr(end + 1);
    if (word.empty()) break;
    words.emplace_back(word);
  }
  Program program;
  if (program.parse(words)) {
    check_settings(program.recipe, "flags");
    if (program.threads < 0 || program.threads > 1'000'000 || program.stop_after < 0) finding("flags", "out of range");
    for (const auto& name : program.class_names)
      if (!is_utf8(name)) finding("--class-names", "text that is not UTF-8");
    // Recorded, read back and resumed without flags it is the same.
    Program resumed;
    if (!resumed.parse({})) finding("no flags", "refused");
    const auto record = program.recipe.text();
    if (!resume(resumed.recipe, resumed.app, record)) finding("resume", "its own record refused");
    if (resumed.recipe.text() != record) finding("resume", "other settings than those recorded");
  }
  Program from_file;
  if (from_file.parse_file(rest)) {
    check_settings(from_file.recipe, "a file of flags");
    // Printed as a file and read again it is the same. Text that such a file cannot hold is refused.
    std::string printed;
    Program again;
    if (answers("--print-config", [&] { printed = from_file.app.config_to_str(true, true); })) {
      if (!again.parse_file(printed)) finding("--print-config: refused by --config", printed);
      if (again.recipe.text() != from_file.recipe.text()) finding("--print-config", "other settings than --config read");
    }
  }
  Program resumed;
  if (!resumed.parse({})) finding("no flags", "refused");
  if (resume(resumed.recipe, resumed.app, rest)) check_settings(resumed.recipe, "recorded settings");
  return 0;
}
