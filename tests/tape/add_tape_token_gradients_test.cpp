#include "adatape/tape/add_tape_token.hpp"
#include "reader_problem.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

struct LearnedWithMlp : ReaderOptions {
  static constexpr tape::BankType bank_type = tape::BankType::learn;
  static constexpr int tape_bank_size = 14, tt_mlp_dim = 7;
};
struct LearnedPlain : LearnedWithMlp {
  static constexpr int tt_mlp_dim = 0;
};
struct InputWithMlp : LearnedWithMlp {
  static constexpr tape::BankType bank_type = tape::BankType::input;
};

template <class Options>
void check_read(const Situation& situation) {
  using AddTapeToken = tape::AddTapeToken<Options>;
  constexpr int D = AddTapeToken::D;
  constexpr Index samples = 3, bank_size = 9;
  auto parameters = random_parameters<AddTapeToken, double>(3, 0.5);
  const RaggedPacking ragged({3, 1, 4}, 1);
  auto x = random_values<double>(8 * D, 1), bank = random_values<double>(samples * bank_size * D, 2);
  const auto ponder_weights = random_values<double>(samples, 5);
  const auto all_weights = random_values<double>((8 + samples * AddTapeToken::Reader::num_tape_tokens) * D, 4);
  Arena arena;
  typename AddTapeToken::template Saved<double> saved;
  const auto run = [&] {
    arena.reset();
    return AddTapeToken::forward(*parameters, Tokens<double, D>{x.data(), ragged}, tape::Bank<const double>{bank.data(), bank_size, false}, saved,
                         make_context(arena, situation));
  };
  GradientCheck check([&] {
    const auto y = run();
    Evaluation result{weighted_sum(y.data, std::span(all_weights).first(static_cast<std::size_t>(y.size())))};
    for (std::size_t b = 0; b < samples; ++b) result.value += ponder_weights[b] * saved.reader.trace.ponder[b];
    add_choices(saved.reader.trace, result.choices);
    return result;
  });
  const auto y = run();
  CHECK(y.packing.own == 1);
  CHECK(y.rows() > 8);
  auto dy = all_weights;
  Parameters<AddTapeToken, double> gradients;
  std::vector<double> dx(x.size()), dbank(bank.size(), 0.0);
  AddTapeToken::backward(*parameters, saved, {dy.data(), y.packing}, ponder_weights.data(), {dx.data(), ragged}, dbank.data(), *gradients,
                 make_context(arena, situation));
  check.check(parameters, gradients);
  check.check("tokens", x, dx);
  if (!AddTapeToken::learned) check.check("bank", bank, dbank);
  check.finish();
}

}  // namespace

TEST_CASE_TEMPLATE("gradients: AddTapeToken", Options, LearnedWithMlp, LearnedPlain, InputWithMlp) {
  check_read<Options>({});
  check_read<Options>({.settings = {.dropout = 0.2, .bernoulli_p = 0.3}, .training = true});
}
