#include <doctest/doctest.h>

#include "adatape/nn/image_reduction.hpp"
#include "adatape/nn/patch_embedding.hpp"
#include "adatape/nn/pooling.hpp"
#include "gradient_check.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <class Embed>
void check_embedding(Index input_size) {
  const Index samples = 3;
  auto parameters = random_parameters<Embed, double>(5, 0.2);
  auto images = random_values<double>(samples * input_size, 1);
  const auto weights = random_values<double>(samples * Embed::count * Embed::out, 2);
  Arena arena;
  std::vector<double> tokens(weights.size());
  typename Embed::template Saved<double> saved;
  GradientCheck check([&] {
    arena.reset();
    Embed::forward(*parameters, images.data(), samples, tokens.data(), saved, Context{.arena = arena});
    return Evaluation{weighted_sum(tokens.data(), weights)};
  });
  Parameters<Embed, double> gradients;
  std::vector<double> dimages(images.size(), 1.0);  // backward adds to what is there
  Embed::backward(*parameters, saved, weights.data(), samples, dimages.data(), *gradients, Context{.arena = arena});
  for (double& value : dimages) value -= 1;
  check.check(parameters, gradients);
  check.check("images", images, dimages);
  check.finish();
}

template <nn::Pool pool>
void check_pooling() {
  constexpr int D = 5;
  const RaggedPacking ragged({3, 2, 4}, 2);
  Packing packing = ragged;
  packing.prefix = 1;
  auto x = random_values<double>(9 * D, 1);
  const auto weights = random_values<double>(3 * D, 2);
  std::vector<double> pooled(3 * D), dx(x.size(), 0.0);
  GradientCheck check([&] {
    nn::pool_tokens<pool>(Tokens<const double, D>{x.data(), packing}, pooled.data());
    return Evaluation{weighted_sum(pooled.data(), weights)};
  });
  nn::add_pool_gradient<pool>(weights.data(), Tokens<double, D>{dx.data(), packing});
  check.check("tokens", x, dx);
  check.finish();
}

}  // namespace

TEST_CASE("gradients: PatchEmbedding and its images, a rest smaller than a patch dropped") {
  check_embedding<nn::PatchEmbedding<nn::PatchGrid{7, 5, 2, 3, 2}, 4>>(7 * 5 * 2);
  check_embedding<nn::PatchEmbedding<nn::PatchGrid{1, 6, 3, 1, 1}, 4, true>>(6 * 3);
}

TEST_CASE_TEMPLATE("ImageReduction is the mean over blocks, a rest dropped; its gradient", Reduce, nn::ImageReduction<7, 5, 2, 2>, nn::ImageReduction<6, 9, 1, 3>,
                   nn::ImageReduction<3, 4, 3, 1>) {
  const Index samples = 2;
  auto x = random_values<double>(samples * Reduce::input_size, 1);
  const auto weights = random_values<double>(samples * Reduce::output_size, 2);
  std::vector<double> y(weights.size());
  GradientCheck check([&] {
    Reduce::apply(x.data(), samples, y.data());
    return Evaluation{weighted_sum(y.data(), weights)};
  });
  std::vector<double> dx(x.size(), 1.0);  // backward adds to what is there
  Reduce::backward(weights.data(), samples, dx.data());
  for (double& value : dx) value -= 1;
  check.check("images", x, dx);
  check.finish();
}

TEST_CASE("ImageReduction on numbers known by hand") {
  using Reduce = nn::ImageReduction<3, 5, 1, 2>;
  const std::vector<float> x{1, 2, 3, 4, 100, 5, 6, 7, 8, 100, 100, 100, 100, 100, 100};
  std::vector<float> y(2);
  Reduce::apply(x.data(), 1, y.data());
  CHECK(y == std::vector<float>{3.5f, 5.5f});
  CHECK(Reduce::macs(3) == 24);
  CHECK(nn::ImageReduction<3, 5, 1, 1>::macs(3) == 0);
}

TEST_CASE("gradients: pooling") {
  check_pooling<nn::Pool::token>();
  check_pooling<nn::Pool::gap>();
  check_pooling<nn::Pool::gap_without_prefix>();
}
