#include "adatape/nn/dropout.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "adatape/nn/compose.hpp"
#include "adatape/nn/linear.hpp"
#include "random_values.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

constexpr int D = 10;

struct Case {
  Context context;
  std::vector<double> run(const std::vector<Index>& lengths, nn::DropoutPlace place = nn::DropoutPlace::mlp_output) const {
    const RaggedPacking ragged(lengths, 1);
    std::vector<double> values(static_cast<std::size_t>(Packing(ragged).rows() * D), 1.0);
    nn::dropout_in_place(Tokens<double, D>{values.data(), ragged}, place, context);
    return values;
  }
};

Context dropping(Arena& arena, double rate) { return {.arena = arena, .settings = {.dropout = rate}, .training = true, .seed = 3, .step = 4}; }

}  // namespace

TEST_CASE("dropout keeps the mean and drops at its rate") {
  Arena arena;
  for (double rate : {0.1, 0.5, 0.9}) {
    const auto values = Case{dropping(arena, rate)}.run(std::vector<Index>(20, 300));
    double sum = 0, dropped = 0;
    for (double value : values) {
      sum += value;
      dropped += value == 0;
      if (value != 0) CHECK(value == doctest::Approx(1 / (1 - rate)));
    }
    const auto n = static_cast<double>(values.size()), deviation = std::sqrt(rate / (1 - rate) / n);
    CHECK(std::abs(sum / n - 1) < 4 * deviation);
    CHECK(std::abs(dropped / n - rate) < 4 * std::sqrt(rate * (1 - rate) / n));
  }
}

TEST_CASE("dropout does nothing outside training or at rate 0") {
  Arena arena;
  auto context = dropping(arena, 0.5);
  context.training = false;
  CHECK(Case{context}.run({7}) == std::vector<double>(70, 1.0));
  CHECK(Case{dropping(arena, 0)}.run({7}) == std::vector<double>(70, 1.0));
}

TEST_CASE("dropout's mask follows seed, step, block, place and sample number, not the place in the batch") {
  Arena arena;
  const auto context = dropping(arena, 0.5);
  const auto mask = Case{context}.run({7});
  CHECK(Case{context}.run({7}) == mask);
  CHECK(Case{context}.run({7}, nn::DropoutPlace::mlp_hidden) != mask);
  const auto changed = [&](const auto& change) {
    auto other = context;
    change(other);
    return Case{other}.run({7});
  };
  CHECK(changed([](Context& other) { other.seed = 5; }) != mask);
  CHECK(changed([](Context& other) { other.step = 5; }) != mask);
  CHECK(changed([](Context& other) { other.block = 1; }) != mask);

  const std::uint64_t numbers[] = {9, 0, 4};
  auto numbered = context;
  numbered.sample_numbers = numbers;
  const auto batch = Case{numbered}.run({3, 7, 7});
  CHECK(std::vector<double>(batch.begin() + 30, batch.begin() + 100) == mask);
  CHECK(std::vector<double>(batch.begin() + 100, batch.end()) != mask);
}

TEST_CASE("dropout's gradient has the same mask") {
  Arena arena;
  const auto context = dropping(arena, 0.3);
  const RaggedPacking ragged({4, 6}, 1);
  const std::vector<double> ones(100, 1.0);
  const auto gradient = nn::dropout_gradient(Tokens<const double, D>{ones.data(), ragged}, nn::DropoutPlace::mlp_output, context);
  CHECK(std::vector<double>(gradient.data, gradient.data + 100) == Case{context}.run({4, 6}));
  CHECK(ones == std::vector<double>(100, 1.0));
}

TEST_CASE("stochastic depth drops a sample's whole branch and scales the branches that stay") {
  using Branch = nn::Linear<D, D>;
  using L = nn::Skip<Branch, 1>;
  const auto parameters = random_parameters<L, double>(1);
  const auto branch_parameters = random_parameters<Branch, double>(1);
  const Index samples = 400;
  const RaggedPacking ragged(std::vector<Index>(samples, 2), 2);
  const auto x = random_values<double>(samples * 2 * D, 2);
  const Tokens<const double, D> tokens{x.data(), ragged};
  Arena arena;
  const Context context{.arena = arena, .training = true, .seed = 1, .branch_drop = 0.3};
  const auto y = vjp<L, double>(parameters, tokens, context).output();
  const auto branch = vjp<Branch, double>(branch_parameters, tokens, context).output();
  int dropped = 0;
  for (Index b = 0; b < samples; ++b) {
    const Index first = b * 2 * D;
    const bool is_dropped = std::equal(y.data + first, y.data + first + 2 * D, x.data() + first);
    dropped += is_dropped;
    for (Index i = first; i < first + 2 * D && !is_dropped; ++i) CHECK(y.data[i] == doctest::Approx(tokens.data[i] + branch.data[i] / 0.7));
  }
  CHECK(std::abs(dropped - 120) < 4 * std::sqrt(400 * 0.3 * 0.7));

  const auto plain = vjp<L, double>(parameters, tokens, Context{.arena = arena}).output();
  for (Index i = 0; i < tokens.size(); ++i) CHECK(plain.data[i] == doctest::Approx(x[static_cast<std::size_t>(i)] + branch.data[i]));
}
