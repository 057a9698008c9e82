/// Seconds that data::open_imagenet takes for a large set, without an index and with one. The set is empty files in the layout of ImageNet's training split,
/// which the program makes and removes again; the system has all their names in memory.
///
///     bench_file_index DIR JSON [FILES [CLASSES [ROUNDS]]]
///
/// Makes DIR, which must not exist, with FILES files (default 1000000) in CLASSES folders (default 1000). Prints medians over ROUNDS rounds (default 5), and
/// writes them to the file JSON.
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include "adatape/data/imagenet.hpp"
#include "json_file.hpp"
#include "rounds.hpp"

using namespace adatape;

namespace {

/// A new folder, which is removed with all that is in it at the end of the scope.
class NewFolder {
 public:
  explicit NewFolder(const std::filesystem::path& path) : path_(path) {
    require(std::filesystem::create_directory(path), path.string(), ": wanted a folder that does not exist yet");
  }
  ~NewFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `number` with leading zeros.
std::string padded(Index number, std::size_t digits) {
  const std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

void make_files(const std::filesystem::path& root, Index files, Index classes) {
  std::filesystem::create_directory(root / "train");
  for (Index label = 0; label < classes; ++label) {
    const std::string wnid = "n" + padded(label, 8);
    const auto folder = root / "train" / wnid;
    std::filesystem::create_directory(folder);
    for (Index i = label * files / classes; i < (label + 1) * files / classes; ++i) {
      const auto file = folder / (wnid + "_" + std::to_string(i) + ".JPEG");
      require(std::ofstream(file).good(), file.string(), ": cannot be made");
    }
  }
}

void run(const std::filesystem::path& folder, const char* json, Index files, Index classes, Index rounds) {
  const NewFolder place(folder);
  const auto root = place.path() / "data", cache = place.path() / "train.index";
  std::filesystem::create_directory(root);
  std::printf("making %td files in %td folders\n", files, classes);
  std::fflush(stdout);
  make_files(root, files, classes);
  std::this_thread::sleep_for(std::chrono::seconds(3));  // an index of folders that changed less than 2 s before is not kept
  const auto open = [&](bool from_cache) {
    const auto set = data::open_imagenet(root, data::Split::train, {}, cache);
    require(set.size() == files, "wanted ", files, " files in the index, found ", set.size());
    require(set.from_cache() == from_cache, "wanted the files ", from_cache ? "from the index" : "from the folders", "; ", set.cache_note());
  };
  bench::Rounds times;
  for (Index round = 0; round < rounds; ++round) {
    const auto listed = [&] {
      std::filesystem::remove(cache);
      open(false);
    };
    open(round > 0);  // there is an index in both orders of a round
    times.add(listed, [&] { open(true); });
  }
  const double megabytes = static_cast<double>(std::filesystem::file_size(cache)) / 1e6;
  std::printf("folders listed, index written: %.2f s (%.0f files/s)\n", times.first(), static_cast<double>(files) / times.first());
  std::printf("index read: %.3f s (%.1f MB)\n", times.second(), megabytes);
  const nlohmann::json row = {{"files", files},
                              {"folders", classes},
                              {"rounds", rounds},
                              {"listed_seconds", times.first()},
                              {"read_seconds", times.second()},
                              {"index_MB", megabytes}};
  bench::write_json(json, nlohmann::json::array({row}));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::array<Index, 3> numbers{1'000'000, 1000, 5};
    require(argc >= 3 && argc <= 6, "usage: bench_file_index DIR JSON [FILES [CLASSES [ROUNDS]]]");
    for (int i = 3; i < argc; ++i) {
      const char* end = argv[i] + std::strlen(argv[i]);
      auto& number = numbers[static_cast<std::size_t>(i - 3)];
      require(std::from_chars(argv[i], end, number).ptr == end && number >= 1, "wanted a whole number of at least 1, found ", argv[i]);
    }
    require(numbers[0] >= numbers[1], "wanted a file for each class or more, found ", numbers[0], " files and ", numbers[1], " classes");
    run(argv[1], argv[2], numbers[0], numbers[1], numbers[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_file_index: %s\n", error.what());
    return 1;
  }
}
