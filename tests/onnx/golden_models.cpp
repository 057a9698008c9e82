/// golden_models FOLDER GOLDEN.safetensors...: the model of each golden file as FOLDER/NAME.onnx. Prints two lines for each one that can be
/// written, GOLDEN and MODEL.
#include <cstdio>
#include <filesystem>

#include "adatape/io/safetensors.hpp"
#include "adatape/onnx/save.hpp"
#include "adatape/onnx/weights.hpp"

using namespace adatape;

int main(int argc, char** argv) {
  try {
    for (int i = 2; i < argc; ++i) {
      const auto file = io::SafetensorsFile::open(argv[i]);
      const auto& description = file.metadata("config");
      const auto json = io::parse_json(description, argv[i]);
      const auto model = json.at("model").get<std::string>();
      if (!file.contains("logits") || model == "pondernet" || json.value("bank_type", "") == "given" || json.value("input", "") == "tokens") continue;
      const auto path = std::filesystem::path(argv[1]) / std::filesystem::path(argv[i]).stem().concat(".onnx");
      const onnx::ReadSettings reads{.max_tape_tokens = json.value("max_tape_tokens", Index{0}),
                                     .exact_tape_tokens = json.value("exact_tape_tokens", Index{0})};
      onnx::save(path, description, onnx::weights_of(file, "params/"), {.reads = reads});
      std::printf("%s\n%s\n", argv[i], path.c_str());
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
