/// native_runs FOLDER: what the module's source computes on this processor, compiled without fused multiply-add, for run.mjs to compare with WebAssembly.
///     weights.f32, images.f32   a model with drawn weights, and drawn images, as the module takes them
///     runs.bin                  for each image and threshold: double tau, macs; int32 image, length, tokens per step; float logits; int32 tokens; float merge
///     weights
/// Prints the milliseconds of an image, the least of all runs with tau 1: others may use the machine.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "../../examples/web/module.hpp"
#include "adatape/core/random.hpp"

namespace {

using adatape::Purpose, adatape::Stream;

constexpr std::int32_t images = 12;
constexpr double taus[] = {0, 0.5, 1, 2, 3.5, 10};

template <class Value>
void write(std::ofstream& file, const Value* values, std::int32_t count) {
  file.write(reinterpret_cast<const char*>(values), static_cast<std::streamsize>(count) * static_cast<std::streamsize>(sizeof(Value)));
}
template <class Value>
void write(std::ofstream& file, Value value) {
  write(file, &value, 1);
}

/// Without tensors' names a weight may be a scale: all are drawn about 0, large enough for scores to differ.
void draw(std::span<float> values, const Stream& stream, double width) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(width * (2 * stream.uniform(i) - 1));
}

double milliseconds() { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  const auto weights = std::span(adatape_weights(), static_cast<std::size_t>(adatape_weight_count()));
  draw(weights, Stream(1, Purpose::initialise), 2);
  std::ofstream file(folder + "/weights.f32", std::ios::binary);
  write(file, weights.data(), adatape_weight_count());
  adatape_load();

  const auto size = static_cast<std::size_t>(adatape_input_size());
  std::vector<float> pixels(images * size);
  for (std::int32_t i = 0; i < images; ++i)
    draw(std::span(pixels).subspan(static_cast<std::size_t>(i) * size, size), Stream(2, Purpose::data, 0, static_cast<std::uint64_t>(i)), 0.25 * (i + 1));
  std::ofstream image_file(folder + "/images.f32", std::ios::binary);
  write(image_file, pixels.data(), static_cast<std::int32_t>(pixels.size()));

  std::ofstream runs(folder + "/runs.bin", std::ios::binary);
  double best = 1e9;
  for (std::int32_t image = 0; image < images; ++image) {
    std::copy_n(pixels.begin() + image * static_cast<std::ptrdiff_t>(size), size, adatape_input());
    for (const double tau : taus) {
      adatape_run(tau);
      const std::int32_t length = adatape_tape_length(), slots = adatape_tokens_per_step();
      write(runs, tau);
      write(runs, adatape_macs());
      for (const std::int32_t number : {image, length, slots}) write(runs, number);
      write(runs, adatape_logits(), adatape_classes());
      write(runs, adatape_indices(), length * slots);
      write(runs, adatape_merge_weights(), length * slots);
    }
    for (int i = 0; i < 10; ++i) {
      const double start = milliseconds();
      adatape_run(1);
      best = std::min(best, milliseconds() - start);
    }
  }
  for (auto* const written : {&file, &image_file, &runs}) {
    written->close();
    if (!*written) return std::fprintf(stderr, "%s: cannot write\n", folder.c_str()), 1;
  }
  std::printf("native: %.3f ms an image\n", best);
}
