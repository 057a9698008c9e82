/// predict MODEL TAU PICTURE...: the lines of predict.c, by the headers alone.
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "../../examples/image/models.hpp"
#include "adatape/image/decode.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/model/engine.hpp"

int main(int argc, char** argv) {
  using namespace adatape;
  using Model = model::Classifier<examples::AdatapeFashion>;
  if (argc < 4) return 2;
  Parameters<Model, float> parameters;
  const auto file = io::SafetensorsFile::open(argv[1]);
  io::load_used_weights(file, parameters);
  const auto pixels = nlohmann::json::parse(file.metadata().at("pixels")), classes = nlohmann::json::parse(file.metadata().at("classes"));
  const double mean = pixels.at("mean"), deviation = pixels.at("deviation");

  std::vector<float> input;
  for (int i = 3; i < argc; ++i)
    for (const auto value : image::read_image(argv[i], {.channels = 1}).values)
      input.push_back(static_cast<float>((static_cast<double>(value) / 255 - mean) / deviation));
  const model::Engine<Model> engine(parameters);
  Arena arena;
  const auto output = engine.run(input, arena, {.tau = std::atof(argv[2])});
  for (Index b = 0; b < output.samples; ++b) {
    Index best = 0;
    output.logits_matrix().row(b).maxCoeff(&best);
    const auto label = static_cast<std::size_t>(best);
    std::printf("%s;", label < classes.size() ? classes.at(label).get<std::string>().c_str() : std::to_string(label).c_str());
    for (const auto& read : output.trace.read) std::printf(" %td", read.length[static_cast<std::size_t>(b)]);
    std::printf(";");
    for (const auto& read : output.trace.read)
      for (Index n = 0; n < read.length[static_cast<std::size_t>(b)]; ++n)
        read.for_each_token(b, n, [](Index token, float) { std::printf(" %td", token); });
    std::printf(";");
    for (Index c = 0; c < Model::classes; ++c) std::printf(" %08x", std::bit_cast<std::uint32_t>(output.logits[b * Model::classes + c]));
    std::printf("\n");
  }
}
