/// adatape-predict: classifies images with a checkpoint of adatape-train and shows what the tape read.
#include <cerrno>
#include <cstring>

#include "adatape/io/text.hpp"
#include "image_source.hpp"
#include "progress.hpp"
#include "recipe.hpp"
#include "tape_picture.hpp"

namespace {

using namespace adatape::examples;
using adatape::Index;

struct Flags {
  std::string checkpoint, picture, labels, background = "white";
  std::vector<std::string> images, class_names;
  PictureOptions pictures;
  double tau = 0;
  Index limit = 0, picture_images = 60;
  int threads = 0;
  bool json = false, inverted = false;
};

std::vector<std::uint8_t> read_labels(const Flags& flags, const ImageList& images) {
  if (flags.labels.empty()) return {};
  auto labels = adatape::data::read_idx(flags.labels, 1).values;
  adatape::require(static_cast<Index>(labels.size()) == images.found, flags.labels, ": wanted ", images.found, " labels, one for each image, found ",
                   labels.size());
  labels.resize(images.names.size());
  return labels;
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
  fmt::print("{} images, mean {} {:.2f}, {:.2f} million MACs an image, {:.0f} images/s\n", predictions.size(), what, length, macs / 1e6,
             count / seconds);
}

/// Throws Error if what was printed did not reach standard output whole.
void finish_output() {
  adatape::require(std::fflush(stdout) == 0 && std::ferror(stdout) == 0, "cannot write to standard output: ", std::strerror(errno));
}

/// Throws Error that names the first image whose result is not finite.
void require_finite(std::span<const Prediction> predictions, std::span<const std::string> names) {
  const auto first = std::ranges::find(predictions, false, &Prediction::finite);
  if (first == predictions.end()) return;
  const auto many = std::ranges::count(predictions, false, &Prediction::finite);
  throw adatape::Error(fmt::format("{}: the result is not finite ({} of {} images)", names[static_cast<std::size_t>(first - predictions.begin())], many,
                                   predictions.size()));
}

template <class Config>
int predict_with(const Flags& flags, const adatape::io::SafetensorsFile& file, CheckpointInfo info) {
  using Model = adatape::model::Classifier<Config>;
  if (!flags.class_names.empty()) {
    if (static_cast<Index>(flags.class_names.size()) != Model::classes)
      throw UsageError(fmt::format("--class-names: wanted {} names, found {}", Model::classes, flags.class_names.size()));
    info.classes = flags.class_names;
  }
  check_tau<Config>(flags.tau);
  adatape::Parameters<Model, float> parameters;
  adatape::io::load_checkpoint(file, parameters);
  const auto images = read_images(flags.images, Config::image[0], Config::image[1], flags.inverted, flags.limit, flags.pictures);
  const auto labels = read_labels(flags, images);
  const double tau = flags.tau > 0 ? flags.tau : info.tau();

  const auto start = Clock::now();
  const auto predictions = predict<Model>(parameters, tau, images.pixels, info);
  const double seconds = seconds_since(start);
  for (std::size_t i = 0; i < predictions.size(); ++i)
    fmt::print("{}\n", flags.json ? prediction_json(images.names[i], predictions[i], info)
                                  : prediction_text<Model>(images.names[i], predictions[i], info));
  if (!flags.json && predictions.size() > 1) print_summary(predictions, labels, adaptive_length_name<Model>(), seconds);
  finish_output();
  require_finite(predictions, images.names);

  if (!flags.picture.empty()) {
    const Index longest = Model::reads_tape ? static_cast<Index>(Config::add_tape_token_to_layers.size()) * Config::num_tape_tokens
                          : Config::encoder == adatape::model::Encoder::act ? Config::act_max_steps
                                                                            : 0;
    const auto title = fmt::format("{}: images in order of {}", Config::name, adaptive_length_name<Model>());
    const auto canvas = TapePicture(title, Config::image[0], Config::image[1], bank_grid<Model>(), longest, info, images.pixels, predictions, labels)
                            .draw(flags.picture_images);
    write_png(flags.picture, canvas.height(), canvas.width(), canvas.rgb());
  }
  return 0;
}

/// For names that the programs print and write as JSON.
std::string is_utf8(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = adatape::io::detail::utf8_length(std::string_view(text).substr(at));
    if (length == 0) return adatape::io::in_quotes(text) + " is not UTF-8";
    at += length;
  }
  return "";
}

int run(int argc, char** argv) {
  CLI::App app("Classifies images with a checkpoint of adatape-train and tells which bank tokens each one read, in reading order. An image whose "
               "result is not finite gets an error in place of a class; the exit code is then 1.");
  Flags flags;
  app.add_option("MODEL", flags.checkpoint, "checkpoint (.safetensors)")->required();
  app.add_option("IMAGE", flags.images, "PNG or JPEG pictures, or IDX image files (plain or .gz)")->required();
  app.add_option("--tau", flags.tau, "halting threshold, a lower one reads less; 0: the one trained with")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--json", flags.json, "one JSON object a line");
  app.add_option("--picture", flags.picture,
                 "write a PNG of the images, in order of tape length, with the bank patches read marked in reading order");
  app.add_option("--picture-images", flags.picture_images, "images in the picture, an equal share for every tape length")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--limit", flags.limit, "read no more than that many images; 0: all")->check(CLI::NonNegativeNumber)->capture_default_str();
  app.add_option("--labels", flags.labels, "IDX file with the images' true classes, for the accuracy");
  app.add_flag("--invert", flags.inverted, "for dark things on a bright ground; the data sets show bright ones on black");
  app.add_option("--class-names", flags.class_names, "names in place of the checkpoint's, separated by commas; without either, classes are numbers")
      ->delimiter(',')
      ->check(is_utf8);
  app.add_option("--background", flags.background, "what shows through transparent pixels: white or black")
      ->check(CLI::IsMember({"white", "black"}))
      ->capture_default_str();
  app.add_flag("--exif-orientation", flags.pictures.exif_orientation, "turn pictures as their EXIF data ask");
  app.add_option("--max-pixels", flags.pictures.max_pixels, "refuse pictures of more pixels; one takes up to 13 bytes of memory a pixel")
      ->check(CLI::Range(Index{1}, kLargestSide * kLargestSide))
      ->capture_default_str();
  app.add_option("--threads", flags.threads, "0: as many as there are cores")->check(CLI::Range(0, 1024))->capture_default_str();
  ADATAPE_PARSE(app, argc, argv);
  flags.pictures.background = flags.background == "white" ? 255 : 0;
  if (flags.threads > 0) adatape::set_threads(flags.threads);

  const auto file = adatape::io::SafetensorsFile::open(flags.checkpoint);
  const auto info = CheckpointInfo::read(file);
  return with_configuration(info.config, flags.checkpoint, [&]<class Config>() { return predict_with<Config>(flags, file, info); });
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
