#include "run_report.hpp"

#include "confusion.hpp"
#include "curves.hpp"
#include "example_cards.hpp"
#include "html.hpp"
#include "length_histogram.hpp"
#include "overview.hpp"
#include "page.hpp"
#include "threshold_sweep.hpp"

namespace adatape::examples {

namespace {

/// The last epoch's scalars, with the tags that TensorBoard groups them by.
Scalars last_scalars(const History& history, const ModelFacts& facts) {
  const std::string length = facts.reads_tape ? "tape_length/test" : "steps/test";
  const std::pair<const char*, std::string> tags[]{{"loss", "loss/train"},
                                                   {"accuracy", "accuracy/train"},
                                                   {"test_accuracy", "accuracy/test"},
                                                   {"length", length},
                                                   {"rate", "rate"},
                                                   {"images_per_second", "images_per_second"}};
  Scalars scalars;
  for (const auto& [column, tag] : tags) {
    const bool told = std::string_view(column) != "length" || facts.longest > 0;
    if (const auto value = history.last(column); value && told) scalars.emplace_back(tag, *value);
  }
  return scalars;
}

}  // namespace

void RunReport::after_epoch(const TrainedModel& model, const TestResult& result, bool last) {
  const History history(directory_.log_lines());
  events_.add(static_cast<Index>(history.last("epoch").value_or(0)), last_scalars(history, subject_.facts));
  write(history, model, result, last);
}

void RunReport::finish(const TrainedModel& model, const TestResult& result) const { write(History(directory_.log_lines()), model, result, true); }

void RunReport::write(const History& history, const TrainedModel& model, const TestResult& result, bool last) const {
  write_whole(directory_.path() / "log.csv", history.csv());
  const auto& [facts, info, test, settings, classes] = subject_;
  constexpr Index most_epochs = 400;  // of a chart that is 480 units wide
  std::vector<Section> sections;
  if (!history.empty()) {
    const auto shown = history.thinned(most_epochs);
    const auto lead = shown.size() < history.size() ? fmt::format("{} of {} epochs; log.csv has them all.", shown.size(), history.size()) : std::string();
    sections.push_back({"curves", "Curves", lead, curves_html(shown, facts.longest > 0 ? facts.length_name : "")});
  }
  const ThresholdSweep sweep = last ? sweep_thresholds(model, facts, info, test, result) : ThresholdSweep{};
  if (facts.longest > 0) {
    auto charts = length_histogram_html(result, facts.longest, facts.length_name);
    if (!sweep.points.empty()) charts += threshold_sweep_html(sweep, info.tau);
    sections.push_back({"reading", facts.reads_tape ? "What the tape reads" : "How many steps", "", "<div class=\"charts\">\n" + charts + "</div>\n"});
  }
  sections.push_back({"confusion", "Confusion", "", Confusion(classes, result.pictures).html(info)});
  const char* lead = facts.bank_patch > 0
                         ? "Test pictures in order of tape length. Framed: the bank patches that were read, each with the number of its tape token, "
                           "the first in yellow, the last in blue. The percentage is the probability of the predicted class."
                         : "The percentage is the probability of the predicted class.";
  sections.push_back({"examples", "Examples", lead, example_cards_html(model, facts, info, info.tau, test, result)});
  sections.push_back({"settings", "Settings", "", settings_html(settings)});
  write_whole(directory_.path() / "report.html",
              page_html({facts.name, overview_text(subject_, history, result)}, overview_html(subject_, history, result), sections));
}

}  // namespace adatape::examples
