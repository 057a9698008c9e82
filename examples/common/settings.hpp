#pragma once
/// The settings of a training run: one table for the flags, for the record in every checkpoint, and for the check of that record when a run resumes.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "adatape/core/types.hpp"

namespace CLI {
class App;
}
namespace adatape::inline ADATAPE_NAMESPACE::io {
class SafetensorsFile;
}

namespace adatape::examples {

/// One setting, its flag and the values that flag and file may give it.
struct Setting {
  std::string name, help;
  std::variant<std::string*, Index*, int*, double*, bool*, std::uint64_t*> value;
  double min = 0, max = 0;             ///< of a number
  std::vector<std::string> choices{};  ///< of a word
  std::string alias = "";              ///< another spelling of the flag; empty: none
  bool may_change = false;             ///< whether a resumed run may have another value
  std::function<void(const std::string&)> check = nullptr;  ///< of a text without choices: throws Error for one that cannot be
};

/// Most epochs, steps, samples: sums and products of two of them fit Index.
inline constexpr double kMostCount = 1e9;

void add_flags(CLI::App& app, const std::vector<Setting>& settings);
/// The settings as the text of a JSON object, which checkpoints hold as metadata "training".
std::string settings_text(const std::vector<Setting>& settings);

/// Opens the checkpoint at `path` and takes over the settings that it recorded, with the same checks as for flags; Error names the file and the key. A setting
/// that may change keeps the value of its flag, and may be missing in the record. Throws UsageError for any other flag of the command line that says
/// otherwise.
std::shared_ptr<const io::SafetensorsFile> resume_settings(const std::vector<Setting>& settings, const std::filesystem::path& path, const CLI::App& app);

}  // namespace adatape::examples
