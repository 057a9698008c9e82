#include "settings.hpp"

#include "../command_line.hpp"
#include "adatape/io/json.hpp"
#include "adatape/io/safetensors.hpp"

namespace adatape::examples {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

template <class Integer>
Integer bound(double value) {
  return static_cast<Integer>(value);
}

nlohmann::json json_of(const Setting& setting) {
  return std::visit([](const auto* value) { return nlohmann::json(*value); }, setting.value);
}

/// What is wrong with the text of a setting; empty: nothing.
std::string text_error(const Setting& setting, const std::string& text) {
  if (!setting.check) return std::ranges::count(setting.choices, text) == 1 ? std::string() : "no such choice: " + io::in_quotes(text);
  try {
    setting.check(text);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

/// Sets the value from the recorded one, checked as the flag is.
void read_setting(const Setting& setting, const nlohmann::json& recorded, const std::string& where) {
  const auto integer = [&]<class Integer>(Integer* value) {
    *value = io::json_integer<Integer>(recorded, setting.name, where, bound<Integer>(setting.min), bound<Integer>(setting.max));
  };
  std::visit(Overloaded{[&](std::string* value) {
                          *value = io::json_string(recorded, setting.name, where);
                          const auto wrong = text_error(setting, *value);
                          require(wrong.empty(), where, ": ", io::in_quotes(setting.name), ": ", wrong);
                        },
                        [&](double* value) { *value = io::json_number(recorded, setting.name, where, setting.min, setting.max); },
                        [&](bool* value) { *value = io::json_bool(recorded, setting.name, where); },
                        [&](std::uint64_t* value) { *value = io::json_integer<std::uint64_t>(recorded, setting.name, where); },
                        [&](Index* value) { integer(value); }, [&](int* value) { integer(value); }},
             setting.value);
}

}  // namespace

void add_flags(CLI::App& app, const std::vector<Setting>& settings) {
  for (const auto& setting : settings) {
    const auto spelling = "--" + setting.name + (setting.alias.empty() ? "" : ",--" + setting.alias);
    const auto add = [&](auto& value, const CLI::Validator& check) { app.add_option(spelling, value, setting.help)->check(check)->capture_default_str(); };
    const auto integer = [&]<class Integer>(Integer* value) { add(*value, integer_from(bound<Integer>(setting.min), bound<Integer>(setting.max))); };
    std::visit(Overloaded{[&](std::string* value) {
                            if (setting.check)
                              add(*value, CLI::Validator([setting](const std::string& text) { return text_error(setting, text); }, ""));
                            else
                              add(*value, CLI::IsMember(setting.choices));
                          },
                          [&](double* value) { add(*value, number_from(setting.min, setting.max)); },
                          [&](bool* value) {
                            add(*value, CLI::IsMember({"0", "1", "false", "true"}));
                          },
                          [&](std::uint64_t* value) { add(*value, integer_from(std::uint64_t{0}, ~std::uint64_t{0})); }, [&](Index* value) { integer(value); },
                          [&](int* value) { integer(value); }},
               setting.value);
  }
}

std::string settings_text(const std::vector<Setting>& settings) {
  nlohmann::json json;
  for (const auto& setting : settings) json[setting.name] = json_of(setting);
  return json.dump();
}

std::shared_ptr<const io::SafetensorsFile> resume_settings(const std::vector<Setting>& settings, const std::filesystem::path& path, const CLI::App& app) {
  const auto file = std::make_shared<io::SafetensorsFile>(io::SafetensorsFile::open(path));
  const auto where = file->path() + ": metadata \"training\"";
  const auto recorded = io::parse_json(file->metadata("training"), where);
  for (const auto& setting : settings) {
    const auto given = json_of(setting);
    const bool has_flag = app.get_option("--" + setting.name)->count() > 0;
    if (!setting.may_change || io::json_has(recorded, setting.name)) read_setting(setting, recorded, where);
    if (!has_flag || given == json_of(setting)) continue;
    if (!setting.may_change)
      throw UsageError("--" + setting.name + ": " + where + " says " + json_of(setting).dump() + ", found " + given.dump() +
                       "; a resumed run keeps its settings");
    *std::get<Index*>(setting.value) = given.get<Index>();
  }
  return file;
}

}  // namespace adatape::examples
