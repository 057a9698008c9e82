#pragma once
/// What an exporter needs to know about a model: its description (model::describe) read back, and its weights by name.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adatape/io/json.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

enum class InputKind : std::uint8_t { image, whole_sequence, symbols };
enum class BankKind : std::uint8_t { learn, input };
enum class PoolKind : std::uint8_t { token, gap, gap_without_prefix };

/// The members have the names and the meaning of model/config.hpp.
struct Description {
  InputKind input = InputKind::image;
  std::vector<Index> image{0, 0, 0};
  Index patch_size = 0, image_reduction = 1, seq_len = 0, symbol_count = 3;
  Index hidden_size = 0, num_heads = 0, num_layers = 0, num_classes = 0;
  bool gelu_tanh = true;
  double layer_norm_epsilon = 1e-6;
  bool qkv_bias = true, layer_scale = false;  ///< layer_scale: whether the blocks have gammas
  PoolKind classifier = PoolKind::gap;
  bool class_token = false, distillation = false, sincos_positions = false, fc_norm = false;  ///< class_token: whether there is one
  Index registers = 0, representation_size = 0;

  bool repeats_block = false;  ///< ACT
  Index act_max_steps = 0;
  double act_epsilon = 0;
  bool act_accumulated = false, act_per_token = false, share_parameters = false;

  std::vector<Index> reads;  ///< add_tape_token_to_layers
  BankKind bank = BankKind::learn;
  Index patch_bank_size = 0, num_tape_tokens = 0, split_tt = 1, tt_mlp_dim = 0, enc_tt_mlp_dim = 0;
  PoolKind query = PoolKind::gap;
  bool dynamic = true, complex_query = true;
  double threshold = 0;

  Index key_size() const { return hidden_size / split_tt; }
};

/// Reads the text of model::describe. `where` begins the sentence of an Error, which names what ONNX files are not written for: layers of one's own, PonderNet,
/// tokens or banks that the caller gives; and for a key that is missing or cannot be.
inline Description read_description(std::string_view text, const std::string& where) {
  const auto json = io::parse_json(text, where);
  constexpr Index most = Index{1} << 24;
  const auto integer = [&](const char* key, Index min = 1) { return io::json_integer<Index>(json, key, where, min, most); };
  const auto integers = [&](const char* key, Index min) {
    const auto& list = io::json_at(json, key, where);
    require(list.is_array() && list.size() <= 4096, where, ": ", key, ": wanted a list of numbers, found ", io::found_text(list));
    std::vector<Index> numbers;
    for (const auto& each : list) {
      require(each.is_number_integer() && each >= min && each <= most, where, ": ", key, ": wanted integers from ", min, " to ", most, ", found ",
              io::found_text(each));
      numbers.push_back(each.get<Index>());
    }
    return numbers;
  };
  const auto word = [&](const nlohmann::json& object, const char* key) { return io::json_string(object, key, where); };
  const auto pool = [&](const char* key) {
    const auto name = word(json, key);
    require(name == "token" || name == "gap" || name == "gap_without_prefix", where, ": ", key, ": wanted token, gap or gap_without_prefix, found ",
            io::in_quotes(name));
    return name == "token" ? PoolKind::token : name == "gap" ? PoolKind::gap : PoolKind::gap_without_prefix;
  };
  const auto model = word(json, "model");
  require(model == "vit" || model == "parity" || model == "act", where, ": wanted a model that can be written as ONNX (vit, parity or act), found ",
          io::in_quotes(model));
  const bool has_input = json.contains("input");
  require(!has_input || word(json, "input") == "symbols", where, ": wanted a model of images or sequences, found one whose caller gives the tokens");
  Description d;
  if (model == "parity" || has_input) {
    d.input = has_input ? InputKind::symbols : InputKind::whole_sequence;
    d.seq_len = integer("seq_len");
    if (json.contains("symbol_count")) d.symbol_count = integer("symbol_count");
  } else {
    d.image = integers("image", 1);
    require(d.image.size() == 3, where, ": image: wanted height, width and channels, found ", d.image.size(), " numbers");
    d.patch_size = integer("patch_size");
    if (json.contains("image_reduction")) d.image_reduction = integer("image_reduction");
  }
  d.hidden_size = integer("hidden_size");
  d.num_heads = integer("num_heads");
  d.num_classes = integer("num_classes");
  d.classifier = pool("classifier");
  d.class_token = d.classifier == PoolKind::token || json.contains("class_token");
  if (json.contains("registers")) d.registers = integer("registers");
  d.distillation = json.contains("distillation");
  d.sincos_positions = json.contains("positions");
  d.fc_norm = json.contains("fc_norm");
  if (json.contains("representation_size")) d.representation_size = integer("representation_size");
  d.gelu_tanh = word(json, "gelu") == "tanh";
  if (json.contains("layer_norm_epsilon")) d.layer_norm_epsilon = io::json_number(json, "layer_norm_epsilon", where);
  if (json.contains("qkv_bias")) d.qkv_bias = io::json_bool(json, "qkv_bias", where);
  d.layer_scale = json.contains("layer_scale") && io::json_number(json, "layer_scale", where) != 0;
  d.repeats_block = model == "act";
  if (d.repeats_block) {
    d.act_max_steps = integer("act_max_steps");
    d.act_epsilon = io::json_number(json, "act_epsilon", where);
    d.act_accumulated = word(json, "act_type") == "accumulated";
    d.act_per_token = word(json, "act_level") == "per_token";
    d.share_parameters = io::json_bool(json, "share_parameters", where);
    return d;
  }
  d.num_layers = integer("num_layers", 0);
  d.reads = integers("add_tape_token_to_layers", 0);
  if (d.reads.empty()) return d;
  const auto bank = word(json, "bank_type");
  require(bank != "given", where, ": wanted a learned or an input bank, found one that the caller gives");
  d.bank = bank == "learn" ? BankKind::learn : BankKind::input;
  if (d.bank == BankKind::input && d.input == InputKind::image) d.patch_bank_size = integer("patch_bank_size");
  d.num_tape_tokens = integer("num_tape_tokens");
  d.split_tt = integer("split_tt");
  d.tt_mlp_dim = integer("tt_mlp_dim", 0);
  d.enc_tt_mlp_dim = integer("enc_tt_mlp_dim", 0);
  d.query = pool("query_type");
  d.dynamic = json.contains("dynamic") && json["dynamic"].is_object();
  if (d.dynamic) {
    const auto& dynamic = json["dynamic"];
    d.threshold = io::json_number(dynamic, "threshold", where);
    d.complex_query = io::json_bool(dynamic, "complex_query", where);
  }
  return d;
}

/// A weight of a model, row-major.
struct Weight {
  std::vector<float> values;
  std::vector<Index> shape;
};

/// The weights of a model by their names (docs/model.md). Throws Error for a name that is not there.
using Weights = std::function<Weight(const std::string& name)>;

}  // namespace adatape::onnx
