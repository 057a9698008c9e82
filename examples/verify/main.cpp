/// adatape-verify: runs golden files and reports how far the library is from them.
#include <fmt/format.h>

#include "../command_line.hpp"
#include "adatape/core/error.hpp"
#include "verify_file.hpp"

namespace {

using adatape::verify::Report;

/// The largest errors that pass: of outputs and losses, and of groups (gradients and trained parameters).
struct Bounds {
  double values, groups;
};

/// Prints one file's line and the faults under it; true if everything is within the bounds. `left_out`: whether the file counts for nothing.
bool print(const std::string& name, const Report& report, const Bounds& bounds, bool left_out) {
  std::string line;
  bool passed = report.faults.empty();
  for (const auto& comparison : report.comparisons) {
    const bool fits = comparison.error <= (comparison.worst.empty() ? bounds.values : bounds.groups);
    passed = passed && fits;
    line += fmt::format("  {} {:.1e}{}", comparison.what, comparison.error, fits || comparison.worst.empty() ? "" : " (" + comparison.worst + ")");
  }
  fmt::print("{} {:<36}{}  tape {}\n", left_out ? "LEFT OUT" : passed ? "PASS" : "FAIL", name, line, report.faults.empty() ? "equal" : "DIFFERS");
  for (const auto& fault : report.faults) fmt::print("     {}\n", fault);
  return passed;
}

int run(int argc, char** argv) {
  CLI::App app("Verifies the library against golden files (*.safetensors) of an independent implementation.");
  std::string directory, scalar = "double", products = "f32";
  app.add_option("DIR", directory, "folder with golden files; its sub-folders are searched too")->required()->check(CLI::ExistingDirectory);
  app.add_option("--scalar", scalar, "arithmetic: double (bound 1e-9) or float (bound 1e-3)")->check(CLI::IsMember({"double", "float"}))->capture_default_str();
  app.add_option("--products", products, "bf16: rounded factors, of float (bounds 0.03, of groups 0.2; files with other choices are left out)")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->capture_default_str();
  ADATAPE_PARSE(app, argc, argv);
  const bool rounds = products == "bf16";
  if (rounds && scalar != "float") throw adatape::examples::UsageError("--products: bf16 needs --scalar float");

  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  std::ranges::sort(files);
  adatape::require(!files.empty(), directory, ": wanted *.safetensors files, found none");

  int passed = 0, failed = 0, left_out = 0;
  for (const auto& file : files) {
    bool good = false;
    try {
      using adatape::Products, adatape::verify::verify_file;
      const Report report = scalar == "double" ? verify_file<double>(file, Products::f32) : verify_file<float>(file, rounds ? Products::bf16 : Products::f32);
      const bool counts = !rounds || report.faults.empty();
      good = print(file.stem().string(), report, scalar == "double" ? Bounds{1e-9, 1e-9} : rounds ? Bounds{0.03, 0.2} : Bounds{1e-3, 1e-3}, !counts);
      if (!counts) {
        ++left_out;
        continue;
      }
    } catch (const std::exception& error) {
      fmt::print("FAIL {:<36}  {}\n", file.stem().string(), error.what());
    }
    ++(good ? passed : failed);
  }
  fmt::print("{} passed, {} failed{}\n", passed, failed, rounds ? fmt::format(", {} left out", left_out) : "");
  return failed > 0 || passed == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
