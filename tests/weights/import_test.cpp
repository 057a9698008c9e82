/// What the import takes, resamples, folds and refuses, and the way back. No model runs here.
#include "adatape/weights/import.hpp"

#include <doctest/doctest.h>

#include "../io/files.hpp"
#include "adatape/core/initialise.hpp"
#include "adatape/weights/export.hpp"
#include "fixtures.hpp"

using namespace adatape;
using namespace adatape::test;
using weights::import_weights, weights::open_weights, weights::ImportOptions, io::GridResampling;

namespace {

/// 4 x 4 patches.
struct Larger : Erf {
  static constexpr std::array<int, 3> image{16, 16, 3};
};
struct Deeper : Erf {
  static constexpr int num_layers = 3;
};
struct Wider : Erf {
  static constexpr int hidden_size = 12, num_heads = 3;
};
struct OtherClasses : Erf {
  static constexpr int num_classes = 4;
};
struct OtherHeads : Tanh {
  static constexpr int num_heads = 4;
};
struct Gap : Erf {
  static constexpr nn::Pool classifier = nn::Pool::gap;
};
struct Scaled : Erf {
  static constexpr double layer_scale = 1e-4;
};
struct NoQkvBias : Erf {
  static constexpr bool qkv_bias = false;
};
struct TanhNoQkvBias : Tanh {
  static constexpr bool qkv_bias = false;
};
struct LargerWithRegisters : Larger {
  static constexpr int registers = 2;
};
struct AdaTape : Erf {
  static constexpr std::array<int, 1> add_tape_token_to_layers{1};
  static constexpr int patch_bank_size = 2, tt_mlp_dim = 8, enc_tt_mlp_dim = 4;
};

/// Why the fixture does not go into a model of Config, without the path. The model has not changed then.
template <class Config>
std::string refusal(const std::string& name, const ImportOptions& options = {}) {
  ParametersOf<Config, float> parameters;
  initialise(parameters, 3);
  const auto before = parameters;
  const auto path = fixture(name).string() + ": ";
  auto message = error_of([&] { import_weights(*open_weights(fixture(name)), parameters, options); });
  CHECK(std::ranges::equal(parameters.flat(), before.flat()));
  return message.starts_with(path) ? message.substr(path.size()) : message;
}

/// A copy of timm.safetensors with other tensors: those that `change` leaves.
template <class Change>
std::filesystem::path changed(const TemporaryDirectory& directory, const Change& change) {
  const auto file = io::SafetensorsFile::open(fixture("timm.safetensors"));
  std::map<std::string, std::pair<std::vector<Index>, std::vector<float>>> tensors;
  for (const auto& [name, info] : file.tensors()) tensors[name] = {info.shape, file.read<float>(name)};
  change(tensors);
  std::vector<io::TensorView> views;
  for (const auto& [name, tensor] : tensors) views.push_back(io::tensor_view(name, tensor.first, std::span<const float>(tensor.second)));
  io::write_safetensors(directory / "changed", views);
  return directory / "changed";
}

}  // namespace

TEST_CASE("position embeddings of a larger grid are those of PyTorch, by the rule of the family or of the caller") {
  const std::vector<std::pair<std::string, std::optional<GridResampling>>> rules{
      {"timm", std::nullopt}, {"timm", GridResampling::antialiased_bicubic}, {"deit", GridResampling::bicubic}, {"big_vision", GridResampling::corner_aligned}};
  for (const auto& [name, rule] : rules) {
    const Imported<Larger, double> larger("timm.safetensors", {.positions = rule});
    const auto wanted = expected("timm.safetensors/positions/" + name), found = larger.values("posembed_input/pos_embedding");
    REQUIRE(found.size() == wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(std::abs(found[i] - wanted[i]) < 1e-12);
    REQUIRE(larger.report.tensors.resampled.size() == 1);
    CHECK(larger.report.lines()[0].ends_with("taken 39 of 40 tensors; \"posembed_input/pos_embedding\" resampled from 2 x 2 to 4 x 4"));
  }
  CHECK(Imported<Larger, double>("timm.safetensors", {.family = "deit"}).values("posembed_input/pos_embedding") ==
        Imported<Larger, double>("timm.safetensors", {.positions = GridResampling::bicubic}).values("posembed_input/pos_embedding"));
}

TEST_CASE("a report says family, prefix, what was folded, what is zero, and what the model computes in another way") {
  const Imported<Erf, float> deit("deit3.pth");
  CHECK(deit.report.family == "timm");
  CHECK(deit.report.prefix == "model.");
  CHECK(deit.report.folded.size() == 8);
  CHECK(deit.report.prefix_positions_are_zero);
  CHECK(deit.report.warnings().empty());
  const auto positions = deit.values("posembed_input/pos_embedding");
  CHECK(std::ranges::all_of(std::span(positions).first(8), [](float value) { return value == 0; }));
  const Imported<Erf, float> no_bias("timm_no_bias.pth");
  CHECK(no_bias.report.zero.size() == 6);
  CHECK(no_bias.report.tensors.taken.size() == 40);
  const Imported<Erf, float> flax("augreg.npz");
  REQUIRE(flax.report.warnings().size() == 1);
  CHECK(flax.report.warnings()[0] == "the model has gelu erf, the weights were trained with tanh: logits differ from those of the family");
  CHECK(Imported<Erf, float>("huggingface.safetensors")
            .report.warnings()[0]
            .starts_with("the model has layer_norm_epsilon 1e-06, the weights were trained with 1e-12"));
  const Imported<Tanh, float> scenic("scenic.msgpack");
  CHECK(scenic.report.prefix == "optimizer/target/");
  CHECK(scenic.report.outside == 1);
}

TEST_CASE("a model with LayerScale has gamma as the file has it, and nothing is folded") {
  const Imported<Scaled, float> scaled("deit3.pth");
  CHECK(scaled.report.folded.empty());
  CHECK(scaled.report.tensors.taken.size() == 44);
  const auto source = open_weights(fixture("deit3.pth"));
  for (const std::string block : {"0", "1"})
    for (const std::string number : {"1", "2"}) {
      const auto wanted = source->read("model.blocks." + block + ".gamma_" + number);
      const auto found = scaled.values("Transformer/encoderblock_" + block + "/LayerScale_" + (number == "1" ? "0" : "1") + "/gamma");
      CHECK(std::vector<double>(found.begin(), found.end()) == wanted);
    }
  expect_part(refusal<Scaled>("timm.safetensors"), "4 missing (\"blocks.0.ls1.gamma\"");
  expect_part(refusal<Scaled>("torchvision.pth"), "missing (\"Transformer/encoderblock_0/LayerScale_0/gamma\"");
}

TEST_CASE("a model without biases of query, key and value takes files without them, or with zeros, and no others") {
  const Imported<NoQkvBias, float> no_bias("timm_no_bias.pth");
  CHECK(no_bias.report.zero.empty());
  CHECK(no_bias.report.tensors.taken.size() == 34);
  expect_part(refusal<NoQkvBias>("timm.safetensors"), "2 unexpected (\"blocks.0.attn.qkv.bias\", \"blocks.1.attn.qkv.bias\")");
  expect_part(refusal<NoQkvBias>("huggingface.safetensors"), "6 unexpected (");
  expect_part(refusal<TanhNoQkvBias>("big_vision.npz"), "3 unexpected (\"params/Transformer/encoderblock/MultiHeadDotProductAttention_0/key/bias\"");
  const TemporaryDirectory directory;
  const auto with_zeros = [&](std::size_t size) {
    return changed(directory, [=](auto& tensors) {
      for (const char* name : {"blocks.0.attn.qkv.bias", "blocks.1.attn.qkv.bias"}) tensors[name] = {{static_cast<Index>(size)}, std::vector<float>(size)};
    });
  };
  ParametersOf<NoQkvBias, float> parameters;
  CHECK(import_weights(*open_weights(with_zeros(24)), parameters).tensors.unused ==
        std::vector<std::string>{"blocks.0.attn.qkv.bias", "blocks.1.attn.qkv.bias"});
  expect_part(error_of([&] { import_weights(*open_weights(with_zeros(48)), parameters); }), "2 unexpected (");
}

TEST_CASE("an AdaTape takes a ViT's weights, and its tape stays as it was") {
  ParametersOf<AdaTape, float> initial;
  initialise(initial, 5);
  const Imported<AdaTape, float> adatape("timm.safetensors", {}, initial);
  const Imported<Erf, float> vit("timm.safetensors");
  CHECK(adatape.report.tensors.taken.size() == 40);
  for (const auto& name : adatape.report.tensors.taken) CHECK_MESSAGE(adatape.values(name) == vit.values(name), name);
  for (const auto& entry : initial.layout())
    if (std::ranges::find(adatape.report.tensors.fresh, entry.name()) != adatape.report.tensors.fresh.end())
      CHECK(std::ranges::equal(adatape.parameters.values(entry), initial.values(entry)));
}

TEST_CASE("what does not fit is refused with names and shapes") {
  CHECK(refusal<Wider>("timm.safetensors").starts_with("does not fit this model: \"patch_embed.proj.weight\": wanted [12, 3, 4, 4], found [8, 3, 4, 4]; "));
  expect_part(refusal<Wider>("torchvision.pth"), "and 26 more that do not fit");
  expect_part(refusal<Deeper>("timm.safetensors"), "11 missing (\"blocks.2.norm1.weight\", ");
  expect_part(refusal<OtherHeads>("augreg.npz"), "MultiHeadDotProductAttention_1/query/kernel\": wanted [8, 4, 2], found [8, 2, 4]");
  expect(refusal<OtherClasses>("timm.safetensors"),
         "does not fit this model: \"head.weight\": wanted [4, 8], found [5, 8]; \"head.bias\": wanted [4], found [5]; all but the head fits, which can start "
         "fresh");
  expect(refusal<Erf>("huggingface_base.bin"),
         "does not fit this model: 2 missing (\"classifier.weight\", \"classifier.bias\"); all but the head fits, which can start fresh");
  expect_part(refusal<Gap>("timm.safetensors"), "1 unexpected (\"cls_token\")");
  expect_part(refusal<Erf>("expected.safetensors"),
              "wanted weights with the names of one of timm, deit, torchvision, huggingface, flax, found 21 tensors such as ");
  expect_part(refusal<Erf>("timm.safetensors", {.family = "flax"}), "wanted weights with the names of flax, found 32 tensors such as \"blocks.0");
  expect_part(refusal<Erf>("timm.safetensors", {.family = "jax"}), "wanted one of the families timm, deit, torchvision, huggingface, flax, found \"jax\"");
  expect_part(refusal<Erf>("timm.safetensors", {.prefix = "model."}), "wanted weights with the names of one of timm");
  expect_part(refusal<Erf>("timm.safetensors", {.family = "timm", .prefix = "x."}), "missing (\"x.patch_embed.proj.weight\"");
}

TEST_CASE("a fresh head stays as it was") {
  ParametersOf<OtherClasses, float> initial;
  for (float& value : initial.flat()) value = 9;
  const Imported<OtherClasses, float> imported("timm.safetensors", {.fresh_head = true}, initial);
  CHECK(imported.report.tensors.fresh == std::vector<std::string>{"output_projection/kernel", "output_projection/bias"});
  CHECK(imported.report.tensors.unused == std::vector<std::string>{"head.weight", "head.bias"});
  CHECK(imported.values("output_projection/bias") == std::vector<float>(4, 9));
}

TEST_CASE("tensors without a place are refused, unless they are known to be of no use or the caller says so") {
  const TemporaryDirectory directory;
  ParametersOf<Erf, float> parameters;
  const auto error = [&](const ImportOptions& options, const auto& change) {
    const auto path = changed(directory, change);
    return error_of([&] { import_weights(*open_weights(path), parameters, options); });
  };
  const auto add = [](const std::string& name) { return [=](auto& tensors) { tensors[name] = {{2}, {1, 2}}; }; };
  CHECK(
      contains(error({}, add("fc_norm.weight")), "1 unexpected (\"fc_norm.weight\"); \"fc_norm\" is a norm behind the pooling, which the model does not have"));
  expect_part(error({}, add("dist_token")), "\"dist_token\" is a distillation token");
  expect(error({}, add("mask_token")), "");
  expect_part(error({}, add("blocks.2.norm1.weight")), "1 unexpected (\"blocks.2.norm1.weight\")");
  expect(error({.unused = {"blocks.2."}}, add("blocks.2.norm1.weight")), "");
  expect_part(error({}, [](auto& tensors) { tensors["norm.bias"].second[3] = std::numeric_limits<float>::infinity(); }),
              "encoder_norm/bias\": element [3] is not finite");
  expect_part(error({}, [](auto& tensors) { tensors["pos_embed"] = {{1, 8, 8}, std::vector<float>(64)}; }), "\"pos_embed\": wanted [1, 5, 8], found [1, 8, 8]");
  // Weights under two prefixes.
  const auto doubled = [](const char* other) {
    return [=](auto& tensors) {
      const auto copy = tensors;
      tensors.clear();
      for (const auto& [name, tensor] : copy) tensors["state_dict." + name] = tensors[other + name] = tensor;
    };
  };
  expect_part(error({}, doubled("state_dict_ema.")), "weights under 2 prefixes, such as \"state_dict.\" and \"state_dict_ema.\"; wanted the prefix of one");
  expect(error({.prefix = "state_dict_ema."}, doubled("state_dict_ema.")), "");
  expect(error({}, doubled("moments.1.")), "");
}

TEST_CASE("prefix tokens, fixed positions and what stands behind the pooling: what fits is taken, the rest is refused in one line") {
  expect_part(refusal<Erf>("deit_distilled.pth"), "\"dist_token\" is a distillation token, which the model does not have");
  expect_part(refusal<Erf>("huggingface_distilled.safetensors"), "\"distillation_token\" is a distillation token");
  expect_part(refusal<Erf>("timm_avg.safetensors"), "\"fc_norm\" is a norm behind the pooling");
  expect_part(refusal<Erf>("torchvision_representation.pth"), "\"pre_logits\" is a layer before the head");
  expect_part(refusal<Average>("timm.safetensors"), "3 missing (\"reg_token\", \"fc_norm.weight\", \"fc_norm.bias\")");
  expect_part(refusal<Distilled>("timm.safetensors"), "missing (\"dist_token\", ");
  expect_part(refusal<Sincos>("big_vision.npz"), "unexpected (\"params/cls\", \"params/pos_embedding\")");
  const Imported<LearnedSincos, float> computed("big_vision_gap.npz");
  CHECK(computed.report.positions_are_computed);
  expect(computed.report.lines().back(), "the file has no position embeddings, so they are the fixed ones of big_vision (sincos2d)");
  CHECK(!Imported<Sincos, float>("big_vision_gap.npz").report.positions_are_computed);
  // The second head is one of the head.
  ParametersOf<Distilled, float> initial;
  for (float& value : initial.flat()) value = 9;
  const Imported<Distilled, float> fresh("deit_distilled.pth", {.fresh_head = true}, initial);
  CHECK(fresh.report.tensors.fresh.size() == 4);
  CHECK(fresh.values("head_dist/bias") == std::vector<float>(5, 9));
  // Positions of the patches alone, as with no_embed_class.
  const TemporaryDirectory directory;
  const auto path = changed(directory, [](auto& tensors) {
    tensors["reg_token"] = {{1, 2, 8}, std::vector<float>(16, 1.0f)};
    tensors["pos_embed"] = {{1, 4, 8}, std::vector<float>(32, 2.0f)};
  });
  ParametersOf<WithRegisters, float> registers;
  CHECK(import_weights(*open_weights(path), registers).prefix_positions_are_zero);
  const auto positions = std::ranges::find(registers.layout(), "posembed_input/pos_embedding", &LayoutEntry::name);
  std::vector<float> wanted(7 * 8, 2.0f);
  std::fill_n(wanted.begin(), 3 * 8, 0.0f);
  CHECK(std::ranges::equal(registers.values(*positions), wanted));
}

TEST_CASE("DINOv2 with registers: the class token and the patches have their positions, registers have none") {
  const Imported<LargerWithRegisters, float> dino("dinov2.pth", {.fresh_head = true});
  CHECK(dino.report.register_positions_are_zero);
  CHECK(!dino.report.prefix_positions_are_zero);
  CHECK(dino.report.tensors.resampled.empty());
  CHECK(dino.report.tensors.unused == std::vector<std::string>{"mask_token"});
  expect(dino.report.lines().back(), "the file has no position embeddings of registers, so they are zero");
  const auto source = open_weights(fixture("dinov2.pth"));
  const auto stored = source->read("pos_embed");
  std::vector<double> wanted(3 * 8);
  std::ranges::copy(std::span(stored).first(8), wanted.begin());
  wanted.insert(wanted.end(), stored.begin() + 8, stored.end());
  const auto found = dino.values("posembed_input/pos_embedding");
  CHECK(std::vector<double>(found.begin(), found.end()) == wanted);
  const auto registers = dino.values("registers");
  CHECK(std::vector<double>(registers.begin(), registers.end()) == source->read("register_tokens"));
  CHECK(Imported<WithRegisters, float>("dinov2.pth", {.fresh_head = true}).report.lines()[0].find("resampled from 4 x 4 to 2 x 2") != std::string::npos);
  expect_part(refusal<Larger>("dinov2.pth", {.fresh_head = true}), "\"register_tokens\" is register tokens, which the model does not have");
  expect_part(refusal<WithRegisters>("dinov2.pth"), "all but the head fits, which can start fresh");
  // The names of Hugging Face are none that are known.
  const TemporaryDirectory elsewhere;
  const auto other = changed(elsewhere, [](auto& tensors) {
    tensors.clear();
    tensors["dinov2.embeddings.patch_embeddings.projection.weight"] = {{8, 3, 4, 4}, std::vector<float>(384)};
    tensors["dinov2.embeddings.register_tokens"] = {{1, 2, 8}, std::vector<float>(16)};
  });
  ParametersOf<WithRegisters, float> untouched;
  const auto message = error_of([&] { import_weights(*open_weights(other), untouched); });
  expect_part(message, "does not fit this model: 34 missing (\"dinov2.");
  CHECK(message.find('\n') == message.npos);
  // Only a file with Meta's name of the registers has positions without theirs.
  const TemporaryDirectory directory;
  const auto path = changed(directory, [](auto& tensors) { tensors["reg_token"] = {{1, 2, 8}, std::vector<float>(16, 1.0f)}; });
  ParametersOf<WithRegisters, float> parameters;
  expect_part(error_of([&] { import_weights(*open_weights(path), parameters); }), "\"pos_embed\": wanted [1, 7, 8], found [1, 5, 8]");
}

TEST_CASE("position embeddings whose sizes no tensor in memory has are refused, and not computed with") {
  const TemporaryDirectory directory;
  const auto refused = [&](const std::string& shape) {
    std::string json = "{\"pos_embed\":{\"dtype\":\"F4\",\"shape\":" + shape +
                       ",\"data_offsets\":[0,0]},\"patch_embed.proj.weight\":" + "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(json.size());
    write_file(directory / "file", bytes + json);
    ParametersOf<Erf, float> parameters;
    return error_of([&] { import_weights(*open_weights(directory / "file"), parameters); });
  };
  expect_part(refused("[1,9223372036854775807,8]"), "\"pos_embed\": wanted [1, 5, 8], found [1, 9223372036854775807, 8]");
  expect_part(refused("[1,17,8]"), "\"pos_embed\": wanted [1, 5, 8], found [1, 17, 8]");
}

namespace {

/// Exports and imports, and compares names and shapes with a file of the family.
template <class Config>
void check_way_back(const weights::Family& family, const std::string& of_family) {
  const TemporaryDirectory directory;
  ParametersOf<Config, float> parameters, back;
  initialise(parameters, 11);
  for (float& value : parameters.flat()) value += 0.001f;
  weights::export_weights(directory / "file", family, parameters);
  const auto source = open_weights(directory / "file"), own = open_weights(fixture(of_family));
  import_weights(*source, back, {.family = std::string(family.name)});
  for (const auto& entry : back.layout()) CHECK_MESSAGE(std::ranges::equal(back.values(entry), parameters.values(entry)), of_family, " ", entry.name());
  CHECK_MESSAGE(source->tensors().size() == own->tensors().size(), of_family);
  for (const auto& item : source->tensors()) {
    const auto name = own->contains(item.first) ? item.first : (family.name == "deit" ? "model." : "params/") + item.first;
    REQUIRE_MESSAGE(own->contains(name), name);
    CHECK_MESSAGE(own->info(name).shape == item.second.shape, name);
  }
}

}  // namespace

TEST_CASE("prefix tokens and what stands behind the pooling come back bit by bit, with the names of the family") {
  check_way_back<Average>(weights::kTimm, "timm_avg.safetensors");
  check_way_back<Distilled>(weights::kDeit, "deit_distilled.pth");
  check_way_back<Distilled>(weights::kHuggingFace, "huggingface_distilled.safetensors");
  check_way_back<Representation>(weights::kTorchvision, "torchvision_representation.pth");
  check_way_back<Sincos>(weights::kFlax, "big_vision_gap.npz");
  CHECK(contains(error_of([] { weights::export_weights("none", weights::kFlax, ParametersOf<Average, float>()); }), "flax has no place for it"));
}

TEST_CASE("what is exported comes back bit by bit") {
  const TemporaryDirectory directory;
  for (const auto* family : weights::kFamilies) {
    ParametersOf<Erf, float> parameters, back;
    initialise(parameters, 11);
    for (float& value : parameters.flat()) value += 0.001f;
    weights::export_weights(directory / "file", *family, parameters);
    const auto source = open_weights(directory / "file");
    const auto report = import_weights(*source, back, {.family = std::string(family->name)});
    CHECK(report.tensors.taken.size() == 40);
    for (const auto& entry : back.layout()) CHECK_MESSAGE(std::ranges::equal(back.values(entry), parameters.values(entry)), family->name, " ", entry.name());
    // The same names and shapes as the family itself has.
    const std::map<std::string_view, std::string> fixtures{
        {"timm", "timm.safetensors"}, {"torchvision", "torchvision.pth"}, {"huggingface", "huggingface.safetensors"}};
    const auto of_family = fixtures.find(family->name);
    if (of_family == fixtures.end()) continue;
    const auto own = open_weights(fixture(of_family->second));
    REQUIRE(source->tensors().size() == own->tensors().size());
    for (const auto& item : own->tensors()) CHECK_MESSAGE(source->info(item.first).shape == item.second.shape, item.first);
  }
  CHECK(contains(error_of([&] { weights::export_weights(directory / "none", weights::kTimm, ParametersOf<AdaTape, float>()); }),
                 "none: cannot write \"embedding_bank/kernel\": timm has no place for it"));
  CHECK(!std::filesystem::exists(directory / "none"));
}

TEST_CASE("LayerScale goes out under timm's names, and biases that a family must have go out as zeros") {
  const TemporaryDirectory directory;
  ParametersOf<Scaled, float> scaled, scaled_back;
  initialise(scaled, 12);
  weights::export_weights(directory / "scaled", weights::kTimm, scaled);
  CHECK(open_weights(directory / "scaled")->read("blocks.1.ls2.gamma") == std::vector<double>(8, static_cast<double>(1e-4f)));
  import_weights(*open_weights(directory / "scaled"), scaled_back);
  CHECK(std::ranges::equal(scaled.flat(), scaled_back.flat()));
  CHECK(contains(error_of([&] { weights::export_weights(directory / "none", weights::kTorchvision, scaled); }),
                 "LayerScale_0/gamma\": torchvision has no place for it"));
  for (const auto* family : weights::kFamilies) {
    ParametersOf<NoQkvBias, float> parameters, back;
    initialise(parameters, 13);
    weights::export_weights(directory / "file", *family, parameters);
    const auto source = open_weights(directory / "file");
    import_weights(*source, back, {.family = std::string(family->name)});
    CHECK_MESSAGE(std::ranges::equal(parameters.flat(), back.flat()), family->name);
    CHECK(source->contains("encoder.layers.encoder_layer_1.self_attention.in_proj_bias") == (family == &weights::kTorchvision));
    CHECK(source->contains("Transformer/encoderblock_1/MultiHeadDotProductAttention_0/key/bias") == (family == &weights::kFlax));
    ParametersOf<Erf, float> with_biases;
    import_weights(*source, with_biases, {.family = std::string(family->name)});
  }
}

TEST_CASE("an exported file holds PyTorch's values at PyTorch's places") {
  const TemporaryDirectory directory;
  weights::export_weights(directory / "file", weights::kTimm, Imported<Erf, float>("timm.safetensors").parameters);
  const auto ours = open_weights(directory / "file"), theirs = open_weights(fixture("timm.safetensors"));
  for (const auto& item : theirs->tensors()) CHECK_MESSAGE(ours->read(item.first) == theirs->read(item.first), item.first);
  CHECK(io::SafetensorsFile::open(directory / "file").metadata("format") == "pt");
}
