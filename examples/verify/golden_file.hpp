#pragma once
/// A golden file: tensors, and the configuration in its metadata.
#include <nlohmann/json.hpp>

#include "adatape/io/checkpoint.hpp"
#include "adatape/model/describe.hpp"
#include "adatape/train/trainer.hpp"

namespace adatape::verify {

struct GoldenFile {
  io::SafetensorsFile file;
  nlohmann::json config;
  nlohmann::json train;  ///< null, or the training run's settings

  explicit GoldenFile(const std::filesystem::path& path)
      : file(io::SafetensorsFile::open(path)), config(nlohmann::json::parse(file.metadata("config"))) {
    if (file.metadata().contains("train")) train = nlohmann::json::parse(file.metadata("train"));
  }

  std::vector<double> tensor(const std::string& name) const { return file.read<double>(name); }
  std::vector<std::int64_t> integers(const std::string& name) const { return file.contains(name) ? file.read<std::int64_t>(name) : std::vector<std::int64_t>{}; }

  /// Everything the run-time side of a model needs to know.
  train::TrainingOptions options() const {
    train::TrainingOptions options;
    options.objective.loss = config.at("loss") == "softmax" ? ops::LossKind::softmax : ops::LossKind::sigmoid;
    options.objective.label_smoothing = config.at("label_smoothing").get<double>();
    options.objective.ponder_weight = config.at("ponder_weight").get<double>();
    if (config.at("model") != "act" && config.at("dynamic").is_object()) options.settings.tau = config.at("dynamic").at("threshold").get<double>();
    if (!train.is_null()) {
      options.schedule = {train::Decay::cosine, train.at("base_lr").get<double>(), train.at("warmup").get<Index>(), train.at("total").get<Index>()};
      options.adamw.weight_decay = train.at("weight_decay").get<double>();
      options.clip_norm = train.at("max_norm").get<double>();
    }
    return options;
  }

  /// Whether Config is the file's configuration: every key that Config has a use for agrees (the threshold is a run-time setting).
  template <class Config>
  bool matches() const {
    const auto mine = nlohmann::json::parse(model::describe<Config>());
    return std::ranges::all_of(mine.items(), [&](const auto& item) {
      if (!config.contains(item.key())) return false;
      if (item.key() != "dynamic" || !item.value().is_object()) return config.at(item.key()) == item.value();
      auto wanted = config.at("dynamic"), found = item.value();
      if (!wanted.is_object()) return false;
      found["threshold"] = wanted["threshold"];
      return wanted == found;
    });
  }
};

}  // namespace adatape::verify
