/// Speed of training pictures with one thread: from a JPEG file to the numbers that a model takes, with the pipeline of AdaTape's ImageNet configuration, and
/// Pillow's resizes alone. bench/peers/pillow/compare.py measures Pillow beside it.
///
///     bench_images DIR [--count N] [--json FILE]
///
/// Takes N pictures (default 500), the .jpg files of DIR in the order of their names, again from the first one where there are fewer. FILE gets milliseconds a
/// picture and, for each picture, the operations that were drawn.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "adatape/image/decode.hpp"
#include "adatape/image/normalise.hpp"
#include "adatape/image/randaugment.hpp"
#include "adatape/image/random_crop.hpp"

using namespace adatape;

namespace {

constexpr Index kSide = 224;
constexpr int kLayers = 2;
constexpr double kMagnitude = 15;

using Clock = std::chrono::steady_clock;

/// Milliseconds of each stage, summed over all pictures.
struct Stages {
  double decode = 0, crop = 0, flip = 0, augment = 0, normalise = 0;
  double all() const { return decode + crop + flip + augment + normalise; }
};

/// Milliseconds since `start`, which becomes now.
double lap(Clock::time_point& start) {
  const auto now = Clock::now();
  const double passed = std::chrono::duration<double, std::milli>(now - start).count();
  start = now;
  return passed;
}

Draws draws_of(Index number) { return Draws(Stream(1, Purpose::augmentation, 0, static_cast<std::uint64_t>(number))); }

/// Picture `number`, from its file to `out` [kSide, kSide, 3].
void prepare(const std::filesystem::path& path, Index number, const image::Normalisation& normalise, std::span<float> out, Stages& stages) {
  Draws draws = draws_of(number);
  auto start = Clock::now();
  image::Image picture = image::read_image(path);
  stages.decode += lap(start);
  picture = image::tensorflow::inception_crop(picture, kSide, kSide, draws);
  stages.crop += lap(start);
  picture = image::flip_randomly(std::move(picture), draws);
  stages.flip += lap(start);
  picture = image::tensorflow::rand_augment(std::move(picture), kLayers, kMagnitude, draws);
  stages.augment += lap(start);
  normalise(picture, out);
  stages.normalise += lap(start);
}

/// What prepare() draws for picture `number` of height x width, in the same order: box [left, top, width, height], flip, and for each operation its number,
/// its amount with sign, its whole number and the centre of cutout.
nlohmann::json plan(Index number, Index height, Index width) {
  using image::tensorflow::Operation;
  Draws draws = draws_of(number);
  const auto box = image::tensorflow::inception_box(height, width, draws);
  const bool flip = draws.below(2) == 1;
  auto operations = nlohmann::json::array();
  for (int layer = 0; layer < kLayers; ++layer) {
    const auto operation = static_cast<Operation>(draws.below(image::tensorflow::operation_count));
    const auto arguments = image::tensorflow::operation_arguments(operation, kMagnitude);
    const float amount = arguments.either_sign && draws.uniform() < 0.5 ? -arguments.amount : arguments.amount;
    std::uint64_t row = 0, column = 0;
    if (operation == Operation::cutout) {
      row = draws.below(kSide);
      column = draws.below(kSide);
    }
    operations.push_back({static_cast<int>(operation), amount, arguments.whole, row, column});
  }
  return {{"box", {box.left, box.top, box.width, box.height}}, {"flip", flip}, {"operations", operations}};
}

/// Milliseconds of one resize to kSide x kSide.
double resize_time(const std::vector<image::Image>& pictures, Index count, image::pillow::Filter filter) {
  std::size_t values = 0;
  auto start = Clock::now();
  for (Index i = 0; i < count; ++i)
    values += image::pillow::resize(pictures[static_cast<std::size_t>(i) % pictures.size()], kSide, kSide, filter).values.size();
  return values > 0 ? lap(start) / static_cast<double>(count) : 0;
}

void run(const std::filesystem::path& folder, Index count, const char* json) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".jpg") files.push_back(entry.path());
  require(!files.empty(), folder.string(), ": wanted .jpg files, found none");
  std::ranges::sort(files);
  const auto file = [&](Index i) -> const std::filesystem::path& { return files[static_cast<std::size_t>(i) % files.size()]; };
  const auto normalise = image::Normalisation::range(-1, 1);
  std::vector<float> out(kSide * kSide * 3);
  Stages warm, stages;
  for (Index i = 0; i < std::min(count, std::ssize(files)); ++i) prepare(file(i), i, normalise, out, warm);
  for (Index i = 0; i < count; ++i) prepare(file(i), i, normalise, out, stages);

  std::vector<image::Image> pictures;
  for (Index i = 0; i < std::min<Index>(16, std::ssize(files)); ++i) pictures.push_back(image::read_image(file(i)));
  using image::pillow::Filter;
  const double bilinear = resize_time(pictures, count, Filter::bilinear), bicubic = resize_time(pictures, count, Filter::bicubic);

  const double each = 1 / static_cast<double>(count);
  const std::pair<const char*, double> rows[] = {
      {"decode", stages.decode * each},       {"crop", stages.crop * each}, {"flip", stages.flip * each},  {"augment", stages.augment * each},
      {"normalise", stages.normalise * each}, {"all", stages.all() * each}, {"resize bilinear", bilinear}, {"resize bicubic", bicubic}};
  nlohmann::json report;
  for (const auto& [name, milliseconds] : rows) {
    std::printf("%-16s %8.3f ms %9.0f pictures/s\n", name, milliseconds, 1000 / milliseconds);
    report["milliseconds"][name] = milliseconds;
  }
  if (json == nullptr) return;
  for (Index i = 0; i < count; ++i) {
    const auto picture = image::read_image(file(i));
    report["plan"].push_back(plan(i, picture.height, picture.width));
    report["plan"].back()["file"] = file(i).filename().string();
  }
  std::ofstream to(json);
  to << report << "\n";
  require(to.flush().good(), json, ": cannot write");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Index count = 500;
    const char* json = nullptr;
    require(argc >= 2 && argc % 2 == 0, "usage: bench_images DIR [--count N] [--json FILE]");
    for (int i = 2; i < argc; i += 2) {
      if (std::strcmp(argv[i], "--json") == 0)
        json = argv[i + 1];
      else if (std::strcmp(argv[i], "--count") == 0)
        count = std::atol(argv[i + 1]);
      else
        require(false, "wanted --count or --json, found ", argv[i]);
    }
    require(count >= 1, "--count: wanted at least 1, found ", count);
    run(argv[1], count, json);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_images: %s\n", error.what());
    return 1;
  }
}
