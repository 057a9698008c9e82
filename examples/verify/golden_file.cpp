#include "golden_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adatape/io/configuration.hpp"
#include "adatape/io/safetensors.hpp"
#include "adatape/train/options.hpp"

namespace adatape::verify {

struct GoldenFile::Content {
  io::SafetensorsFile file;
  nlohmann::json config;
  nlohmann::json train;  ///< null, or the training run's settings

  explicit Content(const std::filesystem::path& path) : file(io::SafetensorsFile::open(path)), config(nlohmann::json::parse(file.metadata("config"))) {
    if (file.metadata().contains("train")) train = nlohmann::json::parse(file.metadata("train"));
  }
};

GoldenFile::GoldenFile(const std::filesystem::path& path) : content_(std::make_unique<Content>(path)) {}
GoldenFile::~GoldenFile() = default;

const std::string& GoldenFile::name() const { return content_->file.metadata("name"); }
bool GoldenFile::contains(const std::string& name) const { return content_->file.contains(name); }
std::vector<double> GoldenFile::tensor(const std::string& name) const { return content_->file.read<double>(name); }

std::vector<std::string> GoldenFile::names() const {
  std::vector<std::string> names;
  for (const auto& name : content_->file.names()) names.emplace_back(name);
  return names;
}

std::vector<Index> GoldenFile::shape(const std::string& name) const {
  const auto& shape = content_->file.info(name).shape;
  return {shape.begin(), shape.end()};
}

std::vector<std::int64_t> GoldenFile::integers(const std::string& name) const {
  return contains(name) ? content_->file.read<std::int64_t>(name) : std::vector<std::int64_t>{};
}

void GoldenFile::read(const std::string& name, std::span<const Index> shape, std::span<double> out) const { content_->file.read_into(name, out, shape); }

int GoldenFile::training_steps() const { return content_->train.is_null() ? 0 : content_->train.at("steps").get<int>(); }

std::vector<Index> GoldenFile::accumulated() const {
  return content_->train.is_null() ? std::vector<Index>{} : content_->train.value("accumulate", std::vector<Index>{});
}

namespace {

/// no_decay: "vectors"; frozen: a part of names; rate_scale: the factor for tensors whose names contain rate_scale_of.
adatape::train::ParameterRules rules_of(const nlohmann::json& json) {
  adatape::train::ParameterRules rules = [json](const LayoutEntry& entry) {
    auto rule = json.value("no_decay", "") == "vectors" ? adatape::train::decay_kernels_only(entry) : adatape::train::ParameterRule{};
    if (entry.name().find(json.value("rate_scale_of", "")) != std::string_view::npos) rule.rate_scale = json.value("rate_scale", 1.0);
    return rule;
  };
  return json.contains("frozen") ? adatape::train::frozen(json.at("frozen").get<std::string>(), std::move(rules)) : rules;
}

}  // namespace

train::TrainingOptions GoldenFile::options() const {
  const auto& [file, config, train] = *content_;
  adatape::train::TrainingOptions options;
  options.objective.loss = config.at("loss") == "softmax" ? ops::LossKind::softmax : ops::LossKind::sigmoid;
  options.objective.label_smoothing = config.at("label_smoothing").get<double>();
  options.objective.ponder_weight = config.at("ponder_weight").get<double>();
  const bool reads = config.at("model") != "act" && config.at("model") != "pondernet";
  if (reads && config.at("dynamic").is_object()) options.settings.tau = config.at("dynamic").at("threshold").get<double>();
  options.settings.max_tape_tokens = config.value("max_tape_tokens", Index{0});
  options.settings.exact_tape_tokens = config.value("exact_tape_tokens", Index{0});
  if (!train.is_null()) {
    options.schedule = {adatape::train::Decay::cosine, train.at("base_lr").get<double>(), train.at("warmup").get<Index>(), train.at("total").get<Index>()};
    options.optimizer.weight_decay = train.at("weight_decay").get<double>();
    options.clip_norm = train.at("max_norm").get<double>();
    if (train.contains("rules")) options.rules = rules_of(train.at("rules"));
    if (train.contains("average")) {
      const auto& average = train.at("average");
      options.average = {average.at("decay").get<double>(), average.at("warm_up").get<bool>(), average.at("start").get<Index>()};
    }
  }
  return options;
}

bool GoldenFile::matches(const std::string& description) const {
  const auto& config = content_->config;
  const auto mine = nlohmann::json::parse(description);
  if (std::ranges::any_of(io::kKeysLeftOut, [&](std::string_view name) {
        const std::string key(name);
        return config.contains(key) && !mine.contains(key);
      })) return false;
  return std::ranges::all_of(mine.items(), [&](const auto& item) {
    if (!config.contains(item.key())) return false;
    if (item.key() != "dynamic" || !item.value().is_object()) return config.at(item.key()) == item.value();
    auto wanted = config.at("dynamic"), found = item.value();
    if (!wanted.is_object()) return false;
    found["threshold"] = wanted["threshold"];
    return wanted == found;
  });
}

}  // namespace adatape::verify
