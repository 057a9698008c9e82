/// adatape-predict: classifies images with a checkpoint of adatape-train and shows what the tape read.
#include "../command_line.hpp"
#include "../common/other_file.hpp"
#include "../common/progress.hpp"
#include "adatape/image/png_writer.hpp"
#include "image_source.hpp"
#include "model_file.hpp"
#include "registry.hpp"
#include "self_test.hpp"
#include "tape_picture.hpp"

namespace {

using namespace adatape::examples;
using adatape::Index;

struct Flags {
  std::string model, storage, picture, labels, background = "white";
  std::vector<std::string> images, class_names;
  adatape::image::DecodeOptions pictures = picture_options(1);  ///< but for the channels, which are the model's
  double tau = 0;
  ImageChoice choice;
  Index picture_images = 60;
  int threads = 0;
  bool json = false, inverted = false, check = false, self_test = false;
};

std::vector<std::uint8_t> read_labels(const Flags& flags, const ImageList& images) {
  if (flags.labels.empty()) return {};
  const auto labels = adatape::data::read_idx(flags.labels, 1).values;
  adatape::require(static_cast<Index>(labels.size()) == images.found, flags.labels, ": wanted ", images.found, " labels, one for each image, found ",
                   labels.size());
  std::vector<std::uint8_t> chosen;
  for (Index number : images.numbers) chosen.push_back(labels[static_cast<std::size_t>(number)]);
  return chosen;
}

void print_summary(std::span<const Prediction> predictions, std::span<const std::uint8_t> labels, const char* what, double seconds) {
  double length = 0, macs = 0;
  Index correct = 0;
  const auto count = static_cast<double>(predictions.size());
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    length += static_cast<double>(predictions[i].length) / count;
    macs += predictions[i].macs / count;
    if (!labels.empty()) correct += predictions[i].finite && predictions[i].label == labels[i];
  }
  if (!labels.empty()) fmt::print("accuracy {:.2f} % on ", 100 * static_cast<double>(correct) / count);
  fmt::print("{} images, mean {} {:.2f}, {:.2f} million MACs an image, {} images/s\n", predictions.size(), what, length, macs / 1e6,
             rate_text(count / seconds));
}

/// Throws Error that names the first image whose result is not finite.
void require_finite(std::span<const Prediction> predictions, std::span<const std::string> names) {
  const auto first = std::ranges::find(predictions, false, &Prediction::finite);
  if (first == predictions.end()) return;
  const auto many = std::ranges::count(predictions, false, &Prediction::finite);
  throw adatape::Error(fmt::format("{}: the result is not finite ({} of {} images)", names[static_cast<std::size_t>(first - predictions.begin())], many,
                                   predictions.size()));
}

/// Throws Error where the file has no self-test, and as SelfTest::read and SelfTest::check do.
int test_itself(const CompiledModel& compiled, const Flags& flags, const ModelFile& file, const CheckpointInfo& info) {
  const auto record = file.metadata().find(kSelfTestKey);
  adatape::require(record != file.metadata().end(), file.path(), ": it holds no self-test; " ADATAPE_EXPORTER " writes files that do");
  const auto& facts = compiled.facts;
  const auto test = SelfTest::read(record->second, facts, file.storage(), file.path() + ": metadata \"self_test\"");
  if (flags.check) file.check();
  const double difference = test.check(*file.load(compiled, ""), facts, {.tau = info.tau}, info.pixels, file.path());
  const auto choices = facts.longest == 0 ? std::string() : fmt::format(", {} {} as recorded", facts.length_name, test.answer.length);
  fmt::print("{}: self-test passed with kernels in {}: largest difference of a logit {:.3g}, bound {:.3g}{}\n", one_line(file.path()), test.storage, difference,
             test.bound(), choices);
  return 0;
}

int predict_with(const CompiledModel& compiled, const Flags& flags, const ModelFile& file, CheckpointInfo info) {
  const auto& facts = compiled.facts;
  std::string warning;
  if (!flags.class_names.empty()) {
    if (std::ssize(flags.class_names) != info.class_count)
      throw UsageError(fmt::format("--class-names: wanted {} names, found {}", info.class_count, flags.class_names.size()));
    if (!info.classes.empty() && info.classes != flags.class_names)
      warning = fmt::format("warning: --class-names: {} has other names of its classes\n", one_line(file.path()));
    info.classes = flags.class_names;
  }
  check_tau(facts, flags.tau);
  if (flags.check) file.check();
  const auto model = file.load(compiled, flags.storage);
  auto pictures = flags.pictures;
  pictures.channels = facts.channels;
  const auto images = read_images(flags.images, facts.height, facts.width, info.fit, flags.inverted, flags.choice, pictures);
  if (!flags.choice.chosen.empty() && flags.choice.chosen.back() >= images.found)
    throw UsageError(fmt::format("--indices: wanted numbers below {}, the number of images, found {}", images.found, flags.choice.chosen.back()));
  const auto labels = read_labels(flags, images);
  const double tau = flags.tau > 0 ? flags.tau : info.tau;

  const auto start = Clock::now();
  // On a terminal alone: elsewhere standard error is for what went wrong.
  std::optional<Progress> progress;
  if (terminal_columns(stderr) > 0) progress.emplace(std::ssize(images.names), 0, "img", 5, stderr);
  const auto predictions = predict(*model, facts, tau, images.pixels, info, progress ? &*progress : nullptr);
  if (progress) progress->clear();
  const double seconds = seconds_since(start);
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const auto label = labels.empty() ? std::nullopt : std::optional<Index>(labels[i]);
    fmt::print("{}\n", flags.json ? prediction_json(images.names[i], predictions[i], info, label)
                                  : prediction_text(images.names[i], predictions[i], facts, info));
  }
  if (!flags.json && (predictions.size() > 1 || !labels.empty())) print_summary(predictions, labels, facts.length_name, seconds);
  flush_output();
  require_finite(predictions, images.names);
  fmt::print(stderr, "{}", warning);

  if (!flags.picture.empty()) {
    std::optional<BankGrid> grid;
    if (facts.bank_patch > 0) grid = BankGrid{facts.bank_columns, facts.bank_patch};
    const auto title = fmt::format("{}: images in order of {}", facts.name, facts.length_name);
    const auto canvas = TapePicture(title, facts.height, facts.width, facts.channels, grid, facts.longest, info, images.pixels, predictions, labels)
                            .draw(flags.picture_images);
    adatape::image::write_png(flags.picture, canvas.picture());
  }
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app("Classifies images with a checkpoint of " ADATAPE_TRAINER " and tells which bank tokens each one read, in reading order. An image whose "
               "result is not finite gets an error in place of a class; the exit code is then 1.");
  Flags flags;
  app.add_option("MODEL", flags.model, "checkpoint (.safetensors), of which averaged weights are taken where it has them, or what " ADATAPE_EXPORTER " packed")
      ->required();
  auto* const images = app.add_option("IMAGE", flags.images, "PNG or JPEG pictures, or IDX image files (plain or .gz)");
  auto* const tau = app.add_option("--tau", flags.tau, "halting threshold, a lower one reads less; 0: the one trained with")
                        ->check(number_from(0, 1e9))
                        ->capture_default_str();
  add_storage_flags(app, flags.storage, flags.check);
  app.add_flag("--json", flags.json, "one JSON object a line");
  auto* const picture = app.add_option("--picture", flags.picture,
                                       "write a PNG of the images, in order of tape length, with the bank patches read marked in reading order");
  app.add_option("--picture-images", flags.picture_images, "images in the picture, an equal share for every tape length")
      ->check(integer_from(Index{1}, Index{1000}))
      ->capture_default_str()
      ->needs(picture);
  auto* limit = app.add_option("--limit", flags.choice.limit, "read no more than the first images, that many; 0: all")
                    ->check(integer_from(Index{0}, Index{1} << 40))
                    ->capture_default_str();
  app.add_option("--indices", flags.choice.chosen, "read these images only: numbers from 0 over all files, separated by commas; the files' order is kept")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(integer_from(Index{0}, Index{1} << 40))
      ->excludes(limit);
  app.add_option("--labels", flags.labels, "IDX file with the images' true classes: for the accuracy, in JSON as \"label\", and in the picture");
  app.add_flag("--invert", flags.inverted, "for dark things on a bright ground; the data sets show bright ones on black");
  app.add_option("--class-names", flags.class_names, "names in place of the checkpoint's, separated by commas; without either, classes are numbers")
      ->delimiter(',')
      ->check(utf8_text());
  app.add_option("--background", flags.background, "what shows through transparent pixels of pictures for a grey model: white or black")
      ->check(CLI::IsMember({"white", "black"}))
      ->capture_default_str();
  app.add_flag("--exif-orientation", flags.pictures.exif_orientation, "turn pictures as their EXIF data ask");
  app.add_flag("--read-damaged", flags.pictures.accept_damage, kReadDamagedHelp);
  app.add_option("--max-pixels", flags.pictures.max_pixels, "refuse pictures of more pixels; one takes up to 13 bytes of memory a pixel")
      ->check(integer_from(Index{1}, adatape::image::kLargestSide * adatape::image::kLargestSide))
      ->capture_default_str();
  auto* const self_test =
      app.add_flag("--self-test", flags.self_test, "in place of images: compare what the model says about a picture with what the file recorded");
  for (auto* other : {images, tau}) self_test->excludes(other);
  for (const char* other : {"--storage", "--json", "--picture", "--labels"}) self_test->excludes(app.get_option(other));
  app.callback([&] {
    if (!flags.self_test && images->count() == 0) throw CLI::RequiredError("IMAGE");
  });
  add_threads_flag(app, flags.threads);
  ADATAPE_PARSE(app, argc, argv);
  std::ranges::sort(flags.choice.chosen);
  flags.pictures.background = flags.background == "white" ? 255 : 0;
  use_threads(flags.threads);
  std::vector<std::filesystem::path> read(flags.images.begin(), flags.images.end());
  read.insert(read.end(), {flags.model, flags.labels});
  require_other_file("--picture", flags.picture, read);
  try_to_write(flags.picture);

  const ModelFile file(flags.model);
  const auto info = CheckpointInfo::read(file.path(), file.metadata());
  const auto& compiled = find_configuration(compiled_models(), info, flags.model);
  return flags.self_test ? test_itself(compiled, flags, file, info) : predict_with(compiled, flags, file, info);
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
