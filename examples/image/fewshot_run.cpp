#include "fewshot_run.hpp"

#include "../common/same_run.hpp"
#include "features.hpp"
#include "fit_flags.hpp"

namespace adatape::examples {

namespace {

/// Leaves the first pictures of the split, flags.limit of them.
void limit(PictureSet& split, const FewShotFlags& flags) {
  if (flags.limit == 0 || split.size() <= flags.limit) return;
  std::vector<Index> first(static_cast<std::size_t>(flags.limit));
  std::iota(first.begin(), first.end(), Index{0});
  split.keep(first);
}

}  // namespace

FewShotReport run_fewshot(ProcessGroup& group, const FewShotFlags& flags, const CompiledModel& compiled, const ModelFile& file, const CheckpointInfo& info) {
  const auto& facts = compiled.facts;
  const auto fit = flags.fit.over(info.fit);
  check_fit(fit, facts);
  if (!group.is_alone()) require_same_values(group, file.checksum(), "bytes in its checkpoint");
  if (flags.check) file.check();
  const auto model = file.load(compiled, flags.storage);
  auto data = load_image_data(flags.data, facts, kMostClasses);
  data.train.fit_by(fit);
  data.test.fit_by(fit);
  limit(data.train, flags);
  limit(data.test, flags);
  const auto train_labels = data.train.labels(), test_labels = data.test.labels();
  require_same_images(group, data);
  const Index classes = 1 + std::max(std::ranges::max(train_labels), std::ranges::max(test_labels));
  const fewshot::Evaluation evaluation(train_labels, classes, flags.protocol);
  FewShotReport report{.model = facts.name,
                       .storage = flags.storage.empty() ? file.storage() : flags.storage,
                       .fit = fit.text(),
                       .features = facts.features,
                       .train_images = data.train.size(),
                       .test_images = data.test.size(),
                       .classes = classes,
                       .chosen_images = std::ssize(evaluation.images()),
                       .results = {}};
  fmt::print("{}: {} features of {} chosen of {} training images and of {} test images, {} classes\n", report.model, report.features, report.chosen_images,
             report.train_images, report.test_images, report.classes);
  if (fit != info.fit) fmt::print("pictures are made as --fit {}, in training as --fit {}\n", report.fit, info.fit.text());
  flush_output();

  std::vector<Index> all(test_labels.size());
  std::iota(all.begin(), all.end(), Index{0});
  const PixelTable table(info.pixels);
  const auto start = Clock::now();
  const Index images = report.chosen_images + report.test_images;
  const Index own_of_train = group.share(report.chosen_images).size();
  Progress progress(own_of_train + group.share(report.test_images).size(), 0, "img");
  const auto features = [&](const PictureSet& split, std::span<const Index> wanted, Index before, const char* where) {
    return image_features(group, *model, facts, info.tau, split, wanted, table, progress, before, where);
  };
  const auto of_train = features(data.train, evaluation.images(), 0, "training images");
  const auto of_test = features(data.test, all, own_of_train, "test images");
  const double seconds = seconds_since(start);
  progress.keep(fmt::format("features in {}, {} images/s", minutes(seconds), rate_text(static_cast<double>(images) / seconds)));
  if (group.is_first()) report.results = fewshot::report(flags.protocol, evaluation.run(of_train, of_test, test_labels));
  return report;
}

}  // namespace adatape::examples
