/// bench_onnx write FOLDER: models with random weights as FOLDER/MODEL.onnx, one image as FOLDER/input, and its logits as FOLDER/MODEL.logits (floats).
/// bench_onnx run MODEL BATCH SECONDS: the median milliseconds of the library's engine for a batch of that image, over so many seconds.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>

#include "../models.hpp"
#include "../random_input.hpp"
#include "../rounds.hpp"
#include "adatape/core/initialise.hpp"
#include "adatape/io/atomic_file.hpp"
#include "adatape/model/describe.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/onnx/save.hpp"
#include "adatape/onnx/weights.hpp"

namespace {

using namespace adatape;

void write_floats(const std::filesystem::path& path, std::span<const float> values) {
  io::AtomicFile file(path);
  file.write(std::as_bytes(values));
  file.commit();
}

/// A new head is 0. This one is not, so that logits tell models apart.
template <class Model>
Parameters<Model, float> parameters_of() {
  Parameters<Model, float> parameters;
  initialise(parameters, 1);
  const auto entry = std::ranges::find(parameters.layout(), std::string_view("output_projection/kernel"), &LayoutEntry::name);
  const auto values = bench::normal_values(entry->size, 2);
  std::ranges::transform(values, parameters.values(*entry).begin(), [](float value) { return 0.05f * value; });
  return parameters;
}

std::vector<float> image() { return bench::normal_values(Index{224} * 224 * 3); }

template <class Config>
void write(const std::filesystem::path& folder, const std::string& name) {
  using Model = model::Classifier<Config>;
  const auto parameters = parameters_of<Model>();
  onnx::save(folder / (name + ".onnx"), model::describe<Config>(), onnx::weights_of(parameters));
  Arena arena;
  const auto pixels = image();
  const auto output = model::Engine<Model>(parameters).run(pixels, arena);
  write_floats(folder / (name + ".logits"), {output.logits, static_cast<std::size_t>(Model::classes)});
}

template <class Config>
double run(Index batch, double seconds) {
  const model::Engine<model::Classifier<Config>> engine(parameters_of<model::Classifier<Config>>());
  std::vector<float> pixels;
  for (Index b = 0; b < batch; ++b) std::ranges::copy(image(), std::back_inserter(pixels));
  Arena arena;
  const auto once = [&] {
    arena.reset();
    (void)engine.run(pixels, arena);
  };
  once();
  std::vector<double> times;
  for (double sum = 0; sum < seconds || times.size() < 5; sum += times.back()) times.push_back(bench::seconds_of(once));
  return 1e3 * bench::median(times);
}

struct Subject {
  void (*write)(const std::filesystem::path& folder, const std::string& name);
  double (*run)(Index batch, double seconds);
};
template <class Config>
constexpr Subject subject{write<Config>, run<Config>};
const std::map<std::string, Subject> kSubjects{{"vit-s16", subject<model::VitConfig<model::Size::S, 16>>},
                                               {"adatape-s16", subject<model::AdaTapeConfig<model::Size::S, 16>>},
                                               {"adatape-s16-learned", subject<model::AdaTapeConfig<model::Size::S, 16, tape::BankType::learn>>}};

double number_of(const char* text) {
  double number = 0;
  const char* const end = text + std::strlen(text);
  require(std::from_chars(text, end, number).ptr == end && number > 0, "wanted a number above 0, found ", text);
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string_view what = argc > 1 ? argv[1] : "";
    require((what == "write" && argc == 3) || (what == "run" && argc == 5), "usage: bench_onnx write FOLDER, or bench_onnx run MODEL BATCH SECONDS");
    if (what == "write") {
      write_floats(std::filesystem::path(argv[2]) / "input", image());
      for (const auto& [name, each] : kSubjects) each.write(argv[2], name);
      return 0;
    }
    const auto found = kSubjects.find(argv[2]);
    require(found != kSubjects.end(), "wanted a model of those in bench/onnx/engine.cpp, found ", argv[2]);
    std::printf("%.3f\n", found->second.run(static_cast<Index>(number_of(argv[3])), number_of(argv[4])));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
