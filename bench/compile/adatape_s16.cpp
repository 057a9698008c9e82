/// What a program that trains AdaTape S/16 and runs it costs to compile: see measure.py.
#include <cstdio>
#include <vector>

#include "adatape/adatape.hpp"

int main() {
  using namespace adatape;
  using Model = model::AdaTape<model::Size::S, 16>;
  const std::vector<float> input(Model::input_size, 0.5f);
  const std::vector<std::int64_t> labels{1};
  train::Trainer<Model> trainer({});
  const auto report = trainer.step({input, labels});
  Arena workspace;
  const auto output = model::Engine<Model>(trainer.parameters()).run(input, workspace);
  std::printf("loss %.3f, then class 1 has logit %.3f\n", report.loss, static_cast<double>(output.logits[1]));
}
