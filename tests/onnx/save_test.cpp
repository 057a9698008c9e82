#include "adatape/onnx/save.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <set>

#include "../io/files.hpp"
#include "adatape/model/classifier.hpp"
#include "adatape/model/describe.hpp"
#include "adatape/onnx/weights.hpp"
#include "protobuf_reader.hpp"
#include "random_values.hpp"

using namespace adatape;
using namespace adatape::testing;
using test::TemporaryDirectory, test::read_file;

namespace {

struct Small : model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 12, num_heads = 2, split_tt = 3, mlp_dim = 16, num_layers = 2, num_classes = 5;
  static constexpr int num_tape_tokens = 4, tt_mlp_dim = 8;
};
struct Wide : Small {
  static constexpr int hidden_size = 48, num_heads = 4;
};
struct OfBlocks : Small {
  static constexpr int enc_tt_mlp_dim = 6;
  static constexpr double layer_norm_epsilon = 1e-12, layer_scale = 0.1;
  static constexpr bool qkv_bias = false;
};
struct Given : Small {
  static constexpr tape::BankType bank_type = tape::BankType::given;
};
struct Ponder : Small {
  static constexpr model::Encoder encoder = model::Encoder::pondernet;
};
struct Act : Small {
  static constexpr model::Encoder encoder = model::Encoder::act;
};

using Model = model::Classifier<Small>;
using WideModel = model::Classifier<Wide>;

/// Every value has one name, and is there before a node or an output of the graph asks for it.
void check_graph(std::string_view graph) {
  std::set<std::string_view> known;
  for (const auto tensor : texts_of(graph, 5)) CHECK(known.insert(text_of(tensor, 8)).second);
  for (const auto input : texts_of(graph, 11)) CHECK(known.insert(text_of(input, 1)).second);
  for (const auto node : texts_of(graph, 1)) {
    for (const auto input : texts_of(node, 1)) {
      CAPTURE(std::string(input));
      CHECK(known.contains(input));  // in the order of a topological sort
    }
    for (const auto output : texts_of(node, 2)) CHECK(known.insert(output).second);
  }
  for (const auto output : texts_of(graph, 12)) CHECK(known.contains(text_of(output, 1)));
}

std::string metadata_of(std::string_view file, std::string_view key) {
  for (const auto entry : texts_of(file, 14))
    if (text_of(entry, 1) == key) return std::string(text_of(entry, 2));
  return "none";
}

}  // namespace

TEST_CASE("onnx: a file has every weight once, its values, and names that nodes know in their order") {
  const TemporaryDirectory folder;
  const auto parameters = random_parameters<Model, float>(1);
  const auto path = folder.path() / "model.onnx";
  onnx::save(path, model::describe<Small>(), onnx::weights_of(parameters), {.reads = {.tau = 1.5}, .metadata = {{"classes", "[]"}}});
  const std::string file = read_file(path);
  CHECK(fields_of(file)[0].integer == 8);
  CHECK(fields_of(text_of(file, 8))[1].integer == 17);
  CHECK(metadata_of(file, "adatape.config") == model::describe<Small>());
  CHECK(metadata_of(file, "adatape.tau") == "1.5");
  CHECK(metadata_of(file, "classes") == "[]");
  const auto graph = text_of(file, 7);
  check_graph(graph);
  std::size_t found = 0;
  for (const auto& entry : Parameters<Model, float>::layout())
    for (const auto tensor : texts_of(graph, 5)) {
      if (text_of(tensor, 8) != entry.name()) continue;
      ++found;
      const auto values = parameters.values(entry);
      const auto bytes = text_of(tensor, 9);
      REQUIRE(bytes.size() == values.size_bytes());
      if (!entry.name().ends_with("embedding/kernel") && !entry.name().ends_with("embedding_bank/kernel"))
        CHECK(std::memcmp(bytes.data(), values.data(), bytes.size()) == 0);
    }
  CHECK(found == Parameters<Model, float>::layout().size());
  std::vector<std::string_view> outputs;
  for (const auto output : texts_of(graph, 12)) outputs.push_back(text_of(output, 1));
  CHECK(outputs == std::vector<std::string_view>{"logits", "tape_length", "tape_indices_0", "tape_weights_0"});
}

TEST_CASE("onnx: options of blocks: every weight once, and the epsilon of blocks beside that of bank_norm") {
  using OfBlocksModel = model::Classifier<OfBlocks>;
  const TemporaryDirectory folder;
  const auto path = folder.path() / "model.onnx";
  onnx::save(path, model::describe<OfBlocks>(), onnx::weights_of(random_parameters<OfBlocksModel, float>(1)));
  const std::string file = read_file(path);
  const auto graph = text_of(file, 7);
  check_graph(graph);
  std::multiset<std::string_view> names;
  for (const auto tensor : texts_of(graph, 5)) names.insert(text_of(tensor, 8));
  for (const auto& entry : Parameters<OfBlocksModel, float>::layout()) CHECK_MESSAGE(names.count(entry.name()) == 1, entry.name());
  int of_blocks = 0, of_bank = 0;
  for (const auto node : texts_of(graph, 1)) {
    if (text_of(node, 4) != "LayerNormalization") continue;
    const bool bank = texts_of(node, 1)[1].find("bank_norm") != std::string_view::npos;
    const auto attributes = texts_of(node, 5);
    const auto epsilon = std::ranges::find(attributes, "epsilon", [](auto attribute) { return text_of(attribute, 1); });
    REQUIRE(epsilon != attributes.end());
    CHECK(std::bit_cast<float>(static_cast<std::uint32_t>(fields_of(*epsilon)[1].integer)) == (bank ? 1e-6f : 1e-12f));
    (bank ? of_bank : of_blocks)++;
  }
  CHECK(of_blocks == 5);
  CHECK(of_bank == 2);
}

TEST_CASE("onnx: large models keep their values in a second file, which an older model at the same path does not lose") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "model.onnx";
  const auto save = [&](std::uint64_t seed) {
    const auto parameters = random_parameters<WideModel, float>(seed);
    onnx::save(path, model::describe<Wide>(), onnx::weights_of(parameters), {.most_bytes = 1000});
    return read_file(path);
  };
  const auto values_file = [](const std::string& file) {
    for (const auto tensor : texts_of(text_of(file, 7), 5))
      if (const auto entries = texts_of(tensor, 13); !entries.empty()) return std::string(text_of(entries[0], 2));
    return std::string("none");
  };
  const auto first = values_file(save(1)), second = values_file(save(2));
  CHECK(first != second);
  CHECK(std::filesystem::exists(folder.path() / first));
  CHECK(second.starts_with("model.onnx."));
  const auto parameters = random_parameters<WideModel, float>(2);
  const std::string values = read_file(folder.path() / second), file = read_file(path);
  const auto graph = text_of(file, 7);
  check_graph(graph);
  std::size_t outside = 0;
  for (const auto tensor : texts_of(graph, 5)) {
    const auto entries = texts_of(tensor, 13);
    if (entries.empty()) continue;
    ++outside;
    const auto offset = std::stoul(std::string(text_of(entries[1], 2))), length = std::stoul(std::string(text_of(entries[2], 2)));
    CHECK(offset % 4096 == 0);
    REQUIRE(offset + length <= values.size());
    const auto entry = std::ranges::find(Parameters<WideModel, float>::layout(), text_of(tensor, 8), &LayoutEntry::name);
    REQUIRE(entry != Parameters<WideModel, float>::layout().end());
    const auto wanted = parameters.values(*entry);
    CHECK(std::memcmp(values.data() + offset, wanted.data(), length) == 0);
  }
  CHECK(outside > 0);
}

TEST_CASE("onnx: a tiny threshold reads one token made of the whole bank") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "model.onnx";
  onnx::save(path, model::describe<Small>(), onnx::weights_of(random_parameters<Model, float>(1)), {.reads = {.tau = 1e-30}});
  const std::string file = read_file(path);
  const auto graph = text_of(file, 7);
  check_graph(graph);
  std::vector<std::int64_t> counts;
  for (const auto node : texts_of(graph, 1)) {
    if (text_of(node, 4) != "TopK") continue;
    for (const auto tensor : texts_of(graph, 5))
      if (text_of(tensor, 8) == texts_of(node, 1)[1]) std::memcpy(&counts.emplace_back(), text_of(tensor, 9).data(), sizeof(std::int64_t));
  }
  CHECK(counts == std::vector<std::int64_t>{Model::bank_size});
}

TEST_CASE("onnx: what cannot be written is refused with a sentence, and nothing is left behind") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "model.onnx";
  const auto parameters = random_parameters<Model, float>(1);
  const auto refuses = [&](const std::string& description, const onnx::SaveOptions& options, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(onnx::save(path, description, onnx::weights_of(parameters), options), (path.string() + ": " + sentence).c_str(), Error);
    CHECK(!std::filesystem::exists(path));
  };
  const auto small = model::describe<Small>();
  refuses(model::describe<Given>(), {}, "wanted a learned or an input bank, found one that the caller gives");
  refuses(model::describe<Ponder>(), {}, "wanted a model that can be written as ONNX (vit, parity or act), found \"pondernet\"");
  refuses(small, {.reads = {.tau = 4.5}}, "tau must be greater than 0 and at most 4, found 4.5");
  refuses(small, {.reads = {.tau = -1}}, "tau must be greater than 0 and at most 4, found -1");
  refuses(small, {.reads = {.max_tape_tokens = 5}}, "wanted at most 4 tape tokens, found 5");
  refuses(small, {.reads = {.max_tape_tokens = 2, .exact_tape_tokens = 2}}, "wanted max_tape_tokens or exact_tape_tokens, found both");
  for (const char* threshold : {"0", "-1", "4.5"}) {
    auto other = nlohmann::json::parse(small);
    other["dynamic"]["threshold"] = nlohmann::json::parse(threshold);
    refuses(other.dump(), {}, std::string("threshold must be greater than 0 and at most 4, found ") + threshold);
  }
  refuses("{", {}, "not valid JSON at its byte 2");
  CHECK_THROWS_WITH_AS(onnx::save(path, small,
                                  [](const std::string&) {
                                    return onnx::Weight{{1}, {1}};
                                  }),
                       doctest::Contains("embedding/kernel: wanted shape [4, 4, 1, 12], found [1] and 1 values"), Error);
  CHECK_THROWS_WITH_AS(onnx::weights_of(parameters)("head"), "ONNX: the model has no parameter head", Error);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("onnx: a weight of another shape is refused, whichever it is, also one that operators would broadcast; so are values that are not finite") {
  using OfBlocksModel = model::Classifier<OfBlocks>;
  const TemporaryDirectory folder;
  const auto parameters = random_parameters<OfBlocksModel, float>(1);
  const auto right = onnx::weights_of(parameters);
  for (const auto& entry : Parameters<OfBlocksModel, float>::layout()) {
    const auto wrong = [&](const std::vector<Index>& shape, std::size_t values) {
      const auto weights = [&](const std::string& name) { return name == entry.name() ? onnx::Weight{std::vector<float>(values, 1.0f), shape} : right(name); };
      CHECK_THROWS_WITH_AS(onnx::save(folder.path() / "model.onnx", model::describe<OfBlocks>(), weights),
                           doctest::Contains((std::string(entry.name()) + ": wanted shape [").c_str()), Error);
    };
    const std::vector<Index> shape(entry.dims.begin(), entry.dims.begin() + entry.rank);
    wrong(std::vector<Index>(shape.size(), 1), 1);
    wrong({entry.size, 1, 1}, static_cast<std::size_t>(entry.size));
    wrong(shape, static_cast<std::size_t>(entry.size) - 1);
    auto damaged = parameters;
    damaged.values(entry).back() = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH_AS(onnx::save(folder.path() / "model.onnx", model::describe<OfBlocks>(), onnx::weights_of(damaged)),
                         ("ONNX: " + std::string(entry.name()) + ": wanted finite values, found others").c_str(), Error);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("onnx: a description that no model has is refused, before it takes memory") {
  const TemporaryDirectory folder;
  const auto refuses = [&](const std::string& description, const char* key, const char* value, const std::string& sentence) {
    auto json = nlohmann::json::parse(description);
    json[key] = nlohmann::json::parse(value);
    const auto path = folder.path() / "model.onnx";
    CHECK_THROWS_WITH_AS(onnx::save(path, json.dump(),
                                    [](const std::string&) {
                                      return onnx::Weight{{1}, {1}};
                                    }),
                         (path.string() + ": " + sentence).c_str(), Error);
  };
  const auto small = model::describe<Small>(), act = model::describe<Act>();
  refuses(act, "act_max_steps", "16777216", "\"act_max_steps\": wanted an integer from 1 to 4096, found 16777216");
  refuses(act, "act_type", "\"other\"", "\"act_type\": wanted \"accumulated\" or \"basic\", found \"other\"");
  refuses(act, "act_level", "\"other\"", "\"act_level\": wanted \"per_token\" or \"per_example\", found \"other\"");
  refuses(small, "num_tape_tokens", "5000", "num_tape_tokens: wanted at most 4096 steps of a read, found 5000");
  refuses(small, "gelu", "\"relu\"", "\"gelu\": wanted \"tanh\" or \"erf\", found \"relu\"");
  refuses(small, "bank_type", "\"other\"", "\"bank_type\": wanted \"learn\" or \"input\", found \"other\"");
  refuses(small, "classifier", "\"max\"", "\"classifier\": wanted \"token\" or \"gap\" or \"gap_without_prefix\", found \"max\"");
  refuses(small, "positions", "\"rope\"", "\"positions\": wanted \"sincos2d\" or \"learned\", found \"rope\"");
  refuses(small, "class_token", "1", "\"class_token\": wanted true or false, found 1");
  refuses(small, "patch_size", "9", "patch_size: wanted 1 to 16777216 patches, found 0");
  refuses(small, "image", "[16777216, 16777216, 1]", "patch_size: wanted 1 to 16777216 patches, found 17592186044416");
  refuses(small, "patch_bank_size", "9", "patch_bank_size: wanted 1 to 16777216 patches, found 0");
  refuses(small, "num_heads", "5", "num_heads: wanted a divisor of 12, found 5");
  refuses(small, "split_tt", "24", "split_tt: wanted a divisor of 12, found 24");
  refuses(small, "add_tape_token_to_layers", "[2]", "add_tape_token_to_layers: wanted numbers below 2 that grow, found 2 as number 0");
  refuses(small, "add_tape_token_to_layers", "[1, 1]", "add_tape_token_to_layers: wanted numbers below 2 that grow, found 1 as number 1");
  CHECK(std::filesystem::is_empty(folder.path()));
}
