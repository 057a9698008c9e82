/// adatape-export: a checkpoint in fewer bits, or the packed weights of an engine, which other processes map.
#include <fmt/format.h>

#include "../command_line.hpp"
#include "adatape/io/packed.hpp"
#include "model_file.hpp"

namespace {

using namespace adatape::examples;

struct Flags {
  std::string checkpoint, storage, out;
  bool packed = false;
};

double megabytes(const std::string& path) { return static_cast<double>(std::filesystem::file_size(path)) / 1e6; }

void write(const Flags& flags) {
  const ModelFile file(flags.checkpoint);
  const auto& checkpoint = file.checkpoint();
  const auto& compiled = find_configuration(compiled_models(), CheckpointInfo::read(checkpoint), flags.checkpoint);
  std::error_code none;
  if (std::filesystem::equivalent(flags.checkpoint, flags.out, none)) throw UsageError("--out: wanted another file than the checkpoint");
  if (flags.packed) {
    const auto& engine = find_engine(compiled, flags.storage, flags.checkpoint);
    adatape::io::write_packed(flags.out, engine.storage, adatape::storage_name<float>(), file.metadata(), engine.pack(checkpoint).contents());
  } else {
    compiled.store(checkpoint, flags.storage, flags.out);
  }
  fmt::print("{}: {}, {}kernels in {}, {:.2f} MB; the checkpoint has {:.2f} MB\n", flags.out, compiled.facts.name, flags.packed ? "packed, " : "",
             flags.storage, megabytes(flags.out), megabytes(flags.checkpoint));
}

int run(int argc, char** argv) {
  CLI::App app(
      "Writes the weights of a checkpoint with the kernels of its dense layers in another type: as a checkpoint, or packed for this version of the program "
      "and this instruction set. A packed file is mapped, so that a program starts at once and several share its memory. What training needs beside the "
      "weights is left out.");
  Flags flags;
  app.add_option("CHECKPOINT", flags.checkpoint, "checkpoint of " ADATAPE_TRAINER " (.safetensors)")->required();
  app.add_option("--storage", flags.storage, "f32; bf16: half the memory for kernels; int8: a quarter")->required()->check(one_of_storages());
  app.add_flag("--packed", flags.packed, "packed weights in place of a checkpoint");
  app.add_option("--out", flags.out, "file to write")->required();
  ADATAPE_PARSE(app, argc, argv);
  write(flags);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return adatape::examples::guarded_main([&] { return run(argc, argv); });
}
