/// The JSON in the metadata of image checkpoints: read with a check of everything, and written.
#include <algorithm>

#include "adatape/io/checkpoint.hpp"
#include "checkpoint_info.hpp"
#include "run_state.hpp"

namespace adatape::examples {

namespace {

/// The metadata of a file. A view.
struct Records {
  const std::string& path;
  const io::Metadata& metadata;

  explicit Records(const io::SafetensorsFile& file) : path(file.path()), metadata(file.metadata()) {}
  Records(const std::string& of_file, const io::Metadata& texts) : path(of_file), metadata(texts) {}
  /// How a message names an entry.
  std::string place(const std::string& key) const { return path + ": metadata \"" + key + '"'; }
  bool has(const std::string& key) const { return metadata.contains(key); }
  /// The JSON value of an entry. Throws Error if it is missing, no JSON, too long or nested too deep.
  nlohmann::json json(const std::string& key) const {
    const auto found = metadata.find(key);
    require(found != metadata.end(), place(key), " is missing");
    return io::parse_json(found->second, place(key));
  }
};

/// Fills in what the configuration says about probabilities and the threshold. Throws Error that names `where` and the key for what does not fit.
void read_config(const nlohmann::json& config, const std::string& where, CheckpointInfo& info) {
  require(config.is_object(), where, ": wanted a JSON object, found ", io::found_text(config));
  info.softmax = io::json_has(config, "loss") && io::json_string(config, "loss", where, {"softmax", "sigmoid"}) == "softmax";
  if (io::json_has(config, "dynamic") && io::json_has(config["dynamic"], "threshold"))
    info.tau = io::json_number(config["dynamic"], "threshold", where + ": \"dynamic\"", 0, 1e6);
  info.config = io::json_text(config);
}

/// The number of `key`, for grey pictures, or its array of 3 numbers, for pictures in colour.
std::vector<double> channel_numbers(const nlohmann::json& json, const std::string& key, const std::string& where, double min, double max) {
  if (!io::json_has(json, key) || !json[key].is_array()) return {io::json_number(json, key, where, min, max)};
  const auto& values = json[key];
  require(values.size() == 3, where, ": ", io::in_quotes(key), ": wanted a number or 3 of them, found ", values.size());
  std::vector<double> numbers;
  for (const auto& value : values) numbers.push_back(io::json_number(nlohmann::json{{key, value}}, key, where, min, max));
  return numbers;
}

/// The names in metadata "classes"; none where that is missing.
std::vector<std::string> class_names(const Records& records) {
  if (!records.has("classes")) return {};
  return io::json_strings(nlohmann::json{{"classes", records.json("classes")}}, "classes", records.path + ": metadata", 10'000);
}

/// The classes of a checkpoint; as many as the model has outputs if it does not say. A configuration without num_classes is none of a classifier of images:
/// find_configuration says so.
Index recorded_class_count(const Records& records, const nlohmann::json& config) {
  const Index outputs = io::json_has(config, "num_classes") ? io::json_integer<Index>(config, "num_classes", records.place("config"), 1, 1'000'000) : 1'000'000;
  if (!records.has("class_count")) return outputs;
  return io::json_integer<Index>(nlohmann::json{{"class_count", records.json("class_count")}}, "class_count", records.path + ": metadata", 1, outputs);
}

PictureFit recorded_fit(const Records& records) {
  const auto fit = records.json("fit");
  const auto where = records.place("fit");
  const auto& rule = io::json_string(fit, "rule", where, {"stretch", "stretch-crop", "scenic", "timm", "big_vision"});
  PictureFit out{rule, io::json_number(fit, "crop_share", where, 0.1, 1), usual_interpolation(rule)};
  if (io::json_has(fit, "interpolation")) out.interpolation = io::json_string(fit, "interpolation", where, {"bilinear", "bicubic", "area"});
  require(takes_interpolation(out.rule, out.interpolation), where, ": the rule ", io::in_quotes(out.rule), " has no interpolation ",
          io::in_quotes(out.interpolation));
  return out;
}

}  // namespace

std::shared_ptr<const io::SafetensorsFile> open_checkpoint(const std::filesystem::path& path) {
  return std::make_shared<io::SafetensorsFile>(io::SafetensorsFile::open(path));
}

bool has_average(const io::SafetensorsFile& file) { return !io::used_prefix(file).empty(); }

Index recorded_step(const io::SafetensorsFile& file) { return io::checkpoint_step(file); }

CheckpointInfo CheckpointInfo::of(const ModelFacts& facts, double tau, const std::string& loss, const PixelStatistics& pixels) {
  auto config = nlohmann::json::parse(facts.config);
  if (tau > 0 && config.contains("dynamic") && config["dynamic"].is_object()) config["dynamic"]["threshold"] = tau;
  config["loss"] = loss;
  CheckpointInfo info;
  read_config(config, facts.name, info);
  info.class_count = facts.classes;
  info.pixels = pixels;
  return info;
}

CheckpointInfo CheckpointInfo::read(const std::string& path, const io::Metadata& metadata) {
  const Records records(path, metadata);
  CheckpointInfo info;
  const auto config = records.json("config");
  read_config(config, records.place("config"), info);
  const auto statistics = records.json("pixels");
  const auto pixels = records.place("pixels");
  info.pixels = {channel_numbers(statistics, "mean", pixels, -1e6, 1e6), channel_numbers(statistics, "deviation", pixels, 1e-6, 1e6)};
  require(info.pixels.mean.size() == info.pixels.deviation.size(), pixels, ": wanted as many deviations as means, found ", info.pixels.deviation.size(),
          " and ", info.pixels.mean.size());
  info.class_count = recorded_class_count(records, config);
  if (records.has("fit")) info.fit = recorded_fit(records);
  info.classes = class_names(records);
  return info;
}

CheckpointInfo CheckpointInfo::read(const io::SafetensorsFile& file) { return read(file.path(), file.metadata()); }

std::optional<CheckpointInfo> CheckpointInfo::read_if_recorded(const io::SafetensorsFile& file) {
  if (!file.metadata().contains("config") || !file.metadata().contains("pixels")) return std::nullopt;
  return read(file);
}

CheckpointInfo CheckpointInfo::read_of(const io::SafetensorsFile& file, const ModelFacts& facts) {
  auto info = read(file);
  require(info.is_of(facts), file.path(), ": its configuration is not that of ", facts.name);
  return info;
}

void CheckpointInfo::write(io::Metadata& metadata) const {
  metadata["config"] = config;
  metadata["class_count"] = std::to_string(class_count);
  metadata["classes"] = io::json_text(nlohmann::json(classes));
  metadata["fit"] = io::json_text({{"rule", fit.rule}, {"crop_share", fit.crop_share}, {"interpolation", fit.interpolation}});
  const auto of_channels = [](const std::vector<double>& numbers) { return numbers.size() == 1 ? nlohmann::json(numbers.front()) : nlohmann::json(numbers); };
  metadata["pixels"] = io::json_text({{"mean", of_channels(pixels.mean)}, {"deviation", of_channels(pixels.deviation)}});
}

bool CheckpointInfo::has_classes_of(const io::SafetensorsFile& file) const {
  const Records records(file);
  if (!records.has("config")) return false;
  const auto own = records.json("config");
  require(io::json_has(own, "image"), file.path(), ": wanted a checkpoint of a model for pictures, found no \"image\" in its configuration");
  return recorded_class_count(records, own) == class_count && class_names(records) == classes;
}

std::string CheckpointInfo::pictures_otherwise(const CheckpointInfo& other) const {
  std::string text;
  const auto add = [&](const char* what, const std::string& here, const std::string& there) {
    if (here != there) text += std::string(text.empty() ? "" : "; ") + what + ' ' + here + ", there " + there;
  };
  const auto numbers = [](const std::vector<double>& values) {
    std::string out;
    for (const double value : values) (out += out.empty() ? "" : " ") += io::number_text(value);
    return out;
  };
  add("fit", fit.text(), other.fit.text());
  add("mean", numbers(pixels.mean), numbers(other.pixels.mean));
  add("deviation", numbers(pixels.deviation), numbers(other.pixels.deviation));
  return text;
}

bool CheckpointInfo::is_of(const ModelFacts& facts) const { return io::configuration_differences(facts.config, nlohmann::json::parse(config)).empty(); }

const CompiledModel& find_configuration(const std::vector<CompiledModel>& models, const CheckpointInfo& info, const std::string& where) {
  const auto found = std::ranges::find_if(models, [&](const auto& model) { return info.is_of(model.facts); });
  if (found == models.end()) throw UnknownModel(where + ": its configuration is none of those that are compiled in");
  require(info.pixels.channels() == found->facts.channels, where, ": metadata \"pixels\": wanted statistics of ", found->facts.channels, " channels, found ",
          info.pixels.channels());
  return *found;
}

std::string RunState::text() const {
  return nlohmann::json{{"epoch", epoch},
                        {"batch", batch},
                        {"images", images},
                        {"correct", correct},
                        {"loss", loss},
                        {"tape_length", tape_length},
                        {"best_accuracy", best_accuracy},
                        {"best_epoch", best_epoch}}
      .dump();
}

RunState RunState::read(const io::SafetensorsFile& file) {
  const Records records(file);
  const auto where = records.place("progress");
  const auto json = records.json("progress");
  const auto count = [&](const char* key) { return io::json_integer<Index>(json, key, where, 0, Index{1} << 52); };
  RunState state{.epoch = count("epoch"),
                 .batch = count("batch"),
                 .images = count("images"),
                 .correct = count("correct"),
                 .loss = io::json_number(json, "loss", where),
                 .tape_length = io::json_number(json, "tape_length", where, 0),
                 .best_accuracy = io::json_number(json, "best_accuracy", where, -1, 1),
                 .best_epoch = count("best_epoch")};
  require(state.correct <= state.images && state.best_epoch <= state.epoch, where, ": its counts contradict each other");
  return state;
}

}  // namespace adatape::examples
