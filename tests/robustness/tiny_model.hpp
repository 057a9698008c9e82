#pragma once
/// A model of the smallest size that has every kind of parameter, its checkpoint, and a bare safetensors file taken apart.
#include <bit>
#include <cstring>
#include <optional>

#include "adatape/io/checkpoint.hpp"
#include "adatape/model/classifier.hpp"

namespace adatape::robustness {

struct TinyConfig : model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 4, num_heads = 2, split_tt = 2, mlp_dim = 4, tt_mlp_dim = 4, num_layers = 2;
  static constexpr int num_classes = 3, num_tape_tokens = 4;
  static constexpr double threshold = 1.5;
};
using TinyModel = model::Classifier<TinyConfig>;
using TinyParameters = Parameters<TinyModel, float>;

/// Parameter i is step + i / 1024. What lies between the tensors stays 0, as it is after a load.
inline void fill(TinyParameters& parameters, Index step) {
  float i = 0;
  for (const auto& entry : TinyParameters::layout())
    for (float& value : parameters.values(entry)) value = static_cast<float>(step) + i++ / 1024;
}

inline bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// What adatape-train records beside the tensors.
inline io::Metadata tiny_metadata(Index step) {
  auto config = nlohmann::json::parse(TinyModel::description());
  config["loss"] = "softmax";
  config["dynamic"]["threshold"] = 1.25;
  return {{"config", config.dump()},
          {"step", std::to_string(step)},
          {"classes", R"(["zero","one","two"])"},
          {"pixels", R"({"deviation":0.3,"mean":0.2})"},
          {"progress", R"({"batch":2,"best_accuracy":0.5,"best_epoch":1,"correct":7,"epoch":1,"images":10,"loss":1.5,"tape_length":20.0})"},
          {"training", R"({"dropout":0.1,"epochs":6,"loss":"softmax","lr":0.01,"seed":7,"shift":1,"tau":0.0})"}};
}

/// Header and data of a safetensors file.
struct Parts {
  std::string header;
  std::vector<std::uint8_t> data;

  /// Nothing unless the bytes have a header of the length that they state.
  static std::optional<Parts> of(std::span<const std::uint8_t> bytes) {
    std::uint64_t length = 0;
    if (bytes.size() < sizeof(length)) return std::nullopt;
    std::memcpy(&length, bytes.data(), sizeof(length));
    const auto rest = bytes.subspan(sizeof(length));
    if (length > rest.size()) return std::nullopt;
    const auto header = rest.first(length), data = rest.subspan(length);
    return Parts{{header.begin(), header.end()}, {data.begin(), data.end()}};
  }

  std::vector<std::uint8_t> bytes() const {
    const std::uint64_t length = header.size();
    std::vector<std::uint8_t> out(sizeof(length));
    std::memcpy(out.data(), &length, sizeof(length));
    out.insert(out.end(), header.begin(), header.end());
    out.insert(out.end(), data.begin(), data.end());
    return out;
  }
};

/// The same bytes with the checksums under another name, so that nobody looks at them; nothing if they have none.
inline std::optional<std::vector<std::uint8_t>> without_checksums(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint8_t> out(bytes.begin(), bytes.end());
  const auto found = std::search(out.begin(), out.end(), io::kChecksumKey.begin(), io::kChecksumKey.end());
  if (found == out.end()) return std::nullopt;
  *found = 'x';
  return out;
}

}  // namespace adatape::robustness
