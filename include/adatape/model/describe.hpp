#pragma once
/// A configuration as JSON, for checkpoints. It has only the keys that its model uses.
#include <array>
#include <charconv>
#include <locale>
#include <sstream>
#include <string>

#include "adatape/model/config.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

namespace detail {

/// Writes {"key": value, ...}. A value is a number, true or false, a quoted word, or JSON text. Keys and words must be text that needs no escaping.
class JsonObject {
 public:
  JsonObject() { text_.imbue(std::locale::classic()); }

  template <class Value>
  JsonObject& add(std::string_view key, const Value& value) {
    text_ << (first_ ? "{" : ", ") << '"' << key << "\": ";
    first_ = false;
    if constexpr (std::is_same_v<Value, bool>)
      text_ << (value ? "true" : "false");
    else if constexpr (std::is_floating_point_v<Value>)
      text_ << shortest(value);
    else
      text_ << value;
    return *this;
  }
  JsonObject& word(std::string_view key, std::string_view value) { return add(key, '"' + std::string(value) + '"'); }
  template <std::size_t N>
  JsonObject& list(std::string_view key, const std::array<int, N>& values) {
    std::ostringstream list;
    list.imbue(std::locale::classic());
    list << '[';
    for (std::size_t i = 0; i < N; ++i) list << (i ? ", " : "") << values[i];
    list << ']';
    return add(key, list.str());
  }
  std::string str() const { return first_ ? "{}" : text_.str() + "}"; }

 private:
  /// The fewest digits that read back as the same value.
  static std::string shortest(double value) {
    std::array<char, 32> digits{};
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
  }

  std::ostringstream text_;
  bool first_ = true;
};

inline std::string_view pool_name(nn::Pool pool) { return pool == nn::Pool::token ? "token" : pool == nn::Pool::gap ? "gap" : "gap_without_prefix"; }

}  // namespace detail

/// The JSON object of Config. Its keys are those of the golden files (tests/golden). The threshold is that of the configuration, not a run-time tau.
/// io::kKeysLeftOut (io/configuration.hpp) lists every key that is left out at a default, so that a file that has it is not taken for one without.
/// Throws std::bad_alloc where there is no memory.
template <class Config>
std::string describe() {
  detail::JsonObject json;
  constexpr bool act = Config::encoder == Encoder::act, pondernet = Config::encoder == Encoder::pondernet, sequence = Config::input == Input::whole_sequence;
  std::string model = act ? "act" : pondernet ? "pondernet" : sequence ? "parity" : "vit";
  if constexpr (!Config::own_layers.empty()) model.append(" with ").append(Config::own_layers);  // in a key that every description has
  json.word("model", model);
  if constexpr (Config::input == Input::symbols) json.word("input", "symbols");
  if constexpr (Config::input == Input::tokens) {
    json.word("input", "tokens").add("token_width", Config::token_width);
  } else if constexpr (Config::input == Input::image) {
    json.list("image", Config::image).add("patch_size", Config::patch_size);
    if constexpr (Config::image_reduction != 1) json.add("image_reduction", Config::image_reduction);
  } else {
    json.add("seq_len", Config::seq_len);
    if constexpr (Config::symbol_count != 3) json.add("symbol_count", Config::symbol_count);
  }
  json.add("hidden_size", Config::hidden_size).add("num_heads", Config::num_heads).add("mlp_dim", Config::mlp_dim);
  if constexpr (!repeats_block(Config::encoder)) json.add("num_layers", Config::num_layers);
  json.add("num_classes", Config::num_classes).word("classifier", detail::pool_name(Config::classifier));
  if constexpr (Config::class_token && Config::classifier != nn::Pool::token) json.add("class_token", true);
  if constexpr (Config::registers != 0) json.add("registers", Config::registers);
  if constexpr (Config::distillation) json.add("distillation", true);
  if constexpr (Config::positions == Positions::sincos2d) json.word("positions", "sincos2d");
  if constexpr (Config::fc_norm) json.add("fc_norm", true);
  if constexpr (Config::representation_size != 0) json.add("representation_size", Config::representation_size);
  json.word("gelu", Config::gelu == ops::GeluForm::tanh ? "tanh" : "erf");
  if constexpr (Config::layer_norm_epsilon != ModelDefaults::layer_norm_epsilon) json.add("layer_norm_epsilon", Config::layer_norm_epsilon);
  if constexpr (Config::qkv_bias != ModelDefaults::qkv_bias) json.add("qkv_bias", Config::qkv_bias);
  if constexpr (Config::layer_scale != ModelDefaults::layer_scale) json.add("layer_scale", Config::layer_scale);
  if constexpr (act) {
    json.add("act_max_steps", Config::act_max_steps).add("act_epsilon", Config::act_epsilon);
    json.word("act_type", Config::act_type == act::ActType::basic ? "basic" : "accumulated");
    json.word("act_level", Config::act_level == act::ActLevel::per_example ? "per_example" : "per_token");
    json.add("share_parameters", Config::share_parameters);
    return json.str();
  }
  if constexpr (pondernet) {
    json.add("act_max_steps", Config::act_max_steps).add("lambda_p", Config::lambda_p).add("share_parameters", Config::share_parameters);
    return json.str();
  }
  json.list("add_tape_token_to_layers", Config::add_tape_token_to_layers);
  if constexpr (Config::add_tape_token_to_layers.size() > 0) {
    constexpr auto bank = Config::bank_type;
    json.word("bank_type", bank == tape::BankType::learn ? "learn" : bank == tape::BankType::given ? "given" : "input");
    if constexpr (bank == tape::BankType::learn) json.add("tape_bank_size", Config::tape_bank_size);
    if constexpr (bank == tape::BankType::given) json.add("bank_width", Config::bank_width);
    if constexpr (bank == tape::BankType::input && Config::input == Input::image) json.add("patch_bank_size", Config::patch_bank_size);
    json.add("num_tape_tokens", Config::num_tape_tokens).add("split_tt", Config::split_tt);
    json.word("query_type", detail::pool_name(Config::query_type));
    json.add("tt_mlp_dim", Config::tt_mlp_dim).add("enc_tt_mlp_dim", Config::enc_tt_mlp_dim);
    if constexpr (Config::dynamic) {
      detail::JsonObject dynamic;
      dynamic.add("threshold", Config::threshold).word("loss_type", Config::loss_type == tape::PonderLoss::entropy ? "entropy" : "max");
      dynamic.add("complex_query", Config::complex_query);
      json.add("dynamic", dynamic.str());
    } else {
      json.add("dynamic", "null");
    }
  }
  return json.str();
}

}  // namespace adatape::model
