/// NAME [--mutations N] [--seed S] FOLDER...: stands in for libFuzzer where the compiler has none. Gives the target every file of the folders, then N
/// mutations of them, the same for the same seed. An input on which the process ends, that takes more than 30 seconds, or for which the process asks for
/// more than 256 MiB (not with sanitizers, which reserve terabytes), is kept as crash-NAME in the folder of the call.
#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "target.hpp"

extern "C" __attribute__((weak)) std::size_t LLVMFuzzerCustomMutator(std::uint8_t*, std::size_t, std::size_t, unsigned);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*)());

namespace {

using Bytes = std::vector<std::uint8_t>;
std::mt19937_64 random_source;
const Bytes* current = nullptr;
std::string crash_path;

std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_source() % limit; }

/// Calls only what a signal handler may call.
void keep_input() {
  if (current == nullptr) return;
  const int file = ::open(crash_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file < 0) return;
  [[maybe_unused]] const auto written = ::write(file, current->data(), current->size());
  ::close(file);
  current = nullptr;
}

void on_signal(int number) {
  keep_input();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

/// The most address space that the process has had, in KiB.
long peak_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("VmPeak:")) return std::atol(line.c_str() + 7);
  return 0;
}

void run(const Bytes& input) {
  static const long before = peak_memory();
  current = &input;
  ::alarm(30);
  LLVMFuzzerTestOneInput(input.data(), input.size());
  ::alarm(0);
  if (!__sanitizer_set_death_callback && peak_memory() - before > 256 << 10) adatape::robustness::finding("memory", "more than 256 MiB");
  current = nullptr;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size) {
  static constexpr std::string_view tokens[] = {"null", "true", "-1", "0", "1e400", "1e-400", "18446744073709551616", "9223372036854775807", "[", "]", "{", "}",
                                                "\"", "\\u0000", "\\ud800", ",", ":", "\xff", "[[[[[[[[", "4294967295", "--", "=", "nan", "inf"};
  Bytes bytes(data, data + size);
  for (std::size_t rounds = 1 + below(3); rounds > 0; --rounds) {
    const std::size_t at = below(bytes.size() + 1), run = 1 + below(below(4) == 0 ? 64 : 4);
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto rest = static_cast<std::ptrdiff_t>(std::min(run, bytes.size() - at));
    switch (below(8)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << below(8));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<std::uint8_t>(random_source());
        break;
      case 2:
        std::fill(place, place + rest, static_cast<std::uint8_t>(below(2) * 255));
        break;
      case 3:
        bytes.erase(place, place + rest);
        break;
      case 4: {
        const Bytes copy(place, place + rest);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)), copy.begin(), copy.end());
        break;
      }
      case 5: {
        const auto token = tokens[below(std::size(tokens))];
        const auto covered = below(2) == 0 ? 0 : std::min<std::ptrdiff_t>(rest, static_cast<std::ptrdiff_t>(token.size()));
        bytes.insert(bytes.erase(place, place + covered), token.begin(), token.end());
        break;
      }
      case 6:
        if (below(8) == 0) bytes.resize(at);
        break;
      default:
        if (at < bytes.size()) bytes[at] = static_cast<std::uint8_t>(bytes[at] + (below(2) == 0 ? 1 : 255));
    }
  }
  const std::size_t result = std::clamp<std::size_t>(bytes.size(), 1, max_size);
  bytes.resize(result);
  std::copy(bytes.begin(), bytes.end(), data);
  return result;
}

int main(int argc, char** argv) {
  const std::string name = std::filesystem::path(argv[0]).filename();
  crash_path = "crash-" + name;
  std::size_t mutations = 0;
  std::vector<std::filesystem::path> paths;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--mutations" && i + 1 < argc)
      mutations = std::strtoull(argv[++i], nullptr, 10);
    else if (argument == "--seed" && i + 1 < argc)
      random_source.seed(std::strtoull(argv[++i], nullptr, 10));
    else if (std::filesystem::is_directory(argument))
      for (const auto& entry : std::filesystem::directory_iterator(argument)) paths.push_back(entry.path());
    else
      paths.emplace_back(argument);
  }
  std::ranges::sort(paths);
  std::vector<Bytes> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (inputs.empty()) {
    std::fprintf(stderr, "%s: wanted a folder with inputs\n", name.c_str());
    return 2;
  }
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) std::signal(number, on_signal);
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(keep_input);

  const auto start = std::chrono::steady_clock::now();
  for (const auto& input : inputs) run(input);
  for (std::size_t i = 0; i < mutations; ++i) {
    Bytes input = inputs[below(inputs.size())];
    const std::size_t size = input.size();
    input.resize(size + 4096);
    const std::size_t result = LLVMFuzzerCustomMutator ? LLVMFuzzerCustomMutator(input.data(), size, input.size(), static_cast<unsigned>(random_source()))
                                                       : LLVMFuzzerMutate(input.data(), size, input.size());
    input.resize(result);
    input.shrink_to_fit();
    run(input);
  }
  std::printf("%s: %zu files and %zu mutations of them in %.1f s, no finding\n", name.c_str(), inputs.size(), mutations,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return 0;
}
