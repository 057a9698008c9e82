#pragma once
/// What all example programs share at their edges: flags in, one clear line out when something is wrong.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "adatape/core/error.hpp"
#include "adatape/simd/batch.hpp"

/// Parses flags; returns from the calling function with 0 after --help or --version and with 2 after a bad flag, which gets one line on standard error.
#define ADATAPE_PARSE(app, argc, argv)                                \
  try {                                                               \
    (app).set_version_flag("--version", adatape::examples::version()); \
    (app).parse(argc, argv);                                          \
  } catch (const CLI::Success& success) {                             \
    return (app).exit(success);                                       \
  } catch (const CLI::ParseError& error) {                            \
    std::fprintf(stderr, "%s: %s (see --help)\n", argv[0], error.what()); \
    return 2;                                                         \
  }

namespace adatape::examples {

/// The library's version, and how wide its instruction set is: 4 floats with SSE2 or NEON, 8 with AVX2, 16 with AVX-512.
inline std::string version() { return "adatape " ADATAPE_VERSION ", batches of " + std::to_string(simd::lanes<float>) + " floats"; }

/// A flag whose value does not fit: found out only when the program had begun, but answered like any other bad flag.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs a program's body; whatever it throws becomes one line on standard error and exit code 1, or 2 for a UsageError.
template <class Body>
int guarded_main(const Body& body) {
  try {
    return body();
  } catch (const UsageError& error) {
    std::fprintf(stderr, "error: %s (see --help)\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}

}  // namespace adatape::examples
