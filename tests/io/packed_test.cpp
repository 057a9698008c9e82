#include "adatape/io/packed.hpp"

#include <doctest/doctest.h>

#include "../model/model_problem.hpp"
#include "adatape/io/stored_checkpoint.hpp"
#include "files.hpp"

using namespace adatape;
using namespace adatape::io;
using namespace adatape::test;
using namespace adatape::testing;

namespace {

/// Logits and features of all samples.
template <class Model, class Stored, class T, class Problem>
std::vector<T> results(const model::Engine<Model, Stored, T>& engine, const Problem& problem) {
  Arena arena;
  const auto output = engine.run(problem.all(), arena);
  std::vector<T> values(output.logits, output.logits + output.samples * Model::classes);
  values.insert(values.end(), output.pooled, output.pooled + output.samples * Model::D);
  return values;
}

template <class Config, class T, class Stored>
void check_round_trip() {
  using Model = model::Classifier<Config>;
  const TemporaryDirectory directory;
  const ModelProblem<Config, T> problem(4, 3);
  save_packed<Model, Stored>(directory / "a", problem.parameters);
  const auto file = PackedFile::open(directory / "a");
  file.check();
  const model::Engine<Model, Stored, T> loaded(problem.parameters), mapped(map_packed<Model, Stored, T>(file));
  const auto wanted = results(loaded, problem);
  CHECK(same_bits(results(mapped, problem), wanted));
  save_packed<Model, Stored>(directory / "b", problem.parameters);
  CHECK(read_file(directory / "a") == read_file(directory / "b"));

  // What a system without mmap does.
  Pages copy(file.header().bytes);
  const auto bytes = file.weights();
  std::ranges::copy(std::span(bytes.data(), bytes.size()), copy.data());
  CHECK(same_bits(results(model::Engine<Model, Stored, T>(std::move(copy)), problem), wanted));
}

/// A layer whose packed weights are values in place of views.
struct ByValue {
  template <class T>
  struct Params {
    Tensor<T, 4> gain;
    static constexpr auto fields() { return std::tuple(field("gain", &Params::gain)); }
  };
  template <class T>
  using PackedWeights = Params<T>;
  template <class T>
  static Params<T> pack_weights(const Params<T>& p, Arena& arena) {
    (void)copy_values(p.gain, arena);
    return p;
  }
};

/// A layer that writes to its arena by itself.
struct ByItself : ByValue {
  template <class T>
  using PackedWeights = const T*;
  template <class T>
  static const T* pack_weights(const Params<T>& p, Arena& arena) {
    T* const copy = arena.take<T>(4);
    std::copy_n(p.gain.data(), 4, copy);
    return copy;
  }
};

using PackedConfig = verify::LearnTwoReads;
using PackedModel = model::Classifier<PackedConfig>;

/// Writes a packed file whose header was changed by `change`.
template <class Change>
void write_changed(const std::filesystem::path& from, const std::filesystem::path& to, const Change& change) {
  const std::string bytes = read_file(from);
  io::detail::PackedStart start;
  std::memcpy(&start, bytes.data(), sizeof(start));
  auto json = nlohmann::json::parse(bytes.substr(sizeof(start), start.length));
  const auto weights = bytes.substr(io::detail::packed_begin(start.length));
  change(json);
  const std::string text = json.dump();
  start.length = static_cast<std::uint32_t>(text.size());
  start.checksum = crc32(std::as_bytes(std::span(text)));
  std::string out(reinterpret_cast<const char*>(&start), sizeof(start));
  out += text;
  out.resize(io::detail::packed_begin(text.size()));
  write_file(to, out + weights);
}

}  // namespace

TEST_CASE_TEMPLATE("packed: an engine of mapped weights has the bits of one that was loaded", C, verify::LearnTwoReads, verify::InputTokenTwoFfn,
                   verify::ActMixed, verify::PonderNetUnshared, verify::GivenTokens) {
  check_round_trip<C, float, float>();
  check_round_trip<C, float, Bf16>();
}
TEST_CASE("packed: an engine of doubles, stored as double or float") {
  check_round_trip<PackedConfig, double, double>();
  check_round_trip<PackedConfig, double, float>();
}

TEST_CASE("packed: load() replaces weights that were mapped") {
  const TemporaryDirectory directory;
  const ModelProblem<PackedConfig, float> first(3, 1), second(3, 2);
  save_packed<PackedModel, float>(directory / "a", first.parameters);
  model::Engine<PackedModel> engine(map_packed<PackedModel>(PackedFile::open(directory / "a")));
  const auto before = results(engine, first);
  std::filesystem::remove(directory / "a");  // the mapping stays
  CHECK(same_bits(results(engine, first), before));
  auto moved = std::move(engine);
  CHECK(same_bits(results(moved, first), before));
  moved.load(second.parameters);
  CHECK(same_bits(results(moved, second), results(model::Engine<PackedModel>(second.parameters), second)));
}

TEST_CASE("packed: weights of another model, storage or size are refused") {
  const TemporaryDirectory directory;
  const auto path = directory / "a";
  const ModelProblem<PackedConfig, float> problem(1, 1);
  save_packed<PackedModel, Bf16>(path, problem.parameters);
  const auto file = PackedFile::open(path);
  CHECK(contains(error_of([&] { map_packed<PackedModel>(file); }), "a: wanted weights stored as f32 and f32, found \"bf16\" and \"f32\""));
  CHECK(contains(error_of([&] { map_packed<model::Classifier<verify::LearnGap>, Bf16>(file); }), "not the configuration of this model"));
  Pages short_one(file.header().bytes - kAlignment), long_one(file.header().bytes + kAlignment);
  CHECK(contains(error_of([&] { model::Engine<PackedModel, Bf16, float> engine(std::move(short_one)); }), "wanted contents of more than"));
  CHECK(contains(error_of([&] { model::Engine<PackedModel, Bf16, float> engine(std::move(long_one)); }), "Engine: wanted packed weights of"));
}

TEST_CASE("packed: files that are damaged, cut short, or made for something else are refused with one line") {
  const TemporaryDirectory directory;
  const auto good = directory / "good", bad = directory / "bad";
  const ModelProblem<PackedConfig, float> problem(1, 1);
  save_packed<PackedModel, float>(good, problem.parameters, {{"classes", "[]"}});
  const std::string bytes = read_file(good);
  const auto error = [&](const std::string& content) {
    write_file(bad, content);
    return error_of([&] { PackedFile::open(bad); });
  };
  CHECK(error(bytes) == "");
  CHECK(contains(error(""), "bad: wanted the 24 bytes"));
  CHECK(contains(error("PK" + bytes), "not a file of packed weights"));
  CHECK(contains(error(bytes.substr(0, 100)), "header of"));
  CHECK(contains(error(bytes.substr(0, 40000)), "is the file cut short?"));
  CHECK(contains(error(bytes.substr(0, bytes.size() - 1)), "is the file cut short?"));
  CHECK(contains(error(bytes + "x"), "the last 1 bytes"));
  // Every byte of the start and of the header.
  io::detail::PackedStart start;
  std::memcpy(&start, bytes.data(), sizeof(start));
  const std::size_t unused = offsetof(io::detail::PackedStart, zero);
  for (std::size_t i = 0; i < sizeof(start) + start.length; ++i) {
    if (i >= unused && i < sizeof(start)) continue;
    auto changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    CHECK(error(changed) != "");
  }
  const auto changed = [&](const char* key, const nlohmann::json& value) {
    write_changed(good, bad, [&](nlohmann::json& json) { json[key] = value; });
    return error_of([&] { map_packed<PackedModel>(PackedFile::open(bad)); });
  };
  CHECK(changed("library", kVersion) == "");
  CHECK(contains(changed("library", "0.0.9"), "wanted weights packed by adatape 0.1.0, found \"0.0.9\"; export the checkpoint again"));
  CHECK(contains(changed("instruction_set", "neon9"), "found \"neon9\"; export the checkpoint again"));
  CHECK(contains(changed("bytes", 64), "bytes of the file belong to nothing"));
  CHECK(contains(changed("bytes", -1), "\"bytes\": wanted an integer from 1"));
  CHECK(contains(changed("bytes", std::numeric_limits<std::int64_t>::max()), "is the file cut short?"));
  CHECK(contains(changed("metadata", 3), "\"metadata\": wanted an object"));
  CHECK(contains(changed("metadata", nlohmann::json::object()), "metadata \"config\" is missing"));
  CHECK(contains(changed("metadata", {{"config", 1}}), "wanted a string"));

  auto damaged = bytes;
  damaged[bytes.size() - 1000] ^= 1;
  CHECK(error(damaged) == "");
  CHECK(contains(error_of([&] { PackedFile::open(bad).check(); }), "the weights are damaged"));
  CHECK(is_packed_file(good));
  save_checkpoint(bad, problem.parameters, {});
  CHECK_FALSE(is_packed_file(bad));
  CHECK(contains(error_of([&] { SafetensorsFile::open(good); }), "is this a safetensors file?"));
}

TEST_CASE("packed: what cannot be packed is not written") {
  const TemporaryDirectory directory;
  ModelProblem<PackedConfig, float> problem(1, 1);
  CHECK(contains(error_of([&] { save_packed<PackedModel, float>(directory / "a", problem.parameters, {{"config", "{}"}}); }), "not the configuration"));
  problem.parameters.flat()[0] = std::numeric_limits<float>::infinity();
  CHECK(contains(error_of([&] { save_packed<PackedModel, float>(directory / "a", problem.parameters); }), "is not finite"));
  CHECK(contains(error_of([&] { pack_in_one_piece<ByValue, float, float>(Parameters<ByValue, float>()); }), "holds values of the parameters"));
  CHECK(contains(error_of([&] { pack_in_one_piece<ByItself, double, double>(Parameters<ByItself, double>()); }), "by Arena::keep, found 0"));
  CHECK(directory.file_count() == 0);
}

namespace {

/// Whether a tensor of own tokens, or of a block, comes before the first read of a tape.
template <class C>
bool is_before_first_read(const std::string& name) {
  if constexpr (model::Stem<C>::reads_tape) {
    for (int block = 0; block < C::add_tape_token_to_layers[0]; ++block)
      if (contains(name, "encoderblock_" + std::to_string(block) + "/")) return true;
    return name.starts_with("embedding/");
  }
  return false;
}

/// All options of blocks.
struct OfBlocks : verify::LearnTwoReads {
  static constexpr double layer_norm_epsilon = 1e-3, layer_scale = 0.5;
  static constexpr bool qkv_bias = false;
};

/// A checkpoint with kernels as Stored gives an engine the bits that it has from the parameters; all other tensors keep their bits.
template <class C, class Stored>
void check_stored_checkpoint(DType dtype) {
  using M = model::Classifier<C>;
  const TemporaryDirectory directory;
  const ModelProblem<C, float> problem(4, 9);
  save_stored_checkpoint<Stored>(directory / "stored", problem.parameters, {{"note", "kept"}});
  Parameters<M, float> parameters;
  CHECK(load_checkpoint(directory / "stored", parameters).at("note") == "kept");
  const auto wanted = results(model::Engine<M, Stored, float>(problem.parameters), problem);
  CHECK(same_bits(results(model::Engine<M, Stored, float>(parameters), problem), wanted));
  CHECK_FALSE(same_bits(results(model::Engine<M>(parameters), problem), results(model::Engine<M>(problem.parameters), problem)));

  const auto file = SafetensorsFile::open(directory / "stored");
  Index of_kernels = 0, tensors = std::ssize(Parameters<M, float>::layout());
  for (const auto& entry : Parameters<M, float>::layout()) {
    const auto name = std::string(entry.name());
    const bool stored = file.info(name).dtype == dtype;
    of_kernels += stored ? entry.size : 0;
    tensors += stored && dtype == DType::I8 ? 1 : 0;
    bool near = true, equal = true;
    for (std::size_t i = 0; i < static_cast<std::size_t>(entry.size); ++i) {
      const float before = problem.parameters.values(entry)[i], after = parameters.values(entry)[i];
      equal = equal && after == before;
      near = near && std::abs(after - before) <= (dtype == DType::BF16 ? 0x1p-8f * std::abs(before) : 0.01f);
    }
    CHECK(near);
    CHECK(equal != stored);
    const bool early = is_before_first_read<C>(name);
    if (contains(name, "/query/kernel") || contains(name, "/Dense_0/kernel")) CHECK(stored == !(early || contains(name, "bank")));
    if (early) CHECK_FALSE(stored);
    if (contains(name, "bias") || contains(name, "scale") || contains(name, "_bank")) CHECK_FALSE(stored);
  }
  CHECK(of_kernels * 2 > Parameters<M, float>::count);
  CHECK(static_cast<Index>(file.tensors().size()) == tensors);
}

}  // namespace

TEST_CASE_TEMPLATE("stored checkpoint: an engine has the bits that it has from the checkpoint in fp32", C, verify::LearnTwoReads, verify::InputTokenTwoFfn,
                   verify::ActMixed, verify::GivenTokens, OfBlocks) {
  check_stored_checkpoint<C, Bf16>(DType::BF16);
  check_stored_checkpoint<C, std::int8_t>(DType::I8);
}

TEST_CASE("tensors of I8: elements are integers times the scales of their columns, and scales that do not fit are refused") {
  const TemporaryDirectory directory;
  const std::vector<std::int8_t> values{1, -2, 3, 127, 0, -127};
  const std::vector<float> scales{2, 0.5f, 3};
  const auto error_with = [&](std::vector<Index> shape, std::vector<TensorView> others) {
    others.push_back(tensor_view("w", std::move(shape), std::span<const std::int8_t>(values)));
    write_safetensors(directory / "file", std::move(others));
    return error_of([&] { (void)SafetensorsFile::open(directory / "file").read<float>("w"); });
  };
  const auto of_scales = [&](std::size_t count) {
    return std::vector{tensor_view("w_scale", {static_cast<Index>(count)}, std::span<const float>(scales).first(count))};
  };
  CHECK(error_with({2, 3}, of_scales(3)).empty());
  const auto file = SafetensorsFile::open(directory / "file");
  CHECK(file.read<float>("w") == std::vector<float>{2, -1, 9, 254, 0, -381});
  CHECK(file.read<double>("w") == std::vector<double>{2, -1, 9, 254, 0, -381});
  CHECK(file.is_scale("w_scale"));
  CHECK_FALSE(file.is_scale("w"));
  CHECK(contains(error_of([&] { (void)file.read<int>("w"); }), "wanted I64, found I8"));
  CHECK(contains(error_with({2, 3}, {}), "tensor \"w_scale\" is missing"));
  CHECK(contains(error_with({2, 3}, of_scales(2)), "wanted a scale for each column of a tensor [2, 3], found [2]"));
  CHECK(contains(error_with({3, 2}, of_scales(3)), "wanted a scale for each column of a tensor [3, 2], found [3]"));
  CHECK(contains(error_with({2, 3}, {tensor_view("w_scale", {3}, std::span<const std::int8_t>(values).first(3))}), "wanted a floating-point type, found I8"));
  // Sizes whose product no Index holds: with an axis of 0 they are valid.
  write_safetensors(directory / "file", {TensorView{"w", DType::I8, {0, Index{1} << 62, 2}, nullptr}, tensor_view("w_scale", {3}, std::span(scales).first(3))});
  CHECK(contains(error_of([&] { (void)SafetensorsFile::open(directory / "file").read<float>("w"); }), "wanted a scale for each column of a tensor [0, "));
}
