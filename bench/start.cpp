/// From the start of a process to the logits of its first image: a process that reads a checkpoint and packs its weights, and one that maps packed weights
/// (io/packed.hpp), with kernels in fp32 and in bf16. The files are in the page cache.
///
///     bench_start DIR JSON [ROUNDS [THREADS...]]
///
/// Makes DIR, which must not exist, for the files of models with random weights, and removes it again. Every round (default 5) starts one process of each kind,
/// with each number of THREADS (default 1). The order turns from round to round. The file JSON gets medians: milliseconds from start to logits, CPU
/// milliseconds of the process up to its end, and milliseconds until the engine is ready and of the first image. Logits of a storage must have the same bits
/// from both files.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "adatape/core/initialise.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/io/packed.hpp"
#include "adatape/io/stored_checkpoint.hpp"
#include "adatape/model/engine.hpp"
#include "json_file.hpp"
#include "models.hpp"
#include "rounds.hpp"

extern char** environ;

namespace {

using namespace adatape;

constexpr const char* kChild = "--start";

/// What a process that was started says of itself.
struct Report {
  double ready = 0, first = 0;  ///< seconds from main to an engine, and of the first image
  std::uint32_t logits = 0;     ///< their CRC-32
};

template <class Model, class Stored>
Report start(const std::string& path) {
  std::optional<model::Engine<Model, Stored, float>> engine;
  Report report;
  report.ready = bench::seconds_of([&] {
    if (io::is_packed_file(path)) {
      engine.emplace(io::map_packed<Model, Stored>(io::PackedFile::open(path)));
    } else {
      Parameters<Model, float> parameters;
      io::load_checkpoint(path, parameters);
      engine.emplace(parameters);
    }
  });
  const std::vector<float> image(static_cast<std::size_t>(Model::input_size), 0.25f);
  Arena arena;
  report.first = bench::seconds_of(
      [&] { report.logits = io::crc32(std::as_bytes(std::span(engine->run(image, arena).logits, static_cast<std::size_t>(Model::classes)))); });
  return report;
}

template <class Model>
Report start(const std::string& path, std::string_view storage) {
  return storage == storage_name<Bf16>() ? start<Model, Bf16>(path) : start<Model, float>(path);
}

/// A model, and how a process of its starts.
struct Subject {
  const char* name;
  Report (*start)(const std::string& path, std::string_view storage);
  void (*write)(const std::string& folder);
};

template <class Model>
void write_files(const std::string& folder) {
  Parameters<Model, float> parameters;
  initialise(parameters, 1);
  io::save_checkpoint(folder + "/f32.checkpoint", parameters, {});
  io::save_stored_checkpoint<Bf16>(folder + "/bf16.checkpoint", parameters);
  io::save_packed<Model, float>(folder + "/f32.packed", parameters);
  io::save_packed<Model, Bf16>(folder + "/bf16.packed", parameters);
}

constexpr std::array<Subject, 2> kSubjects{{{"ViT S/16", start<bench::models::VitS>, write_files<bench::models::VitS>},
                                            {"AdaTape S/16, input bank", start<bench::models::AdaTapeS>, write_files<bench::models::AdaTapeS>}}};

struct Times {
  std::vector<double> wall, cpu, ready, first;
};

/// Starts a process and adds its times. Returns the checksum of its logits.
std::uint32_t measure(const char* program, std::size_t subject, const std::string& path, const char* storage, const std::string& threads, Times& times) {
  std::array<int, 2> ends{};
  io::require_system(::pipe(ends.data()) == 0, "pipe", "cannot be made");
  const io::Descriptor in(ends[0]);
  io::Descriptor out(ends[1]);
  const std::string number = std::to_string(subject), descriptor = std::to_string(ends[1]);
  const std::array<const char*, 8> words{program, kChild, number.c_str(), path.c_str(), storage, threads.c_str(), descriptor.c_str(), nullptr};
  Report report;
  pid_t child = 0;
  times.wall.push_back(bench::seconds_of([&] {
    require(::posix_spawn(&child, program, nullptr, nullptr, const_cast<char* const*>(words.data()), environ) == 0, program, ": cannot be started");
    out = io::Descriptor();
    require(::read(in.number(), &report, sizeof(report)) == sizeof(report), path, ": the process that reads it has failed");
  }));
  int status = 0;
  rusage used{};
  require(::wait4(child, &status, 0, &used) == child && status == 0, path, ": the process that reads it has failed");
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
  times.cpu.push_back(seconds(used.ru_utime) + seconds(used.ru_stime));
  times.ready.push_back(report.ready);
  times.first.push_back(report.first);
  return report.logits;
}

/// Adds a row for each kind of process.
void compare(const char* program, std::size_t subject, const std::string& folder, Index rounds, Index threads, nlohmann::json& rows) {
  constexpr std::array<const char*, 2> storages{"f32", "bf16"}, kinds{"checkpoint", "packed"};
  const auto path_of = [&](std::size_t i) { return folder + "/" + storages[i / 2] + "." + kinds[i % 2]; };
  std::array<Times, 4> times;
  for (Index round = -1; round < rounds; ++round) {  // the first is to warm up
    std::array<std::uint32_t, 4> logits{};
    if (round == 0) times = {};
    for (std::size_t turn = 0; turn < 4; ++turn) {
      const std::size_t i = (turn + static_cast<std::size_t>(round + 1)) % 4;
      logits[i] = measure(program, subject, path_of(i), storages[i / 2], std::to_string(threads), times[i]);
    }
    require(logits[0] == logits[1] && logits[2] == logits[3], kSubjects[subject].name, ": wanted the same logits from packed weights");
  }
  for (std::size_t i = 0; i < 4; ++i) {
    rows.push_back({{"model", kSubjects[subject].name},
                    {"storage", storages[i / 2]},
                    {"file", kinds[i % 2]},
                    {"threads", threads},
                    {"rounds", rounds},
                    {"MB", static_cast<double>(std::filesystem::file_size(path_of(i))) / 1e6},
                    {"wall_ms", 1e3 * bench::median(times[i].wall)},
                    {"cpu_ms", 1e3 * bench::median(times[i].cpu)},
                    {"ready_ms", 1e3 * bench::median(times[i].ready)},
                    {"first_ms", 1e3 * bench::median(times[i].first)}});
    std::printf("%s\n", rows.back().dump().c_str());
  }
  std::fflush(stdout);
}

Index number_of(const char* text, Index least) {
  Index number = 0;
  const char* const end = text + std::strlen(text);
  require(std::from_chars(text, end, number).ptr == end && number >= least, "wanted a whole number of at least ", least, ", found ", text);
  return number;
}

int run(int argc, char** argv) {
  if (argc == 7 && std::strcmp(argv[1], kChild) == 0) {
    set_threads(static_cast<int>(number_of(argv[5], 1)));
    const Report report = kSubjects.at(static_cast<std::size_t>(number_of(argv[2], 0))).start(argv[3], argv[4]);
    const io::Descriptor out(static_cast<int>(number_of(argv[6], 0)));
    return ::write(out.number(), &report, sizeof(report)) == sizeof(report) ? 0 : 1;
  }
  ::setenv("OMP_WAIT_POLICY", "passive", 0);  // as the programs for pictures wait
  require(argc >= 3, "usage: bench_start DIR JSON [ROUNDS [THREADS...]]");
  const std::filesystem::path folder = argv[1];
  const Index rounds = argc > 3 ? number_of(argv[3], 1) : 5;
  std::vector<Index> threads;
  for (int i = 4; i < argc; ++i) threads.push_back(number_of(argv[i], 1));
  if (threads.empty()) threads = {1};
  auto rows = nlohmann::json::array();
  for (std::size_t subject = 0; subject < kSubjects.size(); ++subject) {
    require(std::filesystem::create_directory(folder), folder.string(), ": wanted a folder that does not exist yet");
    kSubjects[subject].write(folder.string());
    for (const Index number : threads) compare(argv[0], subject, folder.string(), rounds, number, rows);
    std::filesystem::remove_all(folder);
  }
  bench::write_json(argv[2], rows);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_start: %s\n", error.what());
    return 1;
  }
}
