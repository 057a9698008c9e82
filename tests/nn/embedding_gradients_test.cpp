#include <doctest/doctest.h>

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
  const RaggedPacking ragged({3, 1, 4}, 1);
  auto x = random_values<double>(8 * D, 1);
  const auto weights = random_values<double>(3 * D, 2);
  std::vector<double> pooled(3 * D), dx(x.size(), 0.0);
  GradientCheck check([&] {
    nn::pool_tokens<pool>(Tokens<const double, D>{x.data(), ragged}, pooled.data());
    return Evaluation{weighted_sum(pooled.data(), weights)};
  });
  nn::add_pool_gradient<pool>(weights.data(), Tokens<double, D>{dx.data(), ragged});
  check.check("tokens", x, dx);
  check.finish();
}

}  // namespace

TEST_CASE("gradients: PatchEmbedding and its images, a rest smaller than a patch dropped") {
  check_embedding<nn::PatchEmbedding<nn::PatchGrid{7, 5, 2, 3, 2}, 4>>(7 * 5 * 2);
  check_embedding<nn::PatchEmbedding<nn::PatchGrid{1, 6, 3, 1, 1}, 4, true>>(6 * 3);
}

TEST_CASE("gradients: pooling") {
  check_pooling<nn::Pool::token>();
  check_pooling<nn::Pool::gap>();
}
