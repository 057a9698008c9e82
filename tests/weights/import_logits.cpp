/// import_logits WEIGHTS IN OUT: the logits of ViT-B/16 with the class token, with imported weights, for the images [samples, 224, 224, 3] of the safetensors
/// file IN, as tensor "logits" of the file OUT. For check_torchvision.py; not part of a build for all.
#include <cstdio>

#include "adatape/model/engine.hpp"
#include "adatape/model/sizes.hpp"
#include "adatape/weights/import.hpp"
#include "adatape/weights/open.hpp"

namespace {

using namespace adatape;

struct Config : model::VitConfig<model::Size::B, 16> {
  static constexpr nn::Pool classifier = nn::Pool::token;
  static constexpr ops::GeluForm gelu = ops::GeluForm::erf;
};
using Model = model::Classifier<Config>;

void run(const char* source, const char* in, const char* out) {
  Parameters<Model, float> parameters;
  for (const auto& line : weights::import_weights(*weights::open_weights(source), parameters).lines()) std::puts(line.c_str());
  const auto images = io::SafetensorsFile::open(in).read<float>("images");
  Arena arena;
  const auto output = model::Engine<Model>(parameters).run(images, arena);
  const Index samples = std::ssize(images) / Model::input_size;
  const std::span<const float> logits(output.logits, static_cast<std::size_t>(samples * Model::classes));
  io::write_safetensors(out, {io::tensor_view("logits", {samples, Model::classes}, logits)});
}

}  // namespace

int main(int argc, char** argv) {
  try {
    require(argc == 4, "wanted WEIGHTS IN OUT");
    run(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
