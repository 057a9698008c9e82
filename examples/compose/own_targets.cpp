/// Distillation: a teacher's probabilities are the targets of a smaller student. The student sees no label.
#include <cstdio>

#include "parity_batch.hpp"

using namespace adatape;

struct StudentConfig : ParityConfig {
  static constexpr int hidden_size = 24, mlp_dim = 48;
};
using Student = model::Classifier<StudentConfig>;

int main() {
  constexpr Index steps = 800;
  const train::TrainingOptions options{.schedule = {train::Decay::cosine, 3e-3, 100, steps}};
  ParityBatch batch(64);
  train::Trainer<ParityModel> teacher_trainer(options);
  for (Index step = 0; step < steps; ++step) {
    batch.draw(step);
    teacher_trainer.step({batch.input, batch.labels});
  }
  const model::Engine<ParityModel> teacher(teacher_trainer.parameters());
  Arena workspace;
  train::Trainer<Student> student(options);
  std::vector<float> probabilities;
  for (Index step = 0; step < steps; ++step) {
    batch.draw(steps + step);
    const RowMatrix<float, 2> logits = teacher.run(batch.input, workspace).logits_matrix() / 2;  // temperature 2
    probabilities.clear();
    for (Index b = 0; b < logits.rows(); ++b) {
      const float ratio = std::exp(logits(b, 0) - logits(b, 1));
      probabilities.insert(probabilities.end(), {ratio / (1 + ratio), 1 / (1 + ratio)});
    }
    const auto report = student.step({batch.input, probabilities});
    if (step % 200 == 199)
      std::printf("step %td: loss %.3f, the student agrees with the teacher on %td of %td\n", step + 1, report.loss, report.correct, report.counted);
  }
  const double taught = accuracy_of(student.parameters()), teaching = accuracy_of(teacher_trainer.parameters());
  std::printf("teacher %.1f %%, student %.1f %% right\n", 100 * teaching, 100 * taught);
  return teaching > 0.9 && taught > 0.9 ? 0 : 1;
}
