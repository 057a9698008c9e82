#pragma once
/// What a training run leaves for people and their tools beside its log: report.html, log.csv and TensorBoard's event file.
#include <string>

#include "../common/compiled_model.hpp"
#include "../common/run_directory.hpp"
#include "../image/checkpoint_info.hpp"
#include "../image/inference.hpp"
#include "event_file.hpp"
#include "history.hpp"

namespace adatape::examples {

/// What a report is about. The references outlive the report.
struct ReportSubject {
  const ModelFacts& facts;
  const CheckpointInfo& info;
  const PictureSet& test;
  std::string settings;  ///< the text of a JSON object, as of Recipe::text
  Index classes = 0;     ///< labels and predictions are below it
};

/// Every file is derived from the log in the folder and from the last test. All functions throw Error as io::AtomicFile does.
class RunReport {
 public:
  RunReport(ReportSubject subject, const RunDirectory& directory) : subject_(std::move(subject)), directory_(directory), events_(directory.path()) {}

  /// When an epoch is in the log. With `last`, accuracy is measured against compute too.
  void after_epoch(const TrainedModel& model, const TestResult& result, bool last);
  /// For a run that was at its end before this process began.
  void finish(const TrainedModel& model, const TestResult& result) const;

 private:
  void write(const History& history, const TrainedModel& model, const TestResult& result, bool last) const;

  ReportSubject subject_;
  const RunDirectory& directory_;
  EventFile events_;
};

}  // namespace adatape::examples
