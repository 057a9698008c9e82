#include "adatape/io/training.hpp"

#include <doctest/doctest.h>

#include "../model/model_problem.hpp"
#include "adatape/io/partial.hpp"
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

TEST_CASE_TEMPLATE("training state: a run with frozen tensors stores and restores the state of the others, with the same bits", T, Trainer, SgdTrainer) {
  const TemporaryDirectory directory;
  auto frozen = options<T>();
  frozen.rules = train::frozen("encoderblock_0", train::frozen("pre_bank", train::decay_kernels_only));
  T whole(frozen), before(frozen), after(frozen);
  run(whole, 5);
  run(before, 2);
  io::save_training(directory / "run", before);
  const auto file = io::SafetensorsFile::open(directory / "run");
  const std::string prefix(std::get<0>(before.optimizer().state()).prefix);
  for (const auto& entry : before.parameters().layout()) {
    const std::string name(entry.name());
    CAPTURE(name);
    const bool trained = name.find("encoderblock_0") == name.npos && name.find("pre_bank") == name.npos;
    CHECK(file.contains(prefix + name) == trained);
    CHECK(file.contains(name));
    CHECK(file.contains("average/" + name));
  }
  io::load_training(directory / "run", after);
  run(after, 3);
  CHECK(same_bits<float>(after.parameters().flat(), whole.parameters().flat()));
  CHECK(same_bits<float>(after.average()->flat(), whole.average()->flat()));
  CHECK(same_bits<float>(std::get<0>(after.optimizer().state()).parameters.flat(), std::get<0>(whole.optimizer().state()).parameters.flat()));
}

TEST_CASE("training state: of a file with more state than is trained, that of trained tensors is taken; less is refused") {
  const TemporaryDirectory directory;
  auto frozen_options = options<Trainer>();
  frozen_options.rules = train::frozen("pre_bank");
  Trainer everything(options<Trainer>()), frozen(frozen_options), other(options<Trainer>());
  run(everything, 2);
  io::save_training(directory / "everything", everything);
  io::load_training(directory / "everything", frozen);
  CHECK(frozen.step_number() == 2);
  for (const auto& entry : frozen.parameters().layout())
    if (frozen.optimizer().second.holds(entry))
      CHECK(same_bits<float>(std::as_const(frozen).optimizer().second.values(entry), std::as_const(everything).optimizer().second.values(entry)));

  io::save_training(directory / "frozen", frozen);
  const auto refused = [&] {
    try {
      io::load_training(directory / "frozen", other);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused() == (directory / "frozen").string() +
                         ": the tensors are not those of this model and its parameter rules: "
                         "2 missing (\"adamw/m/pre_bank/kernel\", \"adamw/m/pre_bank/bias\")");
  CHECK(other.step_number() == 0);
  for (const float value : other.optimizer().second.flat()) CHECK(value == 0);

  other.set_options(frozen_options);  // with the rules of the file, then those of one's own
  io::load_training(directory / "frozen", other);
  other.set_options(options<Trainer>());
  CHECK(other.step_number() == 2);
  CHECK_NOTHROW(run(other, 1));

  // A name that no tensor of the model has is refused, whatever the rules are.
  std::vector<io::TensorView> views = io::tensor_views(frozen.parameters());
  std::ranges::move(io::tensor_views(frozen.optimizer().first, "adamw/m/"), std::back_inserter(views));
  std::ranges::move(io::tensor_views(frozen.optimizer().second, "adamw/v/"), std::back_inserter(views));
  std::ranges::move(io::tensor_views(frozen.parameters(), "average/"), std::back_inserter(views));
  views.push_back(io::tensor_view("adamw/v/other", {1}, std::as_const(frozen).parameters().flat().first(1)));
  io::write_safetensors(directory / "other", views, io::SafetensorsFile::open(directory / "frozen").metadata());
  CHECK_THROWS_WITH_AS(io::load_training(directory / "other", frozen), doctest::Contains("1 unexpected (\"adamw/v/other\")"), Error);

  // load_matching reports on the tensors that are held.
  auto moments = frozen.optimizer().first;
  for (const auto& entry : moments.layout())
    if (moments.holds(entry)) std::ranges::fill(moments.values(entry), 3.f);
  const auto report = io::load_matching(io::SafetensorsFile::open(directory / "everything"), moments, "adamw/m/");
  CHECK((report.missing.empty() && report.unexpected.empty() && report.mismatched.empty()));
  CHECK(same_bits<float>(moments.flat(), frozen.optimizer().first.flat()));
}

TEST_CASE("training state: a trained model runs with the averaged weights, where a file has them") {
  const TemporaryDirectory directory;
  Trainer trainer(options<Trainer>()), other(options<Trainer>());
  run(trainer, 3);
  io::save_training(directory / "run", trainer);
  io::save_checkpoint(directory / "weights", trainer.parameters(), {});
  const auto averaged = io::SafetensorsFile::open(directory / "run"), plain = io::SafetensorsFile::open(directory / "weights");
  CHECK(io::used_prefix(averaged) == "average/");
  CHECK(io::used_prefix(plain).empty());
  auto used = other.parameters();
  io::load_used_weights(averaged, used);
  CHECK(same_bits<float>(used.flat(), trainer.average()->flat()));
  CHECK(!same_bits<float>(used.flat(), trainer.parameters().flat()));
  io::load_used_weights(plain, used);
  CHECK(same_bits<float>(used.flat(), trainer.parameters().flat()));

  // An average that lacks a tensor is none, and another model's is refused.
  std::vector<io::TensorView> views = io::tensor_views(trainer.parameters());
  views.push_back(io::tensor_view("average/other", {1}, std::as_const(trainer).parameters().flat().first(1)));
  io::write_safetensors(directory / "cut", views, plain.metadata());
  CHECK_THROWS_WITH_AS(io::load_used_weights(io::SafetensorsFile::open(directory / "cut"), used), doctest::Contains("missing"), Error);
  io::write_safetensors(directory / "foreign", io::tensor_views(trainer.parameters()), {{"config", "{}"}});
  CHECK_THROWS_WITH_AS(io::load_used_weights(io::SafetensorsFile::open(directory / "foreign"), used), doctest::Contains("config"), Error);
  CHECK(same_bits<float>(used.flat(), trainer.parameters().flat()));
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
