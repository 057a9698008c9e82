#include "adatape/io/checkpoint.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <numeric>

#include "adatape/io/partial.hpp"
#include "files.hpp"

using namespace adatape::io;
using namespace adatape::test;
using adatape::Index;

namespace {

struct Inner {
  template <class T>
  struct Params {
    adatape::Tensor<T, 3> scale;
    static constexpr auto fields() { return std::tuple(adatape::field("scale", &Params::scale)); }
  };
};

template <Index Out>
struct Outer {
  template <class T>
  struct Params {
    adatape::Tensor<T, 2, Out> kernel;
    std::array<typename Inner::Params<T>, 2> blocks;
    static constexpr auto fields() { return std::tuple(adatape::field("kernel", &Params::kernel), adatape::field("block_", &Params::blocks)); }
  };
};

template <class T, Index Out = 5>
using OuterParameters = adatape::Parameters<Outer<Out>, T>;

template <class P>
P numbered(typename P::Scalar first) {
  P parameters;
  for (const auto& entry : P::layout())
    for (auto& value : parameters.values(entry)) value = first++;
  return parameters;
}

template <class P>
bool same(const P& a, const P& b) {
  return std::ranges::equal(a.flat(), b.flat());
}

}  // namespace

TEST_CASE("checkpoint: parameters, extras and metadata come back") {
  const TemporaryDirectory directory;
  const auto path = directory / "last.safetensors";
  const auto weights = numbered<OuterParameters<float>>(1), first = numbered<OuterParameters<float>>(100), second = numbered<OuterParameters<float>>(200);
  save_checkpoint(path, weights, {{"config", "{}"}, {"step", "12"}}, Stored{"adamw/m/", first}, Stored{"adamw/v/", second});

  const auto file = SafetensorsFile::open(path);
  CHECK(file.names() == std::vector<std::string>{"adamw/m/block_0/scale", "adamw/m/block_1/scale", "adamw/m/kernel", "adamw/v/block_0/scale",
                                                 "adamw/v/block_1/scale", "adamw/v/kernel", "block_0/scale", "block_1/scale", "kernel"});
  CHECK(file.info("kernel").shape == std::vector<Index>{2, 5});
  CHECK(checkpoint_step(file) == 12);

  OuterParameters<float> w, m, v;
  const auto metadata = load_checkpoint(path, w, Stored{"adamw/m/", m}, Stored{"adamw/v/", v});
  CHECK(metadata.at("config") == "{}");
  CHECK(same(w, weights));
  CHECK(same(m, first));
  CHECK(same(v, second));

  OuterParameters<double> wide;
  load_checkpoint(path, wide);
  CHECK(same(wide, numbered<OuterParameters<double>>(1)));
}

TEST_CASE("checkpoint: tensors under a prefix are read alone") {
  const TemporaryDirectory directory;
  const auto a = numbered<OuterParameters<double>>(1), b = numbered<OuterParameters<double>>(50);
  auto views = tensor_views(a, "params/");
  for (auto& view : tensor_views(b, "trained/")) views.push_back(view);
  write_safetensors(directory / "golden", views);
  const auto file = SafetensorsFile::open(directory / "golden");
  OuterParameters<double> read;
  read_parameters(file, read, "trained/");
  CHECK(same(read, b));
  CHECK(contains(error_of([&] { read_parameters(file, read); }),
                 "3 missing (\"kernel\", \"block_0/scale\", \"block_1/scale\"), 6 unexpected (\"params/block_0/scale\""));
  CHECK(same(read, b));
}

TEST_CASE("checkpoint: a file of another model changes nothing") {
  const TemporaryDirectory directory;
  const auto path = directory / "a";
  const std::string where = path.string() + ": ";
  const auto old = numbered<OuterParameters<float>>(1000);
  auto read = old;
  const auto error = [&](const OuterParameters<float>& stored, auto change) {
    auto views = tensor_views(stored);
    change(views);
    write_safetensors(path, views);
    const auto message = error_of([&] { load_checkpoint(path, read); });
    CHECK(same(read, old));
    return message;
  };
  const auto good = numbered<OuterParameters<float>>(1);
  const auto keep = [](auto&) {};

  CHECK(error(good, [](auto& views) { views.pop_back(); }) == where + "the tensors are not those of this model: 1 missing (\"block_1/scale\")");
  CHECK(error(good, [](auto& views) { views[0].name = "kernal"; }) ==
        where + "the tensors are not those of this model: 1 missing (\"kernel\"), 1 unexpected (\"kernal\")");
  const float one = 1;
  CHECK(error(good, [&](auto& views) {
          for (const char* name : {"a", "b", "c", "d"}) views.push_back({name, DType::F32, {}, &one});
        }) == where + "the tensors are not those of this model: 4 unexpected (\"a\", \"b\", \"c\", ...)");
  CHECK(error(good, [](auto& views) { views[0].shape = {5, 2}; }) == where + "tensor \"kernel\": wanted shape [2, 5], found [5, 2]");
  CHECK(error(good, [](auto& views) { views[2].shape = {3, 1}; }) == where + "tensor \"block_1/scale\": wanted shape [3], found [3, 1]");
  const std::array<std::int64_t, 3> integers{1, 2, 3};
  CHECK(error(good, [&](auto& views) {
          views[1] = {"block_0/scale", DType::I64, {3}, integers.data()};
        }) == where + "tensor \"block_0/scale\": wanted a floating-point type, found I64");
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    auto broken = good;
    broken->kernel.matrix()(1, 2) = bad;
    CHECK(error(broken, keep) == where + "tensor \"kernel\": element [1, 2] is not finite");
  }
  const std::array<double, 3> huge{1, 2, 1e300};
  CHECK(error(good, [&](auto& views) {
          views[1] = {"block_0/scale", DType::F64, {3}, huge.data()};
        }) == where + "tensor \"block_0/scale\": element [2] is not finite");
  CHECK(error_of([&] { load_checkpoint(directory / "none", read); }) != "");

  auto moments = good;
  moments->blocks[0].scale.values[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_of([&] { save_checkpoint(path, good, {}, Stored{"adamw/m/", moments}); }) ==
        where + "cannot write: tensor \"adamw/m/block_0/scale\": element [0] is not finite");
  auto views = tensor_views(good);
  std::ranges::move(tensor_views(moments, "adamw/m/"), std::back_inserter(views));
  write_safetensors(path, views);
  auto m = old;
  CHECK(error_of([&] { load_checkpoint(path, read, Stored{"adamw/m/", m}); }) == where + "tensor \"adamw/m/block_0/scale\": element [0] is not finite");
  CHECK(same(read, old));
  CHECK(same(m, old));
  CHECK(contains(error_of([&] { load_checkpoint(path, read, Stored{"adamw/v/", m}); }), "3 missing (\"adamw/v/kernel\""));
  CHECK(error_of([&] { load_checkpoint(path, read); }) == "");
  CHECK(same(read, good));

  OuterParameters<float, 4> narrow;
  CHECK(error_of([&] { load_checkpoint(path, narrow); }) == where + "tensor \"kernel\": wanted shape [2, 4], found [2, 5]");
}

TEST_CASE("checkpoint: half-precision weights load") {
  const TemporaryDirectory directory;
  const auto weights = numbered<OuterParameters<float>>(0.25f);
  auto views = tensor_views(weights);
  std::vector<std::vector<Float16>> halves;
  float next = 0.25f;
  for (auto& view : views) {
    auto& values = halves.emplace_back();
    for (std::size_t i = 0; i < *tensor_bytes(DType::F32, view.shape) / 4; ++i) values.push_back(Float16(next++));
    view = tensor_view(view.name, view.shape, std::span<const Float16>(values));
  }
  write_safetensors(directory / "half", views);
  OuterParameters<float> read;
  load_checkpoint(directory / "half", read);
  CHECK(same(read, weights));
}

TEST_CASE("checkpoint: misuse") {
  const TemporaryDirectory directory;
  const OuterParameters<float> weights;
  CHECK(contains(error_of([&] { save_checkpoint(directory / "a", weights, {}, Stored{"m/", weights}); }), "must begin with adamw/, sgd/, optimizer/ or average/, found \"m/\""));
  for (const char* step : {"", "x", "-1", "1.5", "7 ", "99999999999999999999"}) {
    save_checkpoint(directory / "a", weights, {{"step", step}});
    CHECK(contains(error_of([&] { checkpoint_step(SafetensorsFile::open(directory / "a")); }), "metadata \"step\": wanted a number"));
  }
  save_checkpoint(directory / "a", weights, {});
  CHECK(contains(error_of([&] { checkpoint_step(SafetensorsFile::open(directory / "a")); }), "metadata \"step\" is missing"));
}

namespace {

/// Outer with a description.
template <int Variant>
struct Speaking : Outer<5> {
  static std::string description() {
    constexpr std::array<const char*, 6> text{
        R"({"gelu": "tanh", "heads": 4, "layers": [1, 2], "dynamic": {"threshold": 2, "loss_type": "entropy"}})",
        R"({"gelu": "erf", "heads": 4, "layers": [1, 2], "dynamic": {"threshold": 2, "loss_type": "entropy"}})",
        R"({"gelu": "tanh", "heads": 8, "layers": [1], "dynamic": {"threshold": 2, "loss_type": "max"}})",
        R"({"gelu": "tanh", "heads": 4, "layers": [1, 2], "dynamic": {"threshold": 3.5, "loss_type": "entropy"}})",
        R"({"gelu": "tanh", "heads": 4, "layers": [1, 2], "dynamic": null})",
        R"({"gelu": "tanh", "heads": 4, "layers": [1, 2]})"};
    return text[Variant];
  }
};
template <int Variant>
using SpeakingParameters = adatape::Parameters<Speaking<Variant>, float>;

}  // namespace

TEST_CASE("checkpoint: the configuration in the file is that of the model") {
  const TemporaryDirectory directory;
  const auto path = directory / "a";
  const std::string where = path.string() + ": metadata \"config\": ";
  const auto stored = numbered<SpeakingParameters<0>>(1);
  save_checkpoint(path, stored, {{"step", "1"}});
  CHECK(SafetensorsFile::open(path).metadata("config") == Speaking<0>::description());
  const auto error = [&]<int Variant>(std::integral_constant<int, Variant>) {
    SpeakingParameters<Variant> read;
    const auto message = error_of([&] { load_checkpoint(path, read); });
    CHECK(std::ranges::equal(read.flat(), stored.flat()) == message.empty());
    CHECK((message.empty() || std::ranges::all_of(read.flat(), [](float value) { return value == 0; })));
    return message;
  };
  const auto variant = []<int V>() { return std::integral_constant<int, V>(); };
  const std::string other = where + "not the configuration of this model: ";
  CHECK(error(variant.operator()<0>()) == "");
  CHECK(error(variant.operator()<1>()) == other + R"("gelu": wanted "erf", found "tanh")");
  CHECK(error(variant.operator()<2>()) ==
        other + R"("dynamic.loss_type": wanted "max", found "entropy"; "heads": wanted 8, found 4; "layers": wanted [1], found [1,2])");
  CHECK(error(variant.operator()<3>()) == "");  // tau is set at run time
  CHECK(error(variant.operator()<4>()) == other + R"("dynamic": wanted null, found an object)");
  CHECK(error(variant.operator()<5>()) == "");

  save_checkpoint(path, numbered<SpeakingParameters<5>>(1), {});
  CHECK(error(variant.operator()<0>()) == other + R"("dynamic": wanted an object, found nothing)");

  // A "config" of the caller's: keys of its own and another threshold are stored, another model's are refused.
  const std::string mine = R"({"gelu": "tanh", "heads": 4.0, "layers": [1, 2], "dynamic": {"threshold": 9, "loss_type": "entropy"}, "loss": "softmax"})";
  save_checkpoint(path, stored, {{"config", mine}});
  CHECK(SafetensorsFile::open(path).metadata("config") == mine);
  CHECK(error(variant.operator()<0>()) == "");
  CHECK(error_of([&] { save_checkpoint(path, stored, {{"config", Speaking<1>::description()}}); }) ==
        path.string() + R"(: cannot write metadata "config": not the configuration of this model: "gelu": wanted "tanh", found "erf")");
  CHECK(error_of([&] { save_checkpoint(path, stored, {{"config", "{"}}); }) == path.string() + ": cannot write metadata \"config\": not valid JSON at its byte 2");
  CHECK(SafetensorsFile::open(path).metadata("config") == mine);

  // Files of other software.
  const auto written = [&](const Metadata& metadata) {
    write_safetensors(path, tensor_views(stored), metadata);
    return error(variant.operator()<0>());
  };
  CHECK(written({}) == path.string() + ": metadata \"config\" is missing");
  CHECK(written({{"config", "[]"}}) == where + "wanted a JSON object, found an array of 0");
  CHECK(written({{"config", "{\"gelu\""}}).starts_with(where + "not valid JSON at its byte"));
  for (const char* open : {"[", "{\"a\":"}) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += open;
    CHECK(written({{"config", deep}}) == where + "JSON is nested more than 32 deep");
  }
  CHECK(written({{"config", std::string(2 << 20, ' ')}}) == where + "JSON of 2097152 bytes, wanted at most 1048576");
}

TEST_CASE("checkpoint: a partial load says what it took and what it did not") {
  const TemporaryDirectory directory;
  const auto path = directory / "a";
  const auto stored = numbered<OuterParameters<float, 4>>(1);
  auto views = tensor_views(stored);  // kernel [2, 4], block_0/scale, block_1/scale
  views[2].name = "block_2/scale";
  write_safetensors(path, views);
  const auto old = numbered<OuterParameters<float>>(100);
  auto read = old;
  const auto report = load_matching(SafetensorsFile::open(path), read);
  CHECK(report.taken == std::vector<std::string>{"block_0/scale"});
  CHECK(report.missing == std::vector<std::string>{"block_1/scale"});
  CHECK(report.unexpected == std::vector<std::string>{"block_2/scale"});
  REQUIRE(report.mismatched.size() == 1);
  CHECK(report.mismatched[0].name == "kernel");
  CHECK(report.mismatched[0].wanted == "[2, 5]");
  CHECK(report.mismatched[0].found == "[2, 4]");
  CHECK(report.summary() ==
        R"(taken 1 of 3 tensors; 1 missing ("block_1/scale"); 1 unexpected ("block_2/scale"); "kernel": wanted [2, 5], found [2, 4])");
  CHECK(std::ranges::equal(read->blocks[0].scale.values, stored->blocks[0].scale.values));
  CHECK(std::ranges::equal(read->blocks[1].scale.values, old->blocks[1].scale.values));
  CHECK(read->kernel.matrix() == old->kernel.matrix());

  OuterParameters<float, 3> none;
  write_safetensors(path, {tensor_view("other", {1}, std::span<const float>(stored->blocks[0].scale.values).first(1))});
  CHECK(contains(error_of([&] { (void)load_matching(SafetensorsFile::open(path), none); }), "no tensor fits this model: taken 0 of 3 tensors"));

  save_checkpoint(path, numbered<SpeakingParameters<1>>(1), {});
  SpeakingParameters<0> speaking;
  const auto all = load_matching(SafetensorsFile::open(path), speaking);
  CHECK(all.taken.size() == 3);
  CHECK(all.summary() == R"(taken 3 of 3 tensors; configuration: "gelu": wanted "tanh", found "erf")");
}
