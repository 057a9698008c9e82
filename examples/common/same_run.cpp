#include "same_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adatape/core/version.hpp"
#include "adatape/io/json.hpp"
#include "agreement.hpp"
#include "guarded_main.hpp"

namespace adatape::examples {

namespace {

/// Throws Error with say(process, text of it, text of the first process) where the text of a process is not that of the first one.
template <class Say>
void require_same(ProcessGroup& group, const std::string& text, const Say& say) {
  if (group.is_alone()) return;
  const auto texts = group.texts(text);
  const auto other = std::ranges::find_if(texts, [&](const auto& each) { return each != texts.front(); });
  if (other != texts.end()) throw Error(fmt::format("process {} ", other - texts.begin()) + say(*other, texts.front()));
}

}  // namespace

void require_same_program(ProcessGroup& group, const GroupFlags& flags) {
  enter(group);
  group.limit_waiting(std::chrono::seconds(flags.wait_limit));
  require_same(group, std::string(kVersion), [](const auto& other, const auto& first) { return "is of adatape " + other + ", process 0 of " + first; });
  if (!flags.mixed_instruction_sets)
    require_same(group, std::string(kInstructionSet), [](const auto& other, const auto& first) {
      return "runs with the instruction set " + other + ", process 0 with " + first + "; --mixed-instruction-sets allows that, and gives other bits";
    });
}

void require_same_settings(ProcessGroup& group, const std::string& settings) {
  require_same(group, settings, [](const auto& other, const auto& first) {
    std::string sentence = "has other settings than process 0";
    const auto theirs = nlohmann::json::parse(other), wanted = nlohmann::json::parse(first);
    for (const auto& [key, value] : wanted.items()) {
      const auto found = theirs.contains(key) ? theirs[key] : nlohmann::json();
      if (found != value) return sentence + ": " + key + " is " + found.dump() + ", not " + value.dump();
    }
    return sentence;
  });
}

void require_same_count(ProcessGroup& group, Index count, const char* what) {
  require_same(group, std::to_string(count), [&](const auto& other, const auto& first) { return "has " + other + " " + what + ", process 0 has " + first; });
}

void require_same_values(ProcessGroup& group, std::uint64_t fingerprint, const char* what) {
  require_same(group, std::to_string(fingerprint), [&](const auto&, const auto&) { return std::string("has other ") + what + " than process 0"; });
}

void check_leaves(const ProcessGroup& group, Index leaves, Index samples) {
  const Index processes = group.processes();
  if (processes == 1) return;
  if (leaves < processes)
    throw UsageError(fmt::format("--leaves: {} processes want a batch of at least {} leaves, one for each, found {}", processes, processes,
                                 leaves == 0 ? "0, which is one or two" : std::to_string(leaves)));
  if (samples < processes)
    throw UsageError(fmt::format("--batch-size: {} processes want at least {} samples at once, one for each, found a batch or a part of one with {}", processes,
                                 processes, samples));
}

}  // namespace adatape::examples
