/// A loss of one's own: the Huber loss (Huber 1964), for a model of the library that predicts a real number. The symbols -1, 0 and 1 are the steps of a walk,
/// and the number is its distance from the start. In training a tenth of the distances are wrong. The Huber loss is compared with the squared error.
#include <cstdio>

#include "adatape/testing/gradient_check.hpp"
#include "parity_batch.hpp"

using namespace adatape;

/// loss(e) = e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2).  Its derivative is e, at least -delta and at most delta.
struct Huber {
  double delta = 1;
  template <class T>
  using Targets = train::ClassTargets<T>;  // its rows hold any numbers; here a row is one number
  template <class Output, class T>
  void check_targets(const train::ClassTargets<T>& targets, Index samples) const {
    require(std::ssize(targets.rows()) == samples, "objective: wanted a number for each of ", samples, " samples, found ", targets.rows().size());
  }
  /// An error below 1/2 counts as right. The ponder has no part in the loss, so its gradient is 0.
  template <class Output, class T>
  auto operator()(const Output& output, const train::ClassTargets<T>& targets, std::span<const T> weights, Index, Arena& arena) const {
    const auto dlogits = arena.take_span<T>(output.samples), dponder = arena.take_span<T>(output.samples);
    train::ObjectiveValue<typename Output::Gradient> value{.gradient = {dlogits.data(), dponder.data()}};
    for (std::size_t b = 0; b < dlogits.size(); ++b) {
      const T weight = weights.empty() ? T(1) : weights[b], error = output.logits[b] - targets.rows()[b], slope = std::clamp(error, -T(delta), T(delta));
      value.loss += static_cast<double>(weight * slope * (error - slope / 2));
      value.correct += std::abs(error) < T(0.5);
      dlogits[b] = weight * slope;
      dponder[b] = 0;
    }
    return value;
  }
};
void check(const Huber& huber) { require(huber.delta > 0, "objective: wanted a delta above 0, found ", huber.delta); }

struct WalkConfig : ParityConfig {
  static constexpr int num_classes = 1;
};
using Model = model::Classifier<WalkConfig>;

std::vector<float> distances(const ParityBatch& batch) {
  std::vector<float> result(batch.labels.size());
  for (std::size_t i = 0; i < batch.input.size(); i += 3) result[i / ParityBatch::size] += batch.input[i + 2] - batch.input[i];
  for (float& distance : result) distance = std::abs(distance);
  return result;
}

/// Trains on walks of which every tenth has the distance 30, and returns the root mean square error for 1000 walks that training has not seen.
double error_of(Huber loss) {
  constexpr Index steps = 400;
  train::Trainer<Model, float, Huber> trainer({.objective = loss, .schedule = {train::Decay::cosine, 3e-3, 50, steps}});
  ParityBatch batch(64), test(1000);
  for (Index step = 0; step < steps; ++step) {
    batch.draw(step);
    auto targets = distances(batch);
    for (std::size_t b = 0; b < targets.size(); ++b)
      if (Stream(1, Purpose::data, static_cast<std::uint64_t>(step), b).below(0, 10) == 0) targets[b] = 30;
    trainer.step({batch.input, targets});
  }
  test.draw(1'000'000);
  Arena workspace;
  const auto output = model::Engine<Model>(trainer.parameters()).run(test.input, workspace);
  const auto wanted = distances(test);
  return std::sqrt((output.logits_matrix() - Eigen::Map<const Eigen::VectorXf>(wanted.data(), 1000)).squaredNorm() / 1000);
}

int main() {
  std::vector<double> logits{0.1, 2, 0, 7}, weights{1, 2, 0.5, 3}, targets{0.3, -1, 4, 6.5};
  Model::Output<double> output;
  output.samples = 4, output.logits = logits.data();
  Arena arena;
  const auto value = [&] { return Huber{}(output, train::ClassTargets<double>(targets), std::span<const double>(weights), 0, arena); };
  gradcheck::GradientCheck gradients([&] { return gradcheck::Evaluation{value().loss}; });
  gradients.check("logits", logits, {value().gradient.dlogits, 4});
  std::printf("loss: gradients in double, %s\n", gradients.report().summary().c_str());
  const double huber = error_of({.delta = 1}), square = error_of({.delta = 1e9});  // below 1e9 the Huber loss is half the squared error
  std::printf("root mean square error of unseen walks: %.3f with the Huber loss, %.3f with the squared error\n", huber, square);
  return gradients.report().passed() && huber < 0.6 && huber < square / 2 ? 0 : 1;
}
