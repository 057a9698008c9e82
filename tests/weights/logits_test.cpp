/// Logits of imported weights against those that PyTorch and NumPy compute.
#include <doctest/doctest.h>

#include "adatape/core/initialise.hpp"
#include "adatape/model/engine.hpp"
#include "fixtures.hpp"
#include "larger.hpp"

using namespace adatape;
using namespace adatape::test;

namespace {

/// The logits, or with `features` what enters the head, of the three images.
template <class Config, class T>
std::vector<T> outputs(const ParametersOf<Config, T>& parameters, bool features = false) {
  const auto images = expected("images");
  const std::vector<T> input(images.begin(), images.end());
  Arena arena;
  const model::Engine<model::Classifier<Config>, T, T> engine(parameters);
  const auto output = engine.run(input, arena);
  return features ? std::vector<T>(output.pooled, output.pooled + 3 * model::Classifier<Config>::features)
                  : std::vector<T>(output.logits, output.logits + 3 * Config::num_classes);
}

template <class T>
double difference(const std::vector<T>& found, const std::vector<double>& wanted) {
  REQUIRE(found.size() == wanted.size());
  double most = 0;
  for (std::size_t i = 0; i < found.size(); ++i) most = testing::larger(most, std::abs(static_cast<double>(found[i]) - wanted[i]));
  return most;
}

struct ErfScaled : Erf {
  static constexpr double layer_scale = 1e-4;
};
struct ErfWithoutQkvBias : Erf {
  static constexpr bool qkv_bias = false;
};
struct SmallEpsilon : Erf {
  static constexpr double layer_norm_epsilon = 1e-12;
};

/// A bank that the caller gives.
struct GivenBank : Erf {
  static constexpr std::array<int, 1> add_tape_token_to_layers{1};
  static constexpr tape::BankType bank_type = tape::BankType::given;
  static constexpr int tt_mlp_dim = 8, num_tape_tokens = 4;
};

}  // namespace

TEST_CASE("the families of PyTorch give PyTorch's logits") {
  for (const std::string name : {"torchvision.pth", "torchvision_first.pth", "timm.safetensors", "deit3.pth", "timm_no_bias.pth", "huggingface.safetensors"}) {
    const auto wanted = expected(name);
    CHECK_MESSAGE(difference(outputs<Erf>(Imported<Erf, double>(name).parameters), wanted) < 1e-12, name);
    CHECK_MESSAGE(difference(outputs<Erf>(Imported<Erf, float>(name).parameters), wanted) < 1e-5, name);
  }
  const auto gives = [](const auto& imported, const std::string& name) {
    using Config = typename std::remove_cvref_t<decltype(imported)>::Config;
    CHECK_MESSAGE(difference(outputs<Config>(imported.parameters), expected(name)) < 1e-12, name);
  };
  gives(Imported<Average, double>("timm_avg.safetensors"), "timm_avg.safetensors");
  gives(Imported<Distilled, double>("deit_distilled.pth", {.family = "deit"}), "deit_distilled.pth");
  gives(Imported<Distilled, double>("huggingface_distilled.safetensors"), "huggingface_distilled.safetensors");
  gives(Imported<Representation, double>("torchvision_representation.pth"), "torchvision_representation.pth");
  gives(Imported<Sincos, double>("big_vision_gap.npz"), "big_vision_gap.npz");
  gives(Imported<LearnedSincos, double>("big_vision_gap.npz"), "big_vision_gap.npz");
  // Trained with another epsilon than ours.
  const auto of_other_epsilon = difference(outputs<Erf>(Imported<Erf, double>("deit.bin").parameters), expected("deit.bin"));
  CHECK(of_other_epsilon < 1e-5);
  CHECK(of_other_epsilon > 1e-12);
  // With the family's own epsilon, gamma, and no biases.
  const Imported<SmallEpsilon, double> deit("deit.bin");
  CHECK(deit.report.warnings().empty());
  CHECK(difference(outputs<SmallEpsilon>(deit.parameters), expected("deit.bin")) < 1e-12);
  CHECK(difference(outputs<ErfScaled>(Imported<ErfScaled, double>("deit3.pth").parameters), expected("deit3.pth")) < 1e-12);
  CHECK(difference(outputs<ErfWithoutQkvBias>(Imported<ErfWithoutQkvBias, double>("timm_no_bias.pth").parameters), expected("timm_no_bias.pth")) < 1e-12);
  const Imported<Erf, double> base("huggingface_base.bin", {.fresh_head = true});
  CHECK(difference(outputs<Erf>(base.parameters, true), expected("huggingface_base.bin/features")) < 1e-12);
  const Imported<WithRegisters, double> dino("dinov2.pth", {.fresh_head = true});  // of pictures of 16 x 16: positions are resampled
  CHECK(difference(outputs<WithRegisters>(dino.parameters, true), expected("dinov2.pth/features")) < 1e-12);
}

TEST_CASE("the families of Flax give NumPy's logits") {
  for (const std::string name : {"augreg.npz", "big_vision.npz", "scenic.msgpack"})
    CHECK_MESSAGE(difference(outputs<Tanh>(Imported<Tanh, double>(name).parameters), expected(name)) < 1e-12, name);
  // The other form of GELU: not the same, and not far off.
  const auto of_other_gelu = difference(outputs<Erf>(Imported<Erf, double>("augreg.npz").parameters), expected("augreg.npz"));
  CHECK(of_other_gelu > 1e-6);
  CHECK(of_other_gelu < 1e-2);
}

TEST_CASE("AdaTape from a ViT: with nothing to read, its logits are the ViT's to the last bit; with a bank they are others") {
  ParametersOf<GivenBank, float> initial;
  initialise(initial, 7);
  const Imported<GivenBank, float> adatape("torchvision.pth", {}, initial);
  CHECK(adatape.report.tensors.taken.size() == 40);
  CHECK(adatape.report.tensors.fresh.size() == ParametersOf<GivenBank, float>::layout().size() - 40);
  const auto images = expected("images");
  const std::vector<float> input(images.begin(), images.end());
  const model::Engine<model::Classifier<GivenBank>> engine(adatape.parameters);
  using Input = model::Classifier<GivenBank>::Input<float>;
  Arena arena;
  const auto logits = [&](const std::vector<float>& bank, const std::vector<Index>& offsets) {
    const auto output = engine.run(Input{DenseSamples<float, 192>(std::span<const float>(input)), {bank, offsets}}, arena);
    return std::vector<float>(output.logits, output.logits + 15);
  };
  const auto of_vit = outputs<Erf>(Imported<Erf, float>("torchvision.pth").parameters);
  CHECK(logits({}, {0, 0, 0, 0}) == of_vit);
  CHECK(logits(std::vector<float>(24, 0.5f), {0, 1, 2, 3}) != of_vit);
}
