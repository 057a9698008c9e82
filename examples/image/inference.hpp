#pragma once
/// Many images through a model, over all cores.
#include <algorithm>
#include <cmath>
#include <vector>

#include "adatape/core/parallel.hpp"
#include "adatape/core/parameters.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/model/classifier.hpp"
#include "pixels.hpp"

namespace adatape::examples {

/// What a sample took: tape tokens, or block applications of adaptive computation, or 0 for a model that does not adapt.
template <class Model, class Output>
Index adaptive_length(const Output& output, Index b) {
  if constexpr (Model::Config::encoder == model::Encoder::act) {
    float steps = 0;
    for (const auto& unit : output.trace.sample(b)) steps = std::max(steps, unit.updates);
    return static_cast<Index>(steps);
  } else {
    return output.tape_length(b);
  }
}

template <class Model>
constexpr const char* adaptive_length_name() {
  return Model::Config::encoder == model::Encoder::act ? "steps" : "tape length";
}

/// Calls visit(i, output, b) for every image i, which is sample b of that output; from several threads at once.
template <class Model, class Visit>
void infer_images(const Parameters<Model, float>& parameters, double tau, std::span<const std::uint8_t> pixels, const PixelTable& table,
                  const Visit& visit) {
  constexpr Index chunk = 64;
  const model::Engine<Model> engine(parameters);
  parallel_chunks(static_cast<Index>(pixels.size()) / Model::input_size, chunk, [&](Index begin, Index end) {
    thread_local Arena workspace;
    Arena::Scope scope(thread_arena());
    float* input = thread_arena().take<float>((end - begin) * Model::input_size);
    table.apply(pixels.subspan(static_cast<std::size_t>(begin * Model::input_size), static_cast<std::size_t>((end - begin) * Model::input_size)),
                input);
    const auto output = engine.run({input, static_cast<std::size_t>((end - begin) * Model::input_size)}, workspace, tau);
    for (Index b = 0; b < end - begin; ++b) visit(begin + b, output, b);
  });
}

/// A model's result on labelled images.
struct TestResult {
  Index count = 0, correct = 0;
  double mean_length = 0, length_deviation = 0, mean_macs = 0;
  Index shortest = 0, longest = 0;

  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(count); }
};

template <class Model>
TestResult test_model(const Parameters<Model, float>& parameters, double tau, const data::ImageDataset& images, const PixelTable& table) {
  const auto count = static_cast<std::size_t>(images.count);
  std::vector<char> correct(count);
  std::vector<Index> lengths(count);
  std::vector<double> macs(count);
  infer_images(parameters, tau, images.pixels, table, [&](Index i, const auto& output, Index b) {
    const auto at = static_cast<std::size_t>(i);
    const float* logits = output.logits + b * Model::classes;
    correct[at] = std::max_element(logits, logits + Model::classes) - logits == images.labels[at];
    lengths[at] = adaptive_length<Model>(output, b);
    macs[at] = output.macs(b);
  });
  TestResult result{.count = images.count, .correct = std::ranges::count(correct, char{1})};
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto length = static_cast<double>(lengths[i]);
    result.mean_length += length / static_cast<double>(count);
    squares += length * length / static_cast<double>(count);
    result.mean_macs += macs[i] / static_cast<double>(count);
  }
  result.length_deviation = std::sqrt(std::max(0.0, squares - result.mean_length * result.mean_length));
  result.shortest = std::ranges::min(lengths);
  result.longest = std::ranges::max(lengths);
  return result;
}

}  // namespace adatape::examples
