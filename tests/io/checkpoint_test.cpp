#include "adatape/io/checkpoint.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <numeric>

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
using Parameters = adatape::Parameters<Outer<Out>, T>;

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
  const auto weights = numbered<Parameters<float>>(1), first = numbered<Parameters<float>>(100), second = numbered<Parameters<float>>(200);
  save_checkpoint(path, weights, {{"config", "{}"}, {"step", "12"}}, Stored{"adamw/m/", first}, Stored{"adamw/v/", second});

  const auto file = SafetensorsFile::open(path);
  CHECK(file.names() == std::vector<std::string>{"adamw/m/block_0/scale", "adamw/m/block_1/scale", "adamw/m/kernel", "adamw/v/block_0/scale",
                                                 "adamw/v/block_1/scale", "adamw/v/kernel", "block_0/scale", "block_1/scale", "kernel"});
  CHECK(file.info("kernel").shape == std::vector<Index>{2, 5});
  CHECK(checkpoint_step(file) == 12);

  Parameters<float> w, m, v;
  const auto metadata = load_checkpoint(path, w, Stored{"adamw/m/", m}, Stored{"adamw/v/", v});
  CHECK(metadata.at("config") == "{}");
  CHECK(same(w, weights));
  CHECK(same(m, first));
  CHECK(same(v, second));

  Parameters<double> wide;
  load_checkpoint(path, wide);
  CHECK(same(wide, numbered<Parameters<double>>(1)));
}

TEST_CASE("checkpoint: tensors under a prefix are read alone") {
  const TemporaryDirectory directory;
  const auto a = numbered<Parameters<double>>(1), b = numbered<Parameters<double>>(50);
  auto views = tensor_views(a, "params/");
  for (auto& view : tensor_views(b, "trained/")) views.push_back(view);
  write_safetensors(directory / "golden", views);
  const auto file = SafetensorsFile::open(directory / "golden");
  Parameters<double> read;
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
  const auto old = numbered<Parameters<float>>(1000);
  auto read = old;
  const auto error = [&](const Parameters<float>& stored, auto change) {
    auto views = tensor_views(stored);
    change(views);
    write_safetensors(path, views);
    const auto message = error_of([&] { load_checkpoint(path, read); });
    CHECK(same(read, old));
    return message;
  };
  const auto good = numbered<Parameters<float>>(1);
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
  save_checkpoint(path, good, {}, Stored{"adamw/m/", moments});
  auto m = old;
  CHECK(error_of([&] { load_checkpoint(path, read, Stored{"adamw/m/", m}); }) == where + "tensor \"adamw/m/block_0/scale\": element [0] is not finite");
  CHECK(same(read, old));
  CHECK(same(m, old));
  CHECK(contains(error_of([&] { load_checkpoint(path, read, Stored{"adamw/v/", m}); }), "3 missing (\"adamw/v/kernel\""));
  CHECK(error_of([&] { load_checkpoint(path, read); }) == "");
  CHECK(same(read, good));

  Parameters<float, 4> narrow;
  CHECK(error_of([&] { load_checkpoint(path, narrow); }) == where + "tensor \"kernel\": wanted shape [2, 4], found [2, 5]");
}

TEST_CASE("checkpoint: half-precision weights load") {
  const TemporaryDirectory directory;
  const auto weights = numbered<Parameters<float>>(0.25f);
  auto views = tensor_views(weights);
  std::vector<std::vector<Float16>> halves;
  float next = 0.25f;
  for (auto& view : views) {
    auto& values = halves.emplace_back();
    for (std::size_t i = 0; i < *tensor_bytes(DType::F32, view.shape) / 4; ++i) values.push_back(Float16(next++));
    view = tensor_view(view.name, view.shape, std::span<const Float16>(values));
  }
  write_safetensors(directory / "half", views);
  Parameters<float> read;
  load_checkpoint(directory / "half", read);
  CHECK(same(read, weights));
}

TEST_CASE("checkpoint: misuse") {
  const TemporaryDirectory directory;
  const Parameters<float> weights;
  CHECK(contains(error_of([&] { save_checkpoint(directory / "a", weights, {}, Stored{"m/", weights}); }), "must begin with adamw/ or average/, found \"m/\""));
  for (const char* step : {"", "x", "-1", "1.5", "7 ", "99999999999999999999"}) {
    save_checkpoint(directory / "a", weights, {{"step", step}});
    CHECK(contains(error_of([&] { checkpoint_step(SafetensorsFile::open(directory / "a")); }), "metadata \"step\": wanted a number"));
  }
  save_checkpoint(directory / "a", weights, {});
  CHECK(contains(error_of([&] { checkpoint_step(SafetensorsFile::open(directory / "a")); }), "metadata \"step\" is missing"));
}
