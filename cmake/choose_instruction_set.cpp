/// The main of programs that hold several instruction sets (instruction_sets.cmake): starts the best one that CPU and operating system support,
/// or the one that the environment variable ADATAPE_INSTRUCTION_SET names. Runs on any x86-64.
#include "instruction_set_support.hpp"

using Main = int(int argc, char** argv);
using Initialiser = void (*)();

// The linker names the ends of a section; a program without static objects has none.
#define ADATAPE_DECLARE_SET(set, ...) \
  extern "C" Main main_##set;         \
  extern "C" [[gnu::weak]] const Initialiser __start_initialisers_##set[], __stop_initialisers_##set[];
ADATAPE_FOR_EACH_SET(ADATAPE_DECLARE_SET)

int main(int argc, char** argv) {
  struct InstructionSet {
    Main* main;
    const Initialiser *first_initialiser, *end_of_initialisers;
  };
#define ADATAPE_SET(set, ...) {main_##set, __start_initialisers_##set, __stop_initialisers_##set},
  const InstructionSet sets[] = {ADATAPE_FOR_EACH_SET(ADATAPE_SET)};
  const InstructionSet& set = sets[adatape_dispatch::chosen_set()];
  for (const Initialiser* initialise = set.first_initialiser; initialise != set.end_of_initialisers; ++initialise) (*initialise)();
  return set.main(argc, argv);
}
