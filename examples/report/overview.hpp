#pragma once
/// The report's summary and settings.
#include <string>

#include "history.hpp"
#include "run_report.hpp"

namespace adatape::examples {

/// "After epoch 3 of 8, tested on 10000 pictures."
std::string overview_text(const ReportSubject& subject, const History& history, const TestResult& result);
/// The few numbers that matter most, as a list. HTML.
std::string overview_html(const ReportSubject& subject, const History& history, const TestResult& result);
/// All settings as a list, the command line of this process, and what its program is. HTML.
std::string settings_html(const std::string& settings);

}  // namespace adatape::examples
