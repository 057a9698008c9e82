#pragma once
/// Files with the values of flags: --config and --print-config.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <istream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "adatape/core/error.hpp"

namespace adatape::examples {

/// Lines of TOML: NAME = VALUE, where VALUE is a word, text in quotes, or an array of them in one line. A backslash stands for itself. CLI11's own reader cuts
/// text at a "#" in quotes, takes the lines behind an array that is not closed for a part of it, and the first of two values of a name. Here all that is an
/// error.
class ConfigFile : public CLI::ConfigTOML {
 public:
  /// Throws CLI::ConfigError, which names the line.
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> settings;
    std::map<std::string, int> lines;
    std::string text;
    for (int number = 1; std::getline(input, text); ++number) {
      const auto where = "--config: line " + std::to_string(number) + ": ";
      std::string_view rest = text;
      skip_spaces(rest);
      if (ends(rest)) continue;
      CLI::ConfigItem item;
      item.name = take(rest, rest.find_first_of(" \t=[]\"'#"));
      skip_spaces(rest);
      if (item.name.empty() || !take(rest, '=') || !take_values(rest, item.inputs) || !ends(rest))
        throw CLI::ConfigError(where + "wanted the name of a flag, =, and a value or an array of values, found " + text);
      const auto [earlier, is_new] = lines.emplace(item.name, number);
      if (!is_new) throw CLI::ConfigError(where + item.name + " has a value in line " + std::to_string(earlier->second));
      settings.push_back(item);
    }
    return settings;
  }

  /// Throws Error where a value has both kinds of quotes or another text that such a file cannot hold.
  std::string to_config(const CLI::App* app, bool default_also, bool write_description, std::string prefix) const override {
    const auto text = CLI::ConfigTOML::to_config(app, default_also, write_description, prefix);
    std::istringstream lines(text);
    try {
      from_config(lines);
    } catch (const CLI::ConfigError& error) {
      throw Error("--print-config: a value cannot be written: " + std::string(error.what()));
    }
    return text;
  }

 private:
  static void skip_spaces(std::string_view& rest) { rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r"), rest.size())); }
  static bool ends(std::string_view rest) { return rest.empty() || rest[0] == '#'; }
  static std::string take(std::string_view& rest, std::size_t length) {
    const std::string taken(rest.substr(0, length));
    rest.remove_prefix(taken.size());
    return taken;
  }
  static bool take(std::string_view& rest, char wanted) {
    if (!rest.starts_with(wanted)) return false;
    rest.remove_prefix(1);
    skip_spaces(rest);
    return true;
  }
  /// One value, to the end of `values`; false where there is none.
  static bool take_value(std::string_view& rest, std::vector<std::string>& values) {
    const auto quote = rest.substr(0, 1);
    const bool quoted = quote == "\"" || quote == "'";
    if (quoted) rest.remove_prefix(1);
    const auto end = quoted ? rest.find(quote) : std::min(rest.find_first_of(" \t\r,[]\"'#="), rest.size());
    if (end == rest.npos || (!quoted && end == 0)) return false;
    values.push_back(take(rest, end));
    if (quoted) rest.remove_prefix(1);
    skip_spaces(rest);
    return true;
  }
  static bool take_values(std::string_view& rest, std::vector<std::string>& values) {
    if (!take(rest, '[')) return take_value(rest, values);
    while (!take(rest, ']'))
      if (!take_value(rest, values) || !(take(rest, ',') || rest.starts_with(']'))) return false;
    return true;
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
