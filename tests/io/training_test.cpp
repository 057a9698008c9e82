#include "adatape/io/training.hpp"

#include <doctest/doctest.h>

#include "../model/model_problem.hpp"
#include "adatape/train/sgd.hpp"
#include "adatape/train/trainer.hpp"
#include "files.hpp"

using namespace adatape;
using namespace adatape::test;
using namespace adatape::testing;

namespace {

using Config = verify::ParityToken;
using Model = model::Classifier<Config>;
using Trainer = train::Trainer<Model>;
using SgdTrainer = train::Trainer<Model, float, train::CrossEntropy, train::Sgd>;

template <class T>
typename T::Options options() {
  typename T::Options result{.schedule = {train::Decay::cosine, 1e-2, 2, 10}};
  result.average.decay = 0.9;
  result.settings.dropout = 0.1;
  return result;
}

template <class T>
void run(T& trainer, int steps) {
  for (int i = 0; i < steps; ++i) {
    const ModelProblem<Config, float> problem(4, static_cast<std::uint64_t>(trainer.step_number()));
    trainer.step({problem.input, problem.labels, {}, problem.numbers});
  }
}

}  // namespace

TEST_CASE_TEMPLATE("training state: a run that is saved and restored continues with the same bits", T, Trainer, SgdTrainer) {
  const TemporaryDirectory directory;
  T whole(options<T>()), before(options<T>());
  run(whole, 5);
  run(before, 2);
  io::save_training(directory / "run", before, {{"note", "kept"}});
  auto other = options<T>();
  other.seed = 99;  // of other initial parameters; set back below, since it is also that of the draws
  T after(other);
  CHECK(io::load_training(directory / "run", after).at("note") == "kept");
  after.set_options(options<T>());
  CHECK(after.step_number() == 2);
  run(after, 3);
  CHECK(same_bits<float>(after.parameters().flat(), whole.parameters().flat()));
  CHECK(same_bits<float>(after.average()->flat(), whole.average()->flat()));
  CHECK(same_bits<float>(std::get<0>(after.optimizer().state()).parameters.flat(), std::get<0>(whole.optimizer().state()).parameters.flat()));
}

TEST_CASE("training state: what does not fit is refused and changes nothing") {
  const TemporaryDirectory directory;
  auto plain = options<Trainer>();
  plain.average = {};
  Trainer without_average(plain), averaging(options<Trainer>());
  SgdTrainer sgd(options<SgdTrainer>());
  run(without_average, 1);
  io::save_training(directory / "plain", without_average);
  const std::vector<float> before(averaging.parameters().flat().begin(), averaging.parameters().flat().end());
  CHECK_THROWS_AS(io::load_training(directory / "plain", averaging), Error);
  CHECK_THROWS_AS(io::load_training(directory / "plain", sgd), Error);
  CHECK_THROWS_AS(io::load_training(directory / "none", averaging), Error);
  CHECK(averaging.step_number() == 0);
  CHECK(same_bits<float>(averaging.parameters().flat(), before));
  io::save_checkpoint(directory / "weights", without_average.parameters(), {});
  CHECK_THROWS_AS(io::load_training(directory / "weights", without_average), Error);
  CHECK(without_average.step_number() == 1);
}
