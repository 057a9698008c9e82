#include "own_layers.hpp"

#include "../io/files.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/train/trainer.hpp"
#include "check_invariance.hpp"

using namespace adatape;
using namespace adatape::testing;
using adatape::test::contains, adatape::test::error_of, adatape::test::TemporaryDirectory;

namespace {

template <class Config>
using ParametersOf = Parameters<model::Classifier<Config>, float>;

struct Base : model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 8, num_heads = 2, split_tt = 2, mlp_dim = 16, tt_mlp_dim = 8, num_layers = 2;
  static constexpr int num_classes = 3;
};
/// A block with the tensors of the library's.
template <nn::BlockSizes size>
struct SameTensors : nn::EncoderBlock<size.D, size.heads, size.mlp_dim, size.gelu, size.tape_mlp_dim> {};
struct OtherBlock : Base {
  template <nn::BlockSizes size>
  using Block = SameTensors<size>;
  static constexpr std::string_view own_layers = "other";
};
struct ThirdBlock : OtherBlock {
  static constexpr std::string_view own_layers = "third";
};

/// A block that takes one of the three options.
struct TakesOneOption : Base {
  template <nn::BlockSizes size>
  using Block = nn::EncoderBlock<size.D, size.heads, size.mlp_dim, size.gelu, size.tape_mlp_dim, nn::BlockOptions{.qkv_bias = size.options.qkv_bias}>;
  static constexpr std::string_view own_layers = "one option";
  static constexpr double layer_norm_epsilon = 1e-3, layer_scale = 0.1;
  static constexpr bool qkv_bias = false;
};

/// Layers that say how much they compute.
struct Counted : OwnLayers<verify::VitGap> {
  template <nn::BlockSizes size>
  using Block = mine::GatedBlock<size>;
  template <int D, int classes>
  using Head = DeepHead<D, classes>;
};

template <class Config>
std::string load_error(const std::filesystem::path& path) {
  ParametersOf<Config> parameters;
  return error_of([&] { io::load_checkpoint(path, parameters); });
}

}  // namespace

TEST_CASE_TEMPLATE("layers of a user's own: inference, batches, threads and recomputation, double", Config, OwnTape, OwnActShared) {
  Invariance<Config, double>().check();
}
TEST_CASE_TEMPLATE("layers of a user's own: inference, batches, threads and recomputation, float", Config, OwnAct, OwnPonderNet) {
  Invariance<Config, float>().check();
}

TEST_CASE("layers of a user's own: their parameters are in the tree, under the names that they give") {
  std::vector<std::string> names;
  for (const auto& entry : ParametersOf<OwnTape>::layout()) names.emplace_back(entry.name());
  for (const char* name : {"Transformer/encoderblock_0/attention/norm/gain", "Transformer/encoderblock_2/ffn/expand/kernel", "Transformer/encoder_norm/gain",
                           "pooling/query", "output_projection/hidden/Dense_0/kernel", "output_projection/logits/bias"})
    CHECK_MESSAGE(std::ranges::find(names, name) != names.end(), name);
  for (const auto& entry : ParametersOf<OwnActShared>::layout()) CHECK_FALSE(contains(std::string(entry.name()), "encoder_norm"));
}

TEST_CASE("layers of a user's own: a trainer trains them, an engine runs them, a checkpoint keeps them") {
  using Model = model::Classifier<OwnTape>;
  const ModelProblem<OwnTape, float> problem(4, 5);
  train::Trainer<Model> trainer({.schedule = {.base = 1e-2}, .clip_norm = 1});
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    last = trainer.step({problem.input, problem.labels}).loss;
    if (step == 0) first = last;
  }
  CHECK(last < first / 4);
  const TemporaryDirectory directory;
  io::save_checkpoint(directory / "own", trainer.parameters(), {});
  ParametersOf<OwnTape> loaded;
  io::load_checkpoint(directory / "own", loaded);
  CHECK(same_bits<float>(loaded.flat(), trainer.parameters().flat()));
  CHECK(contains(load_error<verify::LearnTwoReads>(directory / "own"),
                 R"("model": wanted "vit", found "vit with gated block, RMSNorm, attention pooling, deep head")"));
}

TEST_CASE("layers of a user's own: a block with the library's tensors is told apart by own_layers") {
  const TemporaryDirectory directory;
  io::save_checkpoint(directory / "base", ParametersOf<Base>(), {});
  io::save_checkpoint(directory / "other", ParametersOf<OtherBlock>(), {});
  CHECK(load_error<Base>(directory / "base") == "");
  CHECK(load_error<OtherBlock>(directory / "other") == "");
  CHECK(contains(load_error<Base>(directory / "other"), R"("model": wanted "vit", found "vit with other")"));
  CHECK(contains(load_error<OtherBlock>(directory / "base"), R"("model": wanted "vit with other", found "vit")"));
  CHECK(contains(load_error<ThirdBlock>(directory / "other"), R"("model": wanted "vit with third", found "vit with other")"));
}

TEST_CASE("layers of a user's own: a block has the options that it takes, and the library's norm has its epsilon") {
  static_assert(std::is_same_v<model::Layers<TakesOneOption>::Norm, nn::LayerNorm<8, nn::Epsilon{1e-3}>>);
  static_assert(std::is_same_v<model::Layers<OwnTape>::Norm, OwnTape::Norm<16>>);
  for (const auto& entry : ParametersOf<TakesOneOption>::layout()) {
    CHECK_FALSE(contains(std::string(entry.name()), "query/bias"));
    CHECK_FALSE(contains(std::string(entry.name()), "gamma"));
  }
  CHECK(contains(model::describe<TakesOneOption>(), R"("layer_norm_epsilon": 0.001, "qkv_bias": false, "layer_scale": 0.1)"));
}

TEST_CASE("layers of a user's own: multiply-accumulates, counted by hand") {
  Arena arena;
  const auto output = ModelProblem<Counted, double>(3, 1).infer(arena);
  const double block = 4 * 9 * 24 * 24 + 2 * 9 * 9 * 24 + 9 * (24 * 96 + 48 * 24), embed = 9 * 48 * 24, pooling = 2 * 9 * 24, head = 2 * 24 * 9 + 24 * 7;
  CHECK(output.macs(0) == embed + 3 * block + pooling + head);
}
