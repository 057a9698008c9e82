/// [--seconds S] [--folder F]: one process that trains, predicts, saves, loads, and reads files that are damaged, over and over. After a warm-up of a quarter
/// of the time (at least 30 rounds) the memory of the process may grow by 2 MiB (with sanitizers, which keep freed memory, by 64 MiB), and the number of open
/// files not at all. The trained weights must be those that a second trainer, resumed from each checkpoint, reaches.
#include <chrono>
#include <fstream>
#include <iterator>

#include "adatape/data/idx.hpp"
#include "adatape/image/decode.hpp"
#include "adatape/image/png_writer.hpp"
#include "adatape/io/partial.hpp"
#include "adatape/io/training.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/train/trainer.hpp"
#include "target.hpp"
#include "tiny_model.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ADATAPE_SOAK_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ADATAPE_SOAK_SANITIZED 1
#endif
#endif

namespace {

using namespace adatape;
using namespace adatape::robustness;

#ifdef ADATAPE_SOAK_SANITIZED
constexpr long kMostGrowth = 64 << 10;
#else
constexpr long kMostGrowth = 2 << 10;
#endif

/// Resident memory in KiB.
long resident() {
  std::ifstream file("/proc/self/statm");
  long size = 0, pages = 0;
  file >> size >> pages;
  return pages * (::sysconf(_SC_PAGESIZE) / 1024);
}

long open_files() {
  const std::filesystem::directory_iterator begin("/proc/self/fd");
  return std::distance(begin, std::filesystem::directory_iterator());
}

class Soak {
 public:
  explicit Soak(std::filesystem::path folder) : folder_(std::move(folder)), trainer_(options()), resumed_(options()), engine_(trainer_.parameters()) {
    std::filesystem::create_directories(folder_);
    input_.resize(kSamples * static_cast<std::size_t>(TinyModel::input_size));
  }

  void round() {
    const Index number = trainer_.step_number();
    for (std::size_t i = 0; i < input_.size(); ++i) input_[i] = static_cast<float>((i * 7 + static_cast<std::size_t>(number) * 13) % 31) / 31 - 0.5f;
    for (std::size_t i = 0; i < labels_.size(); ++i) labels_[i] = static_cast<std::int64_t>((i + static_cast<std::size_t>(number)) % 3);
    trainer_.step({input_, labels_});
    if (number > 0) {
      resumed_.step({input_, labels_});
      require(same_bits(trainer_.parameters().flat(), resumed_.parameters().flat()), "step ", number, ": the resumed run has other weights");
    }
    engine_.load(trainer_.parameters());
    require(engine_.run(input_, workspace_).is_finite(0), "step ", number, ": a logit is not finite");

    const auto path = folder_ / "soak.safetensors";
    io::save_training(path, trainer_, tiny_metadata(trainer_.step_number()));
    resumed_ = train::Trainer<TinyModel>(options());
    io::load_training(path, resumed_);
    require(io::load_matching(io::SafetensorsFile::open(path), partial_).missing.empty(), "load_matching: missing tensors");
    failures(path);
  }

 private:
  static constexpr std::size_t kSamples = 24;

  static train::TrainingOptions options() {
    train::TrainingOptions options;
    options.schedule = {train::Decay::constant, 1e-3, 0, 0};
    options.settings.dropout = 0.1;
    return options;
  }

  template <class F>
  static void refuses(const char* what, const F& f) {
    if (answers(what, f)) finding(what, "taken");
  }

  /// Errors must not leak either.
  void failures(const std::filesystem::path& path) {
    const auto damaged = folder_ / "damaged";
    std::filesystem::copy_file(path, damaged, std::filesystem::copy_options::overwrite_existing);
    std::fstream(damaged, std::ios::binary | std::ios::in | std::ios::out).seekp(-2, std::ios::end).put('\x55').put('\x55');
    refuses("a damaged checkpoint", [&] { io::load_checkpoint(damaged, partial_, io::Stored{"adamw/v/", partial_moments_}); });
    std::filesystem::resize_file(damaged, 1000);
    refuses("a short checkpoint", [&] { io::load_checkpoint(damaged, partial_); });
    refuses("a checkpoint as IDX", [&] { data::read_idx(path, 3); });
    refuses("a checkpoint as a picture", [&] { image::read_image(path); });
    for (const char* start : {"\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0"}) {
      std::fstream(damaged, std::ios::binary | std::ios::in | std::ios::out) << start;
      refuses("a checkpoint with the start of a picture", [&] { image::read_image(damaged); });
    }
    auto bad = trainer_.parameters();
    bad.flat()[0] = std::numeric_limits<float>::quiet_NaN();
    refuses("a checkpoint that is not finite", [&] { io::save_checkpoint(path, bad, {}); });
    refuses("a folder as a checkpoint", [&] { io::save_checkpoint(folder_, trainer_.parameters(), {}); });
    input_[0] = std::numeric_limits<float>::quiet_NaN();
    refuses("a step that diverges", [&] { trainer_.step({input_, labels_}); });
    image::Image picture(16, 16, 3);
    std::ranges::fill(picture.values, std::uint8_t{77});
    image::write_png(folder_ / "picture.png", picture);
    require(image::read_image(folder_ / "picture.png") == picture, "picture.png: other pixels");
  }

  std::filesystem::path folder_;
  train::Trainer<TinyModel> trainer_, resumed_;
  model::Engine<TinyModel> engine_;
  Arena workspace_;
  TinyParameters partial_, partial_moments_;
  std::vector<float> input_;
  std::vector<std::int64_t> labels_ = std::vector<std::int64_t>(kSamples);
};

}  // namespace

int main(int argc, char** argv) {
  double seconds = 5;
  std::filesystem::path folder = ".";
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--seconds") seconds = std::atof(argv[i + 1]);
    if (std::string_view(argv[i]) == "--folder") folder = argv[i + 1];
  }
  try {
    Soak soak(folder);
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
    long rounds = 0;
    while (rounds < 30 || elapsed() < seconds / 4) soak.round(), ++rounds;
    const long warm_rounds = rounds, memory = resident(), files = open_files();
    while (rounds < 3 * warm_rounds || elapsed() < seconds) soak.round(), ++rounds;
    const long growth = resident() - memory;
    std::printf("%ld rounds after a warm-up of %ld: memory %ld KiB, grown by %ld (at most %ld), %ld open files, before %ld\n", rounds - warm_rounds,
                warm_rounds, memory + growth, growth, kMostGrowth, open_files(), files);
    return growth > kMostGrowth || open_files() != files ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
