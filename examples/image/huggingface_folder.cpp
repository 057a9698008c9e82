#include "huggingface_folder.hpp"

#include "adatape/data/text_lines.hpp"
#include "adatape/io/json.hpp"

namespace adatape::examples {

namespace {

constexpr Index kLargestSide = 1 << 15;

/// The JSON of a file beside the weights, and how messages name it; null where there is no such file.
struct Beside {
  std::string where;
  nlohmann::json json;

  explicit Beside(const std::filesystem::path& path) : where(path.string()) {
    std::error_code none;
    if (!std::filesystem::exists(path, none)) return;
    json = io::parse_json(data::read_text(path), where, {.bytes = std::size_t{1} << 24});
    require(json.is_object(), where, ": wanted a JSON object, found ", io::found_text(json));
  }
  bool has(const std::string& key) const { return io::json_has(json, key) && !json[key].is_null(); }
  bool flag(const std::string& key, bool usual) const { return has(key) ? io::json_bool(json, key, where) : usual; }
  double number(const std::string& key, double usual, double min, double max) const { return has(key) ? io::json_number(json, key, where, min, max) : usual; }
};

/// "size" and "crop_size": one number, {"height", "width"}, or {"shortest_edge"}.
struct PictureSize {
  Index height = 0, width = 0;
  bool shorter_side = false;  ///< whether the shorter side becomes `height`, and the shape is kept
};

std::optional<PictureSize> size_of(const Beside& file, const std::string& key, bool number_is_shorter_side) {
  if (!file.has(key)) return std::nullopt;
  const auto& json = file.json[key];
  const auto side = [&](const nlohmann::json& object, const char* name) { return io::json_integer<Index>(object, name, file.where, 1, kLargestSide); };
  if (!json.is_object()) {
    const Index both = side(file.json, key.c_str());
    return PictureSize{both, both, number_is_shorter_side};
  }
  if (!json.contains("shortest_edge")) return PictureSize{side(json, "height"), side(json, "width")};
  const Index shorter = side(json, "shortest_edge");
  return PictureSize{shorter, shorter, true};
}

/// Which of the processors takes one number as that of the shorter side.
bool keeps_shape(const Beside& file) {
  for (const char* key : {"image_processor_type", "feature_extractor_type"})
    if (file.has(key)) {
      const auto& type = io::json_string(file.json, key, file.where);
      return type.starts_with("Bit") || type.starts_with("CLIP");
    }
  return false;
}

std::vector<double> three_numbers(const Beside& file, const std::string& key, double min) {
  std::vector<double> numbers;
  const auto& json = io::json_at(file.json, key, file.where);
  require(json.is_array() && json.size() == 3, file.where, ": ", io::in_quotes(key), ": wanted 3 numbers, found ", io::found_text(json));
  for (const auto& value : json) numbers.push_back(io::json_number(nlohmann::json{{key, value}}, key, file.where, min, 1e6));
  return numbers;
}

/// A mean and a deviation of bytes times `scale` are those of values in [0, 1] times 1 / (255 scale).
void read_pixels(const Beside& file, HuggingFaceFolder& out) {
  PixelStatistics pixels{{0, 0, 0}, {1, 1, 1}};
  if (file.flag("do_normalize", true)) {
    pixels = known_statistics("half", 3);
    if (file.has("image_mean")) pixels.mean = three_numbers(file, "image_mean", -1e6);
    if (file.has("image_std")) pixels.deviation = three_numbers(file, "image_std", 1e-6);
  }
  const double scale = file.flag("do_rescale", true) ? file.number("rescale_factor", 1.0 / 255, 1e-6, 1) : 1;
  if (const double factor = 255 * scale; std::abs(factor - 1) > 1e-6)
    for (std::size_t channel = 0; channel < 3; ++channel) pixels.mean[channel] /= factor, pixels.deviation[channel] /= factor;
  if (file.flag("offset", false)) out.warnings.push_back(file.where + ": \"offset\": values that are moved after rescaling are not offered");
  out.pixels = pixels;
}

/// The keys of ViTImageProcessor, DeiTImageProcessor and BitImageProcessor.
void read_fit(const Beside& file, HuggingFaceFolder& out) {
  const bool keeps = keeps_shape(file);
  const auto size = file.flag("do_resize", true) ? size_of(file, "size", keeps) : std::nullopt;
  const auto crop = file.flag("do_center_crop", false) ? size_of(file, "crop_size", false) : std::nullopt;
  if (!size) {
    out.warnings.push_back(file.where + ": it says no size that pictures become, so they are made as the family has it");
    return;
  }
  const auto whole = crop.value_or(*size);
  out.height = whole.height;
  out.width = whole.width;
  PictureFit fit{.rule = size->shorter_side ? "timm" : crop ? "stretch-crop" : "stretch"};
  if (fit.crops()) {
    fit.crop_share = static_cast<double>(whole.height) / static_cast<double>(size->height);
    require(fit.crop_share >= 0.1, file.where, ": \"crop_size\": wanted at least a tenth of \"size\", found ", whole.height, " of ", size->height);
    if (fit.crop_share > 1 || whole.height != whole.width || size->height != size->width) {
      out.warnings.push_back(file.where + ": a crop that is larger than the picture or no square is not offered, so pictures are made as the family has it");
      return;
    }
  }
  const auto resample = file.has("resample") ? io::json_integer<int>(file.json, "resample", file.where, 0, 5) : 2;
  if (resample != 2 && resample != 3) out.warnings.push_back(file.where + ": \"resample\": " + std::to_string(resample) + " is not offered, bilinear is taken");
  fit.interpolation = resample == 3 ? "bicubic" : "bilinear";
  out.fit = fit;
}

/// The names of id2label, if its keys are 0, 1, ... and a name says more than its number.
std::vector<std::string> names_of(const Beside& file) {
  if (!file.has("id2label")) return {};
  const auto& labels = io::json_at(file.json, "id2label", file.where);
  require(labels.is_object(), file.where, ": \"id2label\": wanted an object, found ", io::found_text(labels));
  std::vector<std::string> names;
  bool says_more = false;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto key = std::to_string(i);
    names.push_back(io::json_string(labels, key, file.where + ": \"id2label\""));
    data::require_class_name(names.back(), file.where + ": \"id2label\"");
    says_more = says_more || names.back() != "LABEL_" + key;
  }
  return says_more ? names : std::vector<std::string>();
}

/// The values of `key` for three channels: three numbers, or one for all.
std::vector<double> timm_numbers(const nlohmann::json& json, const char* key, const std::string& where, double min) {
  const auto& values = json[key];
  require(values.is_array() && (values.size() == 1 || values.size() == 3), where, ": ", io::in_quotes(key), ": wanted 1 or 3 numbers, found ",
          io::found_text(values));
  std::vector<double> numbers;
  for (const auto& value : values) numbers.push_back(io::json_number(nlohmann::json{{key, value}}, key, where, min, 1e6));
  const double first = numbers.front();
  numbers.resize(3, first);
  return numbers;
}

/// The keys of timm's pretrained_cfg, which timm/data/config.py and transforms_factory.py (transforms_imagenet_eval) read.
void read_timm_pictures(const nlohmann::json& json, const std::string& where, HuggingFaceFolder& out) {
  const auto has = [&](const char* key) { return io::json_has(json, key) && !json[key].is_null(); };
  out.pixels = known_statistics("imagenet", 3);
  if (has("mean")) out.pixels->mean = timm_numbers(json, "mean", where, -1e6);
  if (has("std")) out.pixels->deviation = timm_numbers(json, "std", where, 1e-6);
  if (has("input_size")) {
    const auto& size = json["input_size"];
    require(size.is_array() && size.size() == 3, where, ": \"input_size\": wanted channels, height and width, found ", io::found_text(size));
    const auto side = [&](std::size_t axis) {
      return io::json_integer<Index>(nlohmann::json{{"input_size", size[axis]}}, "input_size", where, 1, kLargestSide);
    };
    out.height = side(1);
    out.width = side(2);
  }
  PictureFit fit{.rule = "timm", .crop_share = has("crop_pct") ? io::json_number(json, "crop_pct", where, 0.1, 1) : 0.875, .interpolation = "bicubic"};
  const std::string mode = has("crop_mode") ? io::json_string(json, "crop_mode", where, {"center", "squash", "border"}) : "center";
  if (mode == "squash") fit.rule = "stretch-crop";
  if (mode == "border") out.warnings.push_back(where + ": \"crop_mode\": \"border\" is not offered, \"center\" is taken");
  const std::string interpolation = has("interpolation") ? io::json_string(json, "interpolation", where) : "bicubic";
  if (interpolation == "bilinear") fit.interpolation = interpolation;
  if (interpolation != "bilinear" && interpolation != "bicubic")
    out.warnings.push_back(where + ": \"interpolation\": " + io::in_quotes(interpolation) + " is not offered, bicubic is taken");
  if (out.height == out.width)
    out.fit = fit;
  else
    out.warnings.push_back(where + ": a crop that is no square is not offered, so pictures are made as the family has it");
}

/// "label_names", or "labels" in the older form: an array, or an object whose keys are the numbers of the classes. None of those whose numbers have gaps.
std::vector<std::string> timm_names(const nlohmann::json& json, const char* key, const std::string& where) {
  const auto& labels = json[key];
  require(labels.is_array() || labels.is_object(), where, ": ", io::in_quotes(key), ": wanted an array or an object of names, found ", io::found_text(labels));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels.is_object() && !labels.contains(std::to_string(i))) return {};
    const nlohmann::json name{{key, labels.is_array() ? labels[i] : labels[std::to_string(i)]}};
    names.push_back(io::json_string(name, key, where));
    data::require_class_name(names.back(), where + ": " + io::in_quotes(key));
  }
  return names;
}

}  // namespace

HuggingFaceFolder HuggingFaceFolder::read_timm(const std::filesystem::path& weights) {
  HuggingFaceFolder out;
  out.file = "config.json";
  const Beside file(weights.parent_path() / "config.json");
  const bool is_new = io::json_has(file.json, "pretrained_cfg") && file.json["pretrained_cfg"].is_object();
  const bool is_old = io::json_has(file.json, "architecture") && (io::json_has(file.json, "mean") || io::json_has(file.json, "input_size"));
  if (!is_new && !is_old) return out;
  const auto& pictures = is_new ? file.json["pretrained_cfg"] : file.json;
  read_timm_pictures(pictures, file.where, out);
  for (const auto& [json, key] : {std::pair(&file.json, "label_names"), {&pictures, "label_names"}, {&file.json, "labels"}})
    if (out.classes.empty() && io::json_has(*json, key) && !(*json)[key].is_null()) out.classes = timm_names(*json, key, file.where);
  return out;
}

HuggingFaceFolder HuggingFaceFolder::read(const std::filesystem::path& weights) {
  HuggingFaceFolder out;
  if (const Beside file(weights.parent_path() / "preprocessor_config.json"); !file.json.is_null()) {
    read_pixels(file, out);
    read_fit(file, out);
  }
  if (const Beside file(weights.parent_path() / "config.json"); !file.json.is_null()) out.classes = names_of(file);
  return out;
}

}  // namespace adatape::examples
