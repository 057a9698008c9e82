#pragma once
/// One golden file against the compiled-in models. Each group of models has a source file of its own for each scalar, which CMake writes from
/// verify_group.cpp.in: all sixteen models in one file took a compiler 1.5 GB.
#include <filesystem>
#include <optional>

#include "adatape/core/products.hpp"
#include "report.hpp"

namespace adatape::verify {

class GoldenFile;

/// The report of a file whose configuration is Config, in scalar T, with those products; nothing for another configuration. Throws Error if the file is
/// damaged.
template <class Config, class T>
std::optional<Report> verify_as(const GoldenFile& golden, Products products);

/// Verifies a file with whichever compiled-in configuration it has. Throws Error if there is none.
template <class T>
Report verify_file(const std::filesystem::path& path, Products products);

}  // namespace adatape::verify
