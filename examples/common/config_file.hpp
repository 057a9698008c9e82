#pragma once
/// Files with the values of flags: --config and --print-config.
#include <CLI/CLI.hpp>
#include <istream>
#include <sstream>
#include <string>

namespace adatape::examples {

/// CLI11's TOML. It skips lines of one or two characters; here they are errors unless they are brackets or a comment.
class ConfigFile : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::ostringstream text;
    text << input.rdbuf();
    std::istringstream lines(text.str()), all(text.str());
    for (std::string line; std::getline(lines, line);) {
      CLI::detail::trim(line);
      const bool skipped = !line.empty() && line.size() < 3 && line[0] != '#' && line.find_first_not_of("],") != line.npos;
      if (skipped) throw CLI::ConfigError::Extras(line);
    }
    return CLI::ConfigTOML::from_config(all);
  }
};

/// The flags --config and --print-config. What --config reads counts as given on the command line, which wins.
inline void add_config_flags(CLI::App& app, bool& print_config) {
  app.config_formatter(std::make_shared<ConfigFile>());
  app.set_config("--config", "", "TOML file with the values of flags, such as lr = 0.001; flags of the command line win")->check(CLI::ExistingFile);
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_flag("--print-config", print_config, "print the values of all flags as such a file and leave")->configurable(false);
}

}  // namespace adatape::examples
