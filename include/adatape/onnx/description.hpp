#pragma once
/// What an exporter needs to know about a model: its description (model::describe) read back, and its weights by name.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adatape/io/json.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// What the own tokens of a sample are: patches of an image, a one-hot sequence as one token, or each of its symbols as a token (model::Input).
enum class InputKind : std::uint8_t { image, whole_sequence, symbols };
/// Whether the bank is a weight of the model, or is computed from the input (tape::BankType).
enum class BankKind : std::uint8_t { learn, input };
/// What makes one vector of the tokens of a sample: the first token, the mean of all, or the mean of all but prefix tokens (nn::Pool).
enum class PoolKind : std::uint8_t { token, gap, gap_without_prefix };

/// The most steps of adaptive computation, and of a read that halts by itself, that a file can have: they stand in it one behind the other.
inline constexpr Index kMostSteps = 4096;

/// The configuration of a model. Members with a name of model/config.hpp have its meaning.
struct Description {
  InputKind input = InputKind::image;   ///< what the own tokens are made of
  std::vector<Index> image{0, 0, 0};    ///< height, width and channels of an image; 0 for sequences
  Index patch_size = 0;                 ///< side of a patch in pixels of the reduced image; 0 for sequences
  Index image_reduction = 1;            ///< own tokens are cut from the mean over blocks of so many pixels squared
  Index seq_len = 0;                    ///< symbols of a sequence; 0 for images
  Index symbol_count = 3;               ///< values of a one-hot symbol
  Index hidden_size = 0;                ///< D, width of a token
  Index num_heads = 0;                  ///< heads of attention
  Index mlp_dim = 0;                    ///< width inside the MLP of a block
  Index num_layers = 0;                 ///< number of blocks; 0 with ACT
  Index num_classes = 0;                ///< logits of a sample
  bool gelu_tanh = true;                ///< the form of GELU: true: tanh; false: erf
  double layer_norm_epsilon = 1e-6;     ///< of the blocks, encoder_norm and fc_norm
  bool qkv_bias = true;                 ///< whether query, key and value have biases
  bool layer_scale = false;             ///< whether the blocks have gammas
  PoolKind classifier = PoolKind::gap;  ///< what the head sees
  bool class_token = false;             ///< whether there is a token `cls`, as with PoolKind::token always
  bool distillation = false;            ///< whether there is a token `dist` with a head of its own
  bool sincos_positions = false;        ///< whether the position embeddings of own tokens are fixed and no weights
  bool fc_norm = false;                 ///< whether the last norm is `fc_norm` behind the pooling, and not `encoder_norm` before it
  Index registers = 0;                  ///< number of prefix tokens besides `cls` and `dist`
  Index representation_size = 0;        ///< width of `pre_logits`; 0: there is none

  bool repeats_block = false;     ///< whether the model is ACT; the members up to share_parameters are of ACT only
  Index act_max_steps = 0;        ///< the most steps of a halting unit
  double act_epsilon = 0;         ///< a unit halts where its probabilities would add up to more than 1 - act_epsilon
  bool act_accumulated = false;   ///< out + state w in place of out (1 - w) + state w
  bool act_per_token = false;     ///< the halting units: true: tokens; false: samples
  bool share_parameters = false;  ///< whether one block serves all steps; else each step has its own

  std::vector<Index> reads;         ///< add_tape_token_to_layers; empty: no tape, and nothing of what follows
  BankKind bank = BankKind::learn;  ///< bank_type
  Index tape_bank_size = 0;         ///< tokens of a learned bank; 0 for other banks
  Index patch_bank_size = 0;        ///< side of a patch of an input bank, in pixels; 0 for other banks
  Index num_tape_tokens = 0;        ///< T, the most tape tokens of a read
  Index split_tt = 1;               ///< keys and queries have hidden_size / split_tt values
  Index tt_mlp_dim = 0;             ///< width of the FFN that tape tokens pass after a read; 0: none
  Index enc_tt_mlp_dim = 0;         ///< width of the FFN of tape tokens inside the blocks; 0: they pass that of own tokens
  PoolKind query = PoolKind::gap;   ///< query_type: what the first query of a read is made of
  bool dynamic = true;              ///< whether reads halt by themselves; false: fixed reads
  bool complex_query = true;        ///< the next query: true: the mean of query and tape token; false: the tape token alone
  double threshold = 0;             ///< the halting threshold of the configuration; 0 with fixed reads

  Index key_size() const { return hidden_size / split_tt; }  ///< d, values of a key and of a query
};

/// Reads the text of model::describe. `where` begins the sentence of an Error, which names what ONNX files are not written for: layers of one's own, PonderNet,
/// tokens or banks that the caller gives; for more than kMostSteps; and for a key that is missing or cannot be.
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
  const auto is = [&](const char* key, std::string_view one, std::string_view other) { return io::json_string(json, key, where, {one, other}) == one; };
  const auto has = [&](const char* key) { return json.contains(key) && io::json_bool(json, key, where); };
  const auto pool = [&](const char* key) {
    const auto& name = io::json_string(json, key, where, {"token", "gap", "gap_without_prefix"});
    return name == "token" ? PoolKind::token : name == "gap" ? PoolKind::gap : PoolKind::gap_without_prefix;
  };
  const auto model = io::json_string(json, "model", where);
  require(model == "vit" || model == "parity" || model == "act", where, ": wanted a model that can be written as ONNX (vit, parity or act), found ",
          io::in_quotes(model));
  const bool has_input = json.contains("input");
  require(!has_input || io::json_string(json, "input", where) == "symbols", where,
          ": wanted a model of images or sequences, found one whose caller gives the tokens");
  Description d;
  const auto require_patches = [&](const char* key, Index side) {
    const Index patches = (d.image[0] / side) * (d.image[1] / side);
    require(patches >= 1 && patches <= most, where, ": ", key, ": wanted 1 to ", most, " patches, found ", patches);
  };
  if (model == "parity" || has_input) {
    d.input = has_input ? InputKind::symbols : InputKind::whole_sequence;
    d.seq_len = integer("seq_len");
    if (json.contains("symbol_count")) d.symbol_count = integer("symbol_count");
  } else {
    d.image = integers("image", 1);
    require(d.image.size() == 3, where, ": image: wanted height, width and channels, found ", d.image.size(), " numbers");
    d.patch_size = integer("patch_size");
    if (json.contains("image_reduction")) d.image_reduction = integer("image_reduction");
    require_patches("patch_size", d.image_reduction * d.patch_size);
  }
  d.hidden_size = integer("hidden_size");
  d.num_heads = integer("num_heads");
  require(d.hidden_size % d.num_heads == 0, where, ": num_heads: wanted a divisor of ", d.hidden_size, ", found ", d.num_heads);
  d.mlp_dim = integer("mlp_dim");
  d.num_classes = integer("num_classes");
  d.classifier = pool("classifier");
  d.class_token = d.classifier == PoolKind::token || has("class_token");
  if (json.contains("registers")) d.registers = integer("registers");
  d.distillation = has("distillation");
  d.sincos_positions = json.contains("positions") && is("positions", "sincos2d", "learned");
  d.fc_norm = has("fc_norm");
  if (json.contains("representation_size")) d.representation_size = integer("representation_size");
  d.gelu_tanh = is("gelu", "tanh", "erf");
  if (json.contains("layer_norm_epsilon")) d.layer_norm_epsilon = io::json_number(json, "layer_norm_epsilon", where, 0, 1);
  if (json.contains("qkv_bias")) d.qkv_bias = io::json_bool(json, "qkv_bias", where);
  d.layer_scale = json.contains("layer_scale") && io::json_number(json, "layer_scale", where) != 0;
  d.repeats_block = model == "act";
  if (d.repeats_block) {
    d.act_max_steps = io::json_integer<Index>(json, "act_max_steps", where, 1, kMostSteps);
    d.act_epsilon = io::json_number(json, "act_epsilon", where, 0, 1);
    d.act_accumulated = is("act_type", "accumulated", "basic");
    d.act_per_token = is("act_level", "per_token", "per_example");
    d.share_parameters = io::json_bool(json, "share_parameters", where);
    return d;
  }
  d.num_layers = integer("num_layers", 0);
  d.reads = integers("add_tape_token_to_layers", 0);
  if (d.reads.empty()) return d;
  for (std::size_t r = 0; r < d.reads.size(); ++r)
    require(d.reads[r] < d.num_layers && (r == 0 || d.reads[r - 1] < d.reads[r]), where, ": add_tape_token_to_layers: wanted numbers below ", d.num_layers,
            " that grow, found ", d.reads[r], " as number ", r);
  require(io::json_string(json, "bank_type", where) != "given", where, ": wanted a learned or an input bank, found one that the caller gives");
  d.bank = is("bank_type", "learn", "input") ? BankKind::learn : BankKind::input;
  if (d.bank == BankKind::learn) d.tape_bank_size = integer("tape_bank_size");
  if (d.bank == BankKind::input && d.input == InputKind::image) require_patches("patch_bank_size", d.patch_bank_size = integer("patch_bank_size"));
  d.num_tape_tokens = integer("num_tape_tokens");
  d.split_tt = integer("split_tt");
  require(d.hidden_size % d.split_tt == 0, where, ": split_tt: wanted a divisor of ", d.hidden_size, ", found ", d.split_tt);
  d.tt_mlp_dim = integer("tt_mlp_dim", 0);
  d.enc_tt_mlp_dim = integer("enc_tt_mlp_dim", 0);
  d.query = pool("query_type");
  d.dynamic = json.contains("dynamic") && json["dynamic"].is_object();
  if (d.dynamic) {
    const auto& dynamic = json["dynamic"];
    d.threshold = io::json_number(dynamic, "threshold", where);
    require(d.threshold > 0 && d.threshold <= static_cast<double>(d.num_tape_tokens), where, ": threshold must be greater than 0 and at most ",
            d.num_tape_tokens, ", found ", d.threshold);
    require(d.num_tape_tokens <= kMostSteps, where, ": num_tape_tokens: wanted at most ", kMostSteps, " steps of a read, found ", d.num_tape_tokens);
    d.complex_query = io::json_bool(dynamic, "complex_query", where);
  }
  return d;
}

/// A weight of a model, row-major.
struct Weight {
  std::vector<float> values;  ///< as many as the product of the shape
  std::vector<Index> shape;   ///< empty: one value
};

/// The weights of a model by their names (docs/model.md). Throws Error for a name that is not there.
using Weights = std::function<Weight(const std::string& name)>;

}  // namespace adatape::onnx
