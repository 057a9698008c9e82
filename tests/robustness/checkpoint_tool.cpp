/// save PATH STEP: writes the tiny model of that step, with AdamW's first moments. check PATH: prints the step of a whole checkpoint.
/// Whatever is wrong is one line on standard error and exit code 1.
#include <cstdio>

#include "tiny_model.hpp"

int main(int argc, char** argv) {
  using namespace adatape;
  using namespace adatape::robustness;
  try {
    const std::string_view verb = argc > 2 ? argv[1] : "";
    TinyParameters parameters, moments;
    if (verb == "save" && argc == 4) {
      const Index step = std::atoll(argv[3]);
      fill(parameters, step);
      fill(moments, step + 1);
      io::save_checkpoint(argv[2], parameters, tiny_metadata(step), io::Stored{"adamw/m/", moments});
      return 0;
    }
    require(verb == "check", "wanted save PATH STEP or check PATH");
    const auto file = io::SafetensorsFile::open(argv[2]);
    io::load_checkpoint(file, parameters, io::Stored{"adamw/m/", moments});
    TinyParameters wanted;
    const Index step = io::checkpoint_step(file);
    fill(wanted, step);
    require(same_bits(parameters.flat(), wanted.flat()), argv[2], ": other parameters than those of step ", step);
    fill(wanted, step + 1);
    require(same_bits(moments.flat(), wanted.flat()), argv[2], ": other moments than those of step ", step);
    std::printf("%lld\n", static_cast<long long>(step));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
