#include "adatape/core/layout.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include "adatape/core/error.hpp"
#include "adatape/core/initialise.hpp"

using namespace adatape;

namespace {

template <class T>
struct Leaf {
  Tensor<T, 3, 5> kernel;
  Tensor<T, 5> bias;
  static constexpr auto fields() { return std::tuple(field("kernel", &Leaf::kernel, Init::lecun_normal(3)), field("bias", &Leaf::bias, Init::ones())); }
};

struct Layer {
  template <class T>
  struct Params {
    Leaf<T> first;
    [[no_unique_address]] OptionalPart<false, Leaf<T>, Layer> missing;
    std::array<Leaf<T>, 12> blocks;
    Leaf<T> inlined;
    static constexpr auto fields() {
      return std::tuple(field("first", &Params::first), field("missing", &Params::missing), field("block_", &Params::blocks, {}, 1),
                        field("", &Params::inlined));
    }
  };
};

struct Wide {
  template <class T>
  struct Params {
    Tensor<T, 400, 100> lecun, xavier, normal;
    static constexpr auto fields() {
      return std::tuple(field("lecun", &Params::lecun, Init::lecun_normal(400)), field("xavier", &Params::xavier, Init::xavier_uniform(400, 100)),
                        field("normal", &Params::normal, Init::normal(0.02)));
    }
  };
};

using Values = Parameters<Layer, float>;

}  // namespace

TEST_CASE("layout: names, shapes, offsets and counts") {
  const auto layout = Values::layout();
  REQUIRE(layout.size() == 2 * 14);
  CHECK(layout[0].name() == "first/kernel");
  CHECK(layout[1].name() == "first/bias");
  CHECK(layout[2].name() == "block_1/kernel");
  CHECK(layout[25].name() == "block_12/bias");
  CHECK(layout[26].name() == "kernel");
  CHECK(layout[0].rank == 2);
  CHECK(layout[0].dims[0] == 3);
  CHECK(layout[0].dims[1] == 5);
  CHECK(layout[1].rank == 1);
  static_assert(Values::count == 14 * 20);
  static_assert(parameter_count<Layer::Params<double>> == 14 * 20);
  Index end = 0;
  for (const auto& entry : layout) {
    CHECK(entry.offset >= end);
    CHECK(entry.offset * static_cast<Index>(sizeof(float)) % static_cast<Index>(kAlignment) == 0);
    end = entry.offset + entry.size;
  }
  CHECK(end <= Values::flat_size);
}

TEST_CASE("layout: flat memory and tree are the same values") {
  Values values;
  values->blocks[3].kernel.matrix()(2, 4) = 7;
  const auto& entry = values.layout()[8];
  CHECK(entry.name() == "block_4/kernel");
  CHECK(values.values(entry)[14] == 7);
  values.values(entry)[0] = 5;
  CHECK(values->blocks[3].kernel.data()[0] == 5);
}

TEST_CASE("parameters: start as zeros, copy their values, move their memory") {
  Values a;
  for (float value : a.flat()) CHECK(value == 0);
  a->first.bias.values[2] = 3;
  Values b = a, c;
  c = a;
  a->first.bias.values[2] = 4;
  CHECK(b->first.bias.values[2] == 3);
  CHECK(c->first.bias.values[2] == 3);
  const float* memory = b.flat().data();
  const Values d = std::move(b);
  CHECK(d.flat().data() == memory);
  c.zero();
  for (float value : c.flat()) CHECK(value == 0);
}

TEST_CASE("parameters: what was moved from is refused as a source and can be assigned to") {
  Values a;
  a->first.bias.values[2] = 3;
  const Values b = std::move(a);
  Values c;
  CHECK_THROWS_AS(Values{a}, Error);
  CHECK_THROWS_AS(c = a, Error);
  CHECK(c->first.bias.values[2] == 0);
  a = b;
  CHECK(a->first.bias.values[2] == 3);
  a = *&a;
  CHECK(a->first.bias.values[2] == 3);
}

TEST_CASE("parameters: initialising draws every tensor from its own stream and leaves the gaps zero") {
  Values a, b;
  initialise(a, 1);
  initialise(b, 1);
  CHECK(std::ranges::equal(a.flat(), b.flat()));
  std::set<float> firsts;
  Index non_zero = 0;
  for (const auto& entry : a.layout()) {
    if (entry.name().ends_with("bias"))
      for (float value : a.values(entry)) CHECK(value == 1);
    else
      firsts.insert(a.values(entry)[0]);
  }
  for (float value : a.flat()) non_zero += value != 0;
  CHECK(firsts.size() == 14);
  CHECK(non_zero == Values::count);
  initialise(b, 2);
  CHECK(a->first.kernel.values[0] != b->first.kernel.values[0]);
}

TEST_CASE("initialise: variances") {
  Parameters<Wide, double> values;
  initialise(values, 3);
  const double wanted[] = {1.0 / 400, 2.0 / 500, 0.0004};
  for (std::size_t i = 0; i < 3; ++i) {
    double sum = 0, squares = 0;
    for (double value : values.values(values.layout()[i])) {
      sum += value;
      squares += value * value;
    }
    CHECK(std::abs(sum / 40000) < 4 * std::sqrt(wanted[i] / 40000));
    CHECK(squares / 40000 == doctest::Approx(wanted[i]).epsilon(0.04));
  }
  const double limit = std::sqrt(6.0 / 500);
  for (double value : values.values(values.layout()[1])) CHECK(std::abs(value) <= limit);
}

TEST_CASE("require: writes its parts one after the other, and only if the condition fails") {
  CHECK_NOTHROW(require(true, "nothing"));
  CHECK_THROWS_WITH_AS(require(false, "wanted ", 3, ", found ", 4.5), "wanted 3, found 4.5", Error);
}
