/// A training loop of one's own: gradients accumulated over small batches, a frozen bank embedding, no decay on biases, gradients changed by hand, and a moving
/// average of the weights. The task is the parity of 12 symbols.
#include <cstdio>

#include "parity_batch.hpp"

using namespace adatape;

int main() {
  constexpr Index parts = 4, steps = 500;
  train::TrainingOptions options{.schedule = {train::Decay::cosine, 3e-3, 100, steps}, .optimizer = {.weight_decay = 0.01}, .clip_norm = 1};
  options.rules = train::frozen("pre_bank", train::decay_kernels_only);
  options.average = {.decay = 0.98, .warm_up = true};
  train::Trainer<ParityModel> trainer(options);
  const auto initial = trainer.parameters();
  ParityBatch batch(16);
  for (Index step = 0; step < steps; ++step) {
    trainer.zero_gradients();
    for (Index part = 0; part < parts; ++part) {
      batch.draw(step * parts + part);
      trainer.accumulate({batch.input, batch.labels});
    }
    for (const auto& entry : trainer.gradients().layout())  // the head learns at half the gradient
      if (entry.name().starts_with("output_projection"))
        for (float& value : trainer.gradients().values(entry)) value /= 2;
    const auto report = trainer.apply();
    if (step % 100 == 99)
      std::printf("step %td: loss %.3f, %td of %td right, gradient norm %.2f\n", step + 1, report.loss, report.correct, report.counted, report.gradient_norm);
  }
  Index changed = 0;
  for (const auto& entry : initial.layout())
    if (entry.name().starts_with("pre_bank")) changed += !std::ranges::equal(initial.values(entry), trainer.parameters().values(entry));
  const double accuracy = accuracy_of(*trainer.average());
  std::printf("frozen tensors that changed: %td; accuracy of the averaged weights %.1f %%\n", changed, 100 * accuracy);
  return changed == 0 && accuracy > 0.9 ? 0 : 1;
}
