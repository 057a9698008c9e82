#pragma once
/// What all example programs share at their edges: flags in, one clear line out when something is wrong.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>

#include "adatape/core/parallel.hpp"
#include "adatape/io/text.hpp"
#include "common/group_flags.hpp"
#include "common/guarded_main.hpp"
#include "common/program_version.hpp"

/// Parses flags; returns from the calling function with 0 after --help or --version. Throws CommandLineError for a bad flag.
#define ADATAPE_PARSE(app, argc, argv)                                                                                     \
  try {                                                                                                                    \
    (app).set_version_flag("--version", adatape::examples::program_version());                                             \
    (app).parse(argc, argv);                                                                                               \
  } catch (const CLI::Success& success) {                                                                                  \
    return (app).exit(success);                                                                                            \
  } catch (const CLI::ParseError& error) {                                                                                 \
    throw adatape::examples::CommandLineError(std::string((argv)[0]) + ": " + adatape::examples::parse_error_text(error)); \
  }

namespace adatape::examples {

/// What the parser says, as one line of bounded length: it repeats what it was given.
inline std::string parse_error_text(const CLI::ParseError& error) {
  constexpr std::string_view unknown = "INI was not able to parse ";
  std::string_view text = error.what();
  if (!text.starts_with(unknown)) return one_line(text.substr(0, 1000));
  return "--config: wanted the names of flags and their values, found " + one_line(text.substr(unknown.size(), 1000));
}

/// Flag check: a decimal integer from `min` to `max`. CLI11 would read 010 as eight and 0x10 as sixteen; both are refused.
template <class Integer>
CLI::Validator integer_from(Integer min, Integer max) {
  const auto wanted = "an integer from " + std::to_string(min) + " to " + std::to_string(max);
  return CLI::Validator(
      [=](const std::string& text) {
        Integer value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool octal = text.size() > 1 && text[text.starts_with('-') ? 1 : 0] == '0';
        const bool good = error == std::errc() && end == text.data() + text.size() && !octal && value >= min && value <= max;
        return good ? std::string() : "wanted " + wanted + " in decimal digits, found " + text;
      },
      "[" + std::to_string(min) + " - " + std::to_string(max) + "]");
}

/// Flag check: a finite number from `min` to `max`, with a point as decimal sign.
inline CLI::Validator number_from(double min, double max) {
  const auto wanted = "a number from " + io::number_text(min) + " to " + io::number_text(max);
  return CLI::Validator(
      [=](const std::string& text) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool good = error == std::errc() && end == text.data() + text.size() && std::isfinite(value) && value >= min && value <= max;
        return good ? std::string() : "wanted " + wanted + ", found " + text;
      },
      "[" + io::number_text(min) + " - " + io::number_text(max) + "]");
}

/// Whether `text` is UTF-8.
inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = io::detail::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Flag check: text that can go into JSON.
inline CLI::Validator utf8_text() {
  return CLI::Validator([](const std::string& text) { return is_utf8(text) ? std::string() : std::string("wanted text in UTF-8"); }, "");
}

/// The flag --threads of programs that run models.
inline CLI::Option* add_threads_flag(CLI::App& app, int& threads) {
  return app.add_option("--threads", threads, "0: as many as there are cores, which is also the most; results are the same for any number")
      ->check(integer_from(0, 1'000'000))
      ->capture_default_str();
}

/// Flag check: the storage_name of a type in which engines store kernels.
inline CLI::Validator one_of_storages() { return CLI::IsMember({"f32", "bf16", "int8"}); }

/// The flags --storage and --check of programs that use trained models.
inline void add_storage_flags(CLI::App& app, std::string& storage, bool& check) {
  app.add_option("--storage", storage, "how the kernels of dense layers are stored and multiplied: f32, bf16 or int8; without it as the file has them")
      ->check(one_of_storages());
  app.add_flag("--check", check, "read all weights of a packed file first and compare their checksum; those of a checkpoint are always compared");
}

/// The flag --save-every of programs that train; see SaveInterval.
inline void add_save_flag(CLI::App& app, std::string& text) {
  const auto check = [](std::string& value) {
    std::string digits = value.ends_with('m') ? value.substr(0, value.size() - 1) : value;
    return integer_from(0, 1'000'000'000)(digits).empty() ? std::string() : "wanted steps (500) or minutes (10m), found " + value;
  };
  app.add_option("--save-every", text, "save that often: a number of steps, or with an m behind it of minutes; 0: only where an epoch ends")
      ->check(CLI::Validator(check, "STEPS or MINUTESm"))
      ->capture_default_str();
}

/// The flags of programs that may run in several processes.
inline void add_group_flags(CLI::App& app, GroupFlags& flags) {
  app.add_flag("--mixed-instruction-sets", flags.mixed_instruction_sets,
               "let processes of one run have different instruction sets; they give other bits than one set does");
  app.add_option("--wait-limit", flags.wait_limit, "seconds after which a process that waits for others in vain ends the run; 0: it waits for ever")
      ->check(integer_from(Index{0}, Index{1'000'000}))
      ->capture_default_str();
}

/// Takes the value of --threads. More threads than cores only wait for each other: the number is lowered to that of the cores, and where `tells`, a line says
/// so.
inline void use_threads(int threads, bool tells = true) {
#ifdef _OPENMP
  const int cores = omp_get_num_procs();
#else
  const int cores = 1;
#endif
  if (threads > cores && tells) std::fprintf(stderr, "--threads %d: there are %d cores, using %d threads\n", threads, cores, cores);
  if (threads > 0) set_threads(std::min(threads, cores));
}

}  // namespace adatape::examples
