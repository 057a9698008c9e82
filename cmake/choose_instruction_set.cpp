/// The main of programs that hold several instruction sets (instruction_sets.cmake): starts the best one that CPU and operating system support,
/// or the one that the environment variable ADATAPE_INSTRUCTION_SET names. Runs on any x86-64.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "instruction_set_support.hpp"

using Main = int(int argc, char** argv);
using Initialiser = void (*)();

// The linker names the ends of a section; a program without static objects has none.
#define ADATAPE_DECLARE_SET(set) \
  extern "C" Main main_##set;    \
  extern "C" [[gnu::weak]] const Initialiser __start_initialisers_##set[], __stop_initialisers_##set[]
ADATAPE_DECLARE_SET(sse2);
ADATAPE_DECLARE_SET(avx2);
ADATAPE_DECLARE_SET(avx512);
ADATAPE_DECLARE_SET(avx512_bf16);
ADATAPE_DECLARE_SET(avx512_amx);

namespace {

struct InstructionSet {
  const char* name;
  bool supported;
  Main* main;
  const Initialiser *first_initialiser, *end_of_initialisers;

  int run(int argc, char** argv) const {
    for (const Initialiser* initialise = first_initialiser; initialise != end_of_initialisers; ++initialise) (*initialise)();
    return main(argc, argv);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const adatape_dispatch::Support cpu;
#define ADATAPE_SET(set, supported) \
  { #set, supported, main_##set, __start_initialisers_##set, __stop_initialisers_##set }
  const InstructionSet best_first[] = {ADATAPE_SET(avx512_amx, cpu.avx512_amx), ADATAPE_SET(avx512_bf16, cpu.avx512_bf16), ADATAPE_SET(avx512, cpu.avx512),
                                       ADATAPE_SET(avx2, cpu.avx2), ADATAPE_SET(sse2, true)};

  const char* wanted = std::getenv("ADATAPE_INSTRUCTION_SET");
  for (const auto& set : best_first) {
    if (wanted ? std::strcmp(wanted, set.name) != 0 : !set.supported) continue;
    if (set.supported) return set.run(argc, argv);
    std::fprintf(stderr, "error: ADATAPE_INSTRUCTION_SET=%s: this machine does not support it\n", wanted);
    return 2;
  }
  std::fprintf(stderr, "error: ADATAPE_INSTRUCTION_SET=%s: wanted sse2, avx2, avx512, avx512_bf16 or avx512_amx\n", wanted);
  return 2;
}
