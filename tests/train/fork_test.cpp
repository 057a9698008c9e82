/// A child of fork() has none of its parent's threads. Engine and Trainer must answer in it, with the parent's bits, and before a deadline.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../model/model_problem.hpp"
#include "adatape/train/trainer.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

using Config = verify::LearnTokenTwoFfn;
using Model = model::Classifier<Config>;

/// Loss and logits after one more training step.
std::vector<float> answer(train::Trainer<Model>& trainer, const ModelProblem<Config, float>& problem) {
  const auto report = trainer.step({problem.input, problem.labels, {}, problem.numbers});
  Arena workspace;
  const auto output = model::Engine<Model>(trainer.parameters()).run(problem.input, workspace);
  std::vector<float> values(output.logits, output.logits + problem.samples * Model::classes);
  values.push_back(static_cast<float>(report.loss));
  return values;
}

}  // namespace

TEST_CASE("fork: engine and trainer answer in the child with the bits of the parent") {
  const Threads threads(2);
  const ModelProblem<Config, float> problem(40, 9);
  train::Trainer<Model> trainer({});
  answer(trainer, problem);  // the parent's threads exist from here on
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(60);  // the deadline: the signal ends a child that hangs
    const auto values = answer(trainer, problem);
    const auto size = values.size() * sizeof(float);
    _exit(is_forked_child() && write(ends[1], values.data(), size) == static_cast<ssize_t>(size) ? 0 : 1);
  }
  close(ends[1]);
  CHECK(!is_forked_child());
  const auto expected = answer(trainer, problem);
  std::vector<float> found(expected.size());
  const auto size = static_cast<ssize_t>(found.size() * sizeof(float));
  CHECK(read(ends[0], found.data(), found.size() * sizeof(float)) == size);
  close(ends[0]);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(found == expected);
}
