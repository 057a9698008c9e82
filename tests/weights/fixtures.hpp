#pragma once
/// The fixtures that make_fixtures.py writes, and the models that they are of.
#include <doctest/doctest.h>

#include <filesystem>

#include "adatape/io/safetensors_reader.hpp"
#include "adatape/model/classifier.hpp"
#include "adatape/weights/import.hpp"
#include "adatape/weights/open.hpp"

namespace adatape::test {

/// 2 x 2 patches and cls.
struct Erf : model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 3};
  static constexpr int patch_size = 4, hidden_size = 8, num_heads = 2, split_tt = 2, mlp_dim = 12, num_layers = 2, num_classes = 5;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
  static constexpr nn::Pool classifier = nn::Pool::token;
  static constexpr ops::GeluForm gelu = ops::GeluForm::erf;
};
struct Tanh : Erf {
  static constexpr ops::GeluForm gelu = ops::GeluForm::tanh;
};

struct WithRegisters : Erf {
  static constexpr int registers = 2;
};

/// timm's global_pool = 'avg' with a class token and registers; a distilled DeiT; torchvision with representation_size.
struct Average : Erf {
  static constexpr nn::Pool classifier = nn::Pool::gap_without_prefix;
  static constexpr bool class_token = true, fc_norm = true;
  static constexpr int registers = 2;
};
struct Distilled : Erf {
  static constexpr bool distillation = true;
};
struct Representation : Erf {
  static constexpr int representation_size = 6;
};
/// big_vision's vit_s16_i1k; the same with learned positions.
struct Sincos : Tanh {
  static constexpr nn::Pool classifier = nn::Pool::gap;
  static constexpr model::Positions positions = model::Positions::sincos2d;
  static constexpr int representation_size = 6;
};
struct LearnedSincos : Sincos {
  static constexpr model::Positions positions = model::Positions::learned;
};

template <class Config, class T>
using ParametersOf = Parameters<model::Classifier<Config>, T>;

inline std::filesystem::path fixture(const std::string& name) { return std::filesystem::path(ADATAPE_WEIGHTS_FIXTURES) / name; }

/// What make_fixtures.py expects, by the name of a file or of "images".
inline std::vector<double> expected(const std::string& name) {
  static const auto file = io::SafetensorsFile::open(fixture("expected.safetensors"));
  return file.read<double>(name);
}

/// The parameters of a fixture, and what the import says.
template <class Config_, class T>
struct Imported {
  using Config = Config_;
  ParametersOf<Config, T> parameters;
  weights::ImportReport report;

  explicit Imported(const std::string& name, const weights::ImportOptions& options = {}, const ParametersOf<Config, T>& initial = {}) : parameters(initial) {
    report = weights::import_weights(*weights::open_weights(fixture(name)), parameters, options);
  }
  std::vector<T> values(std::string_view name) const {
    for (const auto& entry : parameters.layout())
      if (entry.name() == name) return {parameters.values(entry).begin(), parameters.values(entry).end()};
    throw Error("no tensor " + std::string(name));
  }
};

/// CHECK of texts, compiled once: a hundred of them in one file take the compiler 15 s.
[[gnu::noinline]] inline void expect(const std::string& found, const std::string& wanted) { CHECK(found == wanted); }
[[gnu::noinline]] inline void expect_part(const std::string& found, const std::string& part) {
  CHECK_MESSAGE(found.find(part) != found.npos, found, " lacks ", part);
}

}  // namespace adatape::test
