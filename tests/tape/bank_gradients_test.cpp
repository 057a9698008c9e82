#include "adatape/tape/input_bank.hpp"
#include "gradient_check.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

template <class InputBank>
void check_bank(Index input_size, Index width) {
  const Index samples = 3;
  auto parameters = random_parameters<InputBank, double>(5, 0.2);
  auto input = random_values<double>(samples * input_size, 1);
  const auto weights = random_values<double>(samples * InputBank::size * width, 2);
  Arena arena;
  typename InputBank::template Saved<double> saved;
  const auto run = [&] {
    arena.reset();
    return InputBank::forward(*parameters, input.data(), samples, saved, Context{.arena = arena});
  };
  GradientCheck check([&] { return Evaluation{weighted_sum(run().tokens, weights)}; });
  Parameters<InputBank, double> gradients;
  std::vector<double> dinput(input.size(), 0.0);
  run();
  InputBank::backward(*parameters, saved, weights.data(), samples, dinput.data(), *gradients, Context{.arena = arena});
  check.check(parameters, gradients);
  check.check("input", input, dinput);
  check.finish();
}

}  // namespace

TEST_CASE("gradients: ImageBank") { check_bank<tape::ImageBank<nn::PatchGrid{7, 6, 2, 2, 3}, 5>>(7 * 6 * 2, 5); }
TEST_CASE("gradients: SymbolBank") { check_bank<tape::SymbolBank<6, 3, 5>>(6 * 3, 5); }
