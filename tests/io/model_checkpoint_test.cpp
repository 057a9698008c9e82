#include <doctest/doctest.h>

#include <set>

#include "adatape/core/initialise.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/model/classifier.hpp"
#include "files.hpp"

using namespace adatape;
using namespace adatape::io;
using namespace adatape::test;

namespace {

struct Base : model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 8, num_heads = 2, split_tt = 2, mlp_dim = 16, tt_mlp_dim = 8, num_layers = 2;
  static constexpr int num_classes = 3;
};
// Each has the tensors of Base, name by name and shape by shape, and computes something else.
struct Erf : Base {
  static constexpr ops::GeluForm gelu = ops::GeluForm::erf;
};
struct OtherT : Base {
  static constexpr int num_tape_tokens = 7;
};
struct OtherLoss : Base {
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
};
struct OtherQuery : Base {
  static constexpr nn::Pool query_type = nn::Pool::token, classifier = nn::Pool::token;
};
struct SimpleQuery : Base {
  static constexpr bool complex_query = false;
};
struct Fixed : Base {
  static constexpr bool dynamic = false;
};
struct OtherHeads : Base {
  static constexpr int num_heads = 4;
};
struct OtherEpsilon : Base {
  static constexpr double layer_norm_epsilon = 1e-12;
};
struct OtherTau : Base {
  static constexpr double threshold = 1.25;
};

// Each has a setting that descriptions leave out at its default.
struct NoQkvBias : Base {
  static constexpr bool qkv_bias = false;
};
struct Scaled : Base {
  static constexpr double layer_scale = 0.1;
};
struct Reduced : Base {
  static constexpr int image_reduction = 2;
};
struct WithClassToken : Base {
  static constexpr bool class_token = true;
};
struct WithRegisters : Base {
  static constexpr int registers = 2;
};
struct Distilled : Base {
  static constexpr bool distillation = true;
};
struct FixedPositions : Base {
  static constexpr model::Positions positions = model::Positions::sincos2d;
};
struct NormBehind : Base {
  static constexpr bool fc_norm = true;
};
struct Represented : Base {
  static constexpr int representation_size = 6;
};
struct ActSequence : Base {
  static constexpr model::Encoder encoder = model::Encoder::act;
  static constexpr model::Input input = model::Input::whole_sequence;
  static constexpr int seq_len = 8;
};
struct ActSymbols : ActSequence {
  static constexpr model::Input input = model::Input::symbols;
};
struct FiveSymbols : ActSequence {
  static constexpr int symbol_count = 5;
};

struct Ponder : Base {
  static constexpr model::Encoder encoder = model::Encoder::pondernet;
};
struct OtherPrior : Ponder {
  static constexpr double lambda_p = 0.3;
};
struct Act : Ponder {
  static constexpr model::Encoder encoder = model::Encoder::act;
};

template <class... Configs>
std::vector<nlohmann::json> descriptions() {
  return {nlohmann::json::parse(model::describe<Configs>())...};
}

template <class Config>
using ParametersOf = Parameters<model::Classifier<Config>, float>;

template <class Config>
std::string load_error(const std::filesystem::path& path) {
  ParametersOf<Config> parameters;
  const auto message = error_of([&] { load_checkpoint(path, parameters); });
  const std::string where = path.string() + ": metadata \"config\": not the configuration of this model: ";
  if (message.empty()) return "";
  CHECK(message.starts_with(where));
  return message.substr(std::min(where.size(), message.size()));
}

}  // namespace

TEST_CASE("model checkpoint: a model of equal shapes that computes something else is refused, key by key") {
  const TemporaryDirectory directory;
  const auto path = directory / "a";
  save_checkpoint(path, ParametersOf<Base>(), {});
  CHECK(load_error<Base>(path) == "");
  CHECK(load_error<Erf>(path) == R"("gelu": wanted "erf", found "tanh")");
  CHECK(load_error<OtherT>(path) == R"("num_tape_tokens": wanted 7, found 10)");
  CHECK(load_error<OtherLoss>(path) == R"("dynamic.loss_type": wanted "max", found "entropy")");
  CHECK(contains(load_error<OtherQuery>(path), R"("query_type": wanted "token", found "gap")"));
  CHECK(load_error<SimpleQuery>(path) == R"("dynamic.complex_query": wanted false, found true)");
  CHECK(load_error<Fixed>(path) == R"("dynamic": wanted null, found an object)");
  CHECK(load_error<OtherHeads>(path) == R"("num_heads": wanted 4, found 2)");
  CHECK(load_error<OtherTau>(path) == "");  // tau is given at every call
  CHECK(contains(SafetensorsFile::open(path).metadata("config"), "\"threshold\": 2,"));
}

TEST_CASE("model checkpoint: options that descriptions leave out are compared both ways") {
  const TemporaryDirectory directory;
  const auto path = directory / "a";
  save_checkpoint(path, ParametersOf<OtherEpsilon>(), {});
  CHECK(load_error<OtherEpsilon>(path) == "");
  CHECK(load_error<Base>(path) == R"("layer_norm_epsilon": wanted the default, found 1e-12)");
  save_checkpoint(path, ParametersOf<Base>(), {});
  CHECK(load_error<OtherEpsilon>(path) == R"("layer_norm_epsilon": wanted 1e-12, found the default)");
}

TEST_CASE("model checkpoint: kKeysLeftOut lists what descriptions leave out, and so no description passes for another one") {
  const auto pictures =
      descriptions<Base, Reduced, OtherEpsilon, NoQkvBias, Scaled, WithClassToken, WithRegisters, Distilled, FixedPositions, NormBehind, Represented>();
  const auto sequences = descriptions<ActSequence, ActSymbols, FiveSymbols>();
  std::set<std::string> left_out;
  for (const auto& models : {pictures, sequences})
    for (const auto& wanted : models)
      for (const auto& found : models) {
        CAPTURE(wanted.dump());
        CAPTURE(found.dump());
        CHECK(configuration_differences(wanted.dump(), found).empty() == (wanted == found));
        if (wanted == models.front())
          for (const auto& [key, value] : found.items())
            if (!wanted.contains(key)) left_out.insert(key);
      }
  CHECK(left_out == std::set<std::string>(kKeysLeftOut.begin(), kKeysLeftOut.end()));
}

TEST_CASE("model checkpoint: PonderNet comes back bit for bit, and no model of another prior or another encoder takes it") {
  const TemporaryDirectory directory;
  const auto path = directory / "a";
  ParametersOf<Ponder> saved, loaded;
  initialise(saved, 5);
  save_checkpoint(path, saved, {});
  load_checkpoint(path, loaded);
  CHECK(std::ranges::equal(saved.flat(), loaded.flat()));
  CHECK(load_error<OtherPrior>(path) == R"("lambda_p": wanted 0.3, found 0.2)");
  CHECK(contains(load_error<Act>(path), R"("model": wanted "act", found "pondernet")"));
  CHECK(contains(load_error<Base>(path), R"("model": wanted "vit", found "pondernet")"));
}
