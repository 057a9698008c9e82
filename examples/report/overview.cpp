#include "overview.hpp"

#include <fmt/chrono.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "../common/program_version.hpp"
#include "html.hpp"

namespace adatape::examples {

namespace {

/// `words` as a shell takes them; of the first the file's name alone.
std::string command_text(std::vector<std::string> words) {
  if (!words.empty()) words.front() = std::filesystem::path(words.front()).filename().string();
  std::string out;
  for (const auto& word : words) {
    const bool plain = !word.empty() && word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./,:=+@%-") == word.npos;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    (out += out.empty() ? "" : " ") += plain ? word : quoted + "'";
  }
  return out;
}

/// The time in UTC, to the minute.
std::string time_text() { return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()))); }

std::string tile(const std::string& name, const std::string& value, const std::string& more) {
  return fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n", escaped(name), escaped(value), escaped(more));
}

/// The epoch with the best test accuracy, the first of equals, as text; empty if the log has none.
std::string best_text(const History& history) {
  double best = -1, epoch = 0;
  for (Index i = 0; i < history.size(); ++i)
    if (const auto accuracy = history.number(i, "test_accuracy"); accuracy && *accuracy > best) {
      best = *accuracy;
      epoch = history.number(i, "epoch").value_or(0);
    }
  return best < 0 ? "" : fmt::format("best {} after epoch {:.0f}", percent(best), epoch);
}

}  // namespace

std::string overview_text(const ReportSubject& subject, const History& history, const TestResult& result) {
  const auto settings = nlohmann::json::parse(subject.settings);
  return fmt::format("After epoch {:.0f} of {}, tested on {} pictures. Written {}.", history.last("epoch").value_or(0), settings["epochs"].dump(), result.count,
                     time_text());
}

std::string overview_html(const ReportSubject& subject, const History& history, const TestResult& result) {
  const auto& facts = subject.facts;
  std::string out = "<dl class=\"tiles\">\n" + tile("Test accuracy", percent(result.accuracy()), best_text(history));
  if (const auto accuracy = history.last("accuracy")) out += tile("Training accuracy", percent(*accuracy), "last epoch");
  if (facts.longest > 0)
    out += tile(std::string("Mean ") + facts.length_name, fmt::format("{:.2f}", result.mean_length),
                fmt::format("{} to {}, at most {}", result.shortest, result.longest, facts.longest));
  out += tile("Compute a picture", fmt::format("{:.2f} M", result.mean_macs / 1e6), fmt::format("at most {:.2f} M MACs", facts.largest_macs / 1e6));
  if (const auto speed = history.last("images_per_second")) out += tile("Training speed", fmt::format("{:.0f}", *speed), "pictures a second");
  return out + tile("Size", fmt::format("{}", facts.parameters), "parameters") + "</dl>\n";
}

std::string settings_html(const std::string& settings) {
  std::string out = "<dl class=\"card settings\">\n";
  const auto json = nlohmann::json::parse(settings);
  for (const auto& [name, value] : json.items())
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(name), escaped(value.is_string() ? value.get<std::string>() : value.dump()));
  out += "</dl>\n";
  if (const auto words = command_words(); !words.empty())
    out += fmt::format("<h3 class=\"after\">Command line</h3>\n<pre class=\"card\">{}</pre>\n", escaped(command_text(words)));
  return out + fmt::format("<h3 class=\"after\">Program</h3>\n<pre class=\"card\">{}</pre>\n", escaped(program_version()));
}

}  // namespace adatape::examples
