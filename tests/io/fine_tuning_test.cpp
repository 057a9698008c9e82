#include "adatape/io/fine_tuning.hpp"

#include <doctest/doctest.h>

#include "adatape/model/classifier.hpp"
#include "files.hpp"

using namespace adatape;
using namespace adatape::io;
using namespace adatape::test;

namespace {

/// 2 x 2 patches behind cls, and a bank of 4 x 4.
struct Base : model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 8, num_heads = 2, split_tt = 2, mlp_dim = 16, tt_mlp_dim = 8, num_layers = 2;
  static constexpr int enc_tt_mlp_dim = 4, num_classes = 3;
  static constexpr nn::Pool classifier = nn::Pool::token;
};
struct OtherClasses : Base {
  static constexpr int num_classes = 5;
};
/// 3 x 4 patches and a bank of 6 x 8.
struct OtherSize : Base {
  static constexpr std::array<int, 3> image{12, 16, 1};
};
/// 1 x 4 patches, as many as Base has, and a bank of 2 x 8.
struct OtherForm : Base {
  static constexpr std::array<int, 3> image{4, 16, 1};
};
struct Plain : Base {
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};
struct Gap : Base {
  static constexpr nn::Pool classifier = nn::Pool::gap;
};
struct Deeper : Base {
  static constexpr int num_layers = 3;
};
struct Colour : Base {
  static constexpr std::array<int, 3> image{8, 8, 3};
};
struct Erf : Base {
  static constexpr ops::GeluForm gelu = ops::GeluForm::erf;
};
struct Symbols : Plain {
  static constexpr model::Input input = model::Input::symbols;
  static constexpr int seq_len = 4;
};
struct LongerSymbols : Symbols {
  static constexpr int seq_len = 9;
};

struct Registers : Plain {
  static constexpr int registers = 2;
};
struct Distilled : Plain {
  static constexpr bool distillation = true;
};
struct DistilledOtherClasses : Distilled {
  static constexpr int num_classes = 5;
};

template <class Config, class T>
using ParametersOf = Parameters<model::Classifier<Config>, T>;

/// Every tensor has values of its own: eighths from `first` on.
template <class Config, class T>
ParametersOf<Config, T> numbered(T first) {
  ParametersOf<Config, T> parameters;
  for (const auto& entry : parameters.layout())
    for (auto& value : parameters.values(entry)) value = first += T(0.125);
  return parameters;
}

template <class P>
std::vector<typename P::Scalar> values(const P& parameters, std::string_view name) {
  for (const auto& entry : P::layout())
    if (entry.name() == name) {
      const auto span = parameters.values(entry);
      return {span.begin(), span.end()};
    }
  FAIL("no tensor " << name);
  return {};
}

template <class T>
std::vector<T> resampled(std::span<const T> values, GridSize from, GridSize to, GridResampling rule) {
  std::vector<T> out(static_cast<std::size_t>(to.count() * 8));
  resample_positions(values, from, to, std::span(out), rule);
  return out;
}

/// A file of Config, and a model To that starts from it.
template <class Config, class To, class T>
struct Start {
  TemporaryDirectory directory;
  ParametersOf<Config, T> stored = numbered<Config, T>(1);
  ParametersOf<To, T> initial = numbered<To, T>(-1000), model = initial;
  FineTuningReport report;

  void save(const Metadata& metadata = {}) { save_checkpoint(directory / "a", stored, metadata); }
  void load(const FineTuningOptions& options = {}) { report = load_for_fine_tuning(SafetensorsFile::open(directory / "a"), model, options); }
  /// Also checks that nothing has changed, and that the message names the file.
  std::string error(const FineTuningOptions& options = {}) {
    const auto message = error_of([&] { load(options); });
    CHECK(std::ranges::equal(model.flat(), initial.flat()));
    const auto where = (directory / "a").string() + ": ";
    return message.starts_with(where) ? message.substr(where.size()) : message;
  }
  /// Checks that the tensors of the report are those of the file or of the initial model, bit by bit.
  void check_taken() {
    for (const auto& name : report.taken) CHECK_MESSAGE(values(model, name) == values(stored, name), name);
    for (const auto& name : report.fresh) CHECK_MESSAGE(values(model, name) == values(initial, name), name);
    CHECK(report.taken.size() + report.fresh.size() + report.resampled.size() == ParametersOf<To, T>::layout().size());
  }
};

const std::vector<std::string> kHead{"output_projection/kernel", "output_projection/bias"};
constexpr const char* kOwn = "posembed_input/pos_embedding";
constexpr const char* kBank = "posembed_input_bank/pos_embedding";

}  // namespace

TEST_CASE("fine-tuning: positions of prefix tokens go by their kind, and both heads are of the head") {
  const auto rows = [](const std::vector<float>& positions, std::size_t from, std::size_t to) {
    return std::vector<float>(positions.begin() + static_cast<std::ptrdiff_t>(from * 8), positions.begin() + static_cast<std::ptrdiff_t>(to * 8));
  };
  {
    Start<Plain, Registers, float> start;  // the file has no registers
    start.save();
    CHECK(contains(start.error(), "missing (\"registers\")"));
    start.load({.fresh = {"registers"}});
    start.check_taken();
    const auto found = values(start.model, kOwn), stored = values(start.stored, kOwn), initial = values(start.initial, kOwn);
    CHECK(rows(found, 0, 1) == rows(stored, 0, 1));
    CHECK(rows(found, 1, 3) == rows(initial, 1, 3));
    CHECK(rows(found, 3, 7) == rows(stored, 1, 5));
  }
  {
    Start<Registers, Plain, float> start;  // the model has none
    start.save();
    start.load({.unused = {"registers"}});
    const auto found = values(start.model, kOwn), stored = values(start.stored, kOwn);
    CHECK(rows(found, 0, 1) == rows(stored, 0, 1));
    CHECK(rows(found, 1, 5) == rows(stored, 3, 7));
  }
  Start<Distilled, DistilledOtherClasses, float> start;
  start.save();
  start.load();
  start.check_taken();
  CHECK(start.report.fresh == std::vector<std::string>{kHead[0], kHead[1], "head_dist/kernel", "head_dist/bias"});
}

TEST_CASE("fine-tuning: prefix tokens without data, whose numbers overflow, are none") {
  Start<Registers, Registers, float> start;
  auto views = tensor_views(start.stored);
  constexpr Index most = std::numeric_limits<Index>::max();
  for (auto& view : views)
    if (view.name == kOwn) view.shape = {1, 4, 8};  // as many as patches: the numbers below and 2 registers add up to 2^64
  std::erase_if(views, [](const TensorView& view) { return view.name == "cls"; });
  for (const char* name : {"cls", "dist"}) views.push_back({name, DType::F32, {0, most, 8}, nullptr});
  write_safetensors(start.directory / "a", std::move(views), {{"config", model::Classifier<Registers>::description()}});
  CHECK(contains(start.error({.fresh = {"cls"}, .unused = {"dist"}}), "wanted the 2 x 2 positions of its \"config\", found 2"));
}

TEST_CASE_TEMPLATE("fine-tuning: the same model is taken bit by bit, its head if its classes are the same", T, float, double) {
  Start<Base, Base, T> start;
  start.save();
  start.load();
  CHECK(std::ranges::equal(start.model.flat(), start.stored.flat()));
  CHECK(start.report.fresh.empty());
  CHECK(start.report.summary() == "taken 55 of 55 tensors");

  start.model = start.initial;
  start.load({.fresh_head = true});
  CHECK(start.report.fresh == kHead);
  CHECK(start.report.summary() == R"(taken 53 of 55 tensors; 2 fresh ("output_projection/kernel", "output_projection/bias"))");
  start.check_taken();

  start.model = start.initial;
  start.load({.fresh = {"encoder_norm", "cls"}});
  CHECK(start.report.fresh == std::vector<std::string>{"cls", "Transformer/encoder_norm/scale", "Transformer/encoder_norm/bias"});
  start.check_taken();
}

TEST_CASE_TEMPLATE("fine-tuning: another number of classes gets a fresh head", T, float, double) {
  Start<Base, OtherClasses, T> start;
  start.save();
  start.load();
  CHECK(start.report.fresh == kHead);
  CHECK(start.report.taken.size() == 53);
  CHECK(start.report.configuration.empty());
  start.check_taken();

  // A file without a head, and one with another kind of head.
  for (const bool other : {false, true}) {
    auto views = tensor_views(start.stored);
    std::erase_if(views, [&](const auto& view) { return view.name == kHead[0] || (!other && view.name == kHead[1]); });
    write_safetensors(start.directory / "a", views);
    start.model = start.initial;
    start.load();
    CHECK(start.report.fresh == kHead);
    start.check_taken();
  }
  Start<Base, Base, T> same;
  auto views = tensor_views(same.stored);
  views.push_back(tensor_view("output_projection/norm/scale", {3}, std::span<const T>(same.stored->end.head.bias.values)));
  write_safetensors(same.directory / "a", views);
  same.load();
  CHECK(same.report.fresh == kHead);
  CHECK(same.report.unused == std::vector<std::string>{"output_projection/norm/scale"});
  CHECK(contains(same.report.summary(), R"(; 1 unused ("output_projection/norm/scale"))"));
  same.check_taken();
}

TEST_CASE_TEMPLATE("fine-tuning: positions are resampled to another size of pictures", T, float, double) {
  Start<Base, OtherSize, T> start;
  start.save();
  for (const auto rule : {GridResampling::antialiased_bicubic, GridResampling::bicubic, GridResampling::corner_aligned}) {
    start.model = start.initial;
    start.load({.positions = rule});
    start.check_taken();
    CHECK(start.report.summary() == R"(taken 53 of 55 tensors; "posembed_input/pos_embedding" resampled from 2 x 2 to 3 x 4; )"
                                    R"("posembed_input_bank/pos_embedding" resampled from 4 x 4 to 6 x 8)");
    const auto own = values(start.stored, kOwn), found = values(start.model, kOwn), bank = values(start.stored, kBank);
    CHECK(std::equal(own.begin(), own.begin() + 8, found.begin()));  // cls
    CHECK(std::vector(found.begin() + 8, found.end()) == resampled(std::span(own).subspan(8), {2, 2}, {3, 4}, rule));
    CHECK(values(start.model, kBank) == resampled(std::span(bank), {4, 4}, {6, 8}, rule));
  }
  start.model = start.initial;
  start.load({.fresh = {"pos_embedding"}});
  CHECK(start.report.fresh == std::vector<std::string>{kOwn, kBank});
  start.check_taken();
}

TEST_CASE_TEMPLATE("fine-tuning: a grid of another form is resampled where the numbers of positions agree", T, float, double) {
  Start<Base, OtherForm, T> start;
  start.save();
  start.load();
  REQUIRE(start.report.resampled.size() == 2);
  CHECK(start.report.resampled[0].to == GridSize{1, 4});
  CHECK(start.report.resampled[1].from == GridSize{4, 4});
  CHECK(start.report.resampled[1].to == GridSize{2, 8});
  start.check_taken();
  // A file without "config" says nothing about its grid.
  write_safetensors(start.directory / "a", tensor_views(start.stored));
  start.model = start.initial;
  start.load();
  CHECK(start.report.resampled.empty());
  start.check_taken();
}

TEST_CASE_TEMPLATE("fine-tuning: without a configuration the file's grid is a square", T, float, double) {
  Start<Base, OtherSize, T> start;
  write_safetensors(start.directory / "a", tensor_views(start.stored));
  start.load();
  CHECK(start.report.resampled.size() == 2);
  CHECK(start.report.resampled[0].from == GridSize{2, 2});
  CHECK(start.report.configuration.empty());
  start.check_taken();

  Start<OtherSize, Base, T> back;
  write_safetensors(back.directory / "a", tensor_views(back.stored));
  CHECK(back.error() == R"(tensor "posembed_input/pos_embedding": without a "config", wanted the positions of a square, found 12)");
  back.save();
  back.load();
  CHECK(back.report.resampled[1].from == GridSize{6, 8});
  back.check_taken();
}

TEST_CASE_TEMPLATE("fine-tuning: AdaTape from a plain ViT, and the other way round", T, float, double) {
  Start<Plain, Base, T> start;
  start.save();
  start.load();
  CHECK(start.report.taken == [] {
    std::vector<std::string> names;
    for (const auto& entry : ParametersOf<Plain, T>::layout()) names.emplace_back(entry.name());
    return names;
  }());
  CHECK(start.report.fresh.size() == 55 - start.report.taken.size());
  CHECK(start.report.unused.empty());
  CHECK(contains(start.report.summary(), R"(; 15 fresh ("embedding_bank/kernel", "embedding_bank/bias", "posembed_input_bank/pos_embedding", ...); )"
                                         R"(configuration: "add_tape_token_to_layers": wanted [1], found [])"));
  start.check_taken();

  Start<Base, Plain, T> back;
  back.save();
  CHECK(contains(back.error(), R"(does not fit this model: 15 unexpected ("Transformer/AddTapeToken_0/)"));
  back.load({.unused = {"AddTapeToken_", "_bank/", "tape_mlp"}});
  CHECK(back.report.unused.size() == 15);
  back.check_taken();
}

TEST_CASE_TEMPLATE("fine-tuning: with and without cls", T, float, double) {
  Start<Base, Gap, T> without;
  without.save();
  CHECK(without.error() == R"(does not fit this model: 1 unexpected ("cls"))");
  without.load({.unused = {"cls"}});
  const auto own = values(without.stored, kOwn);
  CHECK(values(without.model, kOwn) == std::vector(own.begin() + 8, own.end()));
  CHECK(contains(without.report.summary(), R"(resampled from 2 x 2 to 2 x 2; 1 unused ("cls"); configuration: "classifier": wanted "gap", found "token")"));
  without.check_taken();

  Start<Gap, Base, T> with;
  with.save();
  CHECK(with.error() == R"(does not fit this model: 1 missing ("cls"))");
  with.load({.fresh = {"cls"}});
  const auto initial = values(with.initial, kOwn), grid = values(with.stored, kOwn), found = values(with.model, kOwn);
  CHECK(std::equal(initial.begin(), initial.begin() + 8, found.begin()));
  CHECK(std::equal(grid.begin(), grid.end(), found.begin() + 8));
  with.check_taken();
}

TEST_CASE_TEMPLATE("fine-tuning: what does not fit is an error that names it", T, float, double) {
  Start<Colour, Base, T> colour;
  colour.save();
  CHECK(colour.error() == R"(does not fit this model: "embedding/kernel": wanted [4, 4, 1, 8], found [4, 4, 3, 8]; )"
                          R"("embedding_bank/kernel": wanted [2, 2, 1, 8], found [2, 2, 3, 8])");
  colour.load({.fresh = {"embedding/kernel", "embedding_bank/kernel"}});
  CHECK(colour.report.fresh.size() == 2);
  colour.check_taken();

  Start<Base, Deeper, T> deeper;
  deeper.save();
  CHECK(contains(deeper.error(), R"(does not fit this model: 16 missing ("Transformer/encoderblock_2/LayerNorm_0/scale")"));
  Start<Deeper, Base, T> shallower;
  shallower.save();
  CHECK(contains(shallower.error(), R"(20 unexpected ("Transformer/encoderblock_2/)"));
  shallower.load({.unused = {"encoderblock_2"}});
  CHECK(shallower.report.configuration.size() == 1);
  shallower.check_taken();

  Start<Base, Erf, T> erf;
  erf.save();
  erf.load();
  CHECK(erf.report.summary() == R"(taken 55 of 55 tensors; configuration: "gelu": wanted "erf", found "tanh")");

  // Positions of sequences have no grid.
  Start<Symbols, LongerSymbols, T> symbols;
  symbols.save();
  CHECK(symbols.error() == R"(does not fit this model: "posembed_input/pos_embedding": wanted [1, 10, 8], found [1, 5, 8])");

  Start<Base, Base, T> same;
  same.save();
  CHECK(same.error({.fresh = {"blok"}}) == R"(load_for_fine_tuning: fresh: wanted a part of the name of a tensor of the model, found "blok")");
  CHECK(contains(same.error({.fresh = {""}}), R"(found "")"));
  const std::array<std::int64_t, 40> integers{};
  auto views = tensor_views(same.stored);
  for (auto& view : views)
    if (view.name == kOwn) view = {kOwn, DType::I64, {1, 5, 8}, integers.data()};
  write_safetensors(same.directory / "a", views);
  CHECK(contains(same.error(), R"("posembed_input/pos_embedding": wanted a floating-point type, found "I64")"));
  write_safetensors(same.directory / "a", {tensor_view("other", {1}, std::span<const T>(same.stored->end.head.bias.values).first(1))});
  CHECK(contains(same.error(), "no tensor fits this model"));
}

TEST_CASE("fine-tuning: a configuration that contradicts the positions, and values that are not finite") {
  Start<Base, OtherSize, float> start;
  const auto written = [&](const std::string& config) {
    write_safetensors(start.directory / "a", tensor_views(start.stored), {{"config", config}});
    return start.error();
  };
  const std::string tensor = R"(tensor "posembed_input/pos_embedding": )";
  CHECK(written(R"({"image": [16, 8, 1], "patch_size": 4})") == tensor + R"(wanted the 4 x 2 positions of its "config", found 4)");
  CHECK(written(R"({"image": [8, 8, 1]})") == tensor + R"("config": key "patch_size" is missing)");
  CHECK(written(R"({"image": [8, 8, 1], "patch_size": 0})").starts_with(tensor + R"("config": "patch_size": wanted an integer from 1)"));
  CHECK(written(R"({"image": [8, 8], "patch_size": 4})") == tensor + R"("config": "image": wanted an array of 3, found an array of 2)");
  CHECK(written(R"({"image": [8, "x", 1], "patch_size": 4})").starts_with(tensor + R"("config": "image": wanted an integer from 1)"));
  CHECK(contains(written(R"({"image": [2, 2, 1], "patch_size": 4})"), "wanted the 0 x 0 positions"));
  CHECK(contains(written("{}"), R"("posembed_input/pos_embedding": wanted [1, 13, 8], found [1, 5, 8])"));
  CHECK(contains(written("["), "not valid JSON"));

  start.stored->stem.embedding.positions.values[9] = std::numeric_limits<float>::infinity();
  write_safetensors(start.directory / "a", tensor_views(start.stored));
  CHECK(start.error() == tensor + "element [0, 1, 1] is not finite");
  for (auto& value : start.stored->stem.embedding.positions.values) value = std::numeric_limits<float>::max();
  start.stored->stem.embedding.positions.values[8] = std::numeric_limits<float>::lowest();
  write_safetensors(start.directory / "a", tensor_views(start.stored));
  CHECK(start.error({.positions = GridResampling::bicubic}).starts_with("resampled: " + tensor + "element ["));
}
