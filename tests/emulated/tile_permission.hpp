#pragma once
/// The system call by which a program asks Linux for the tile registers of AMX.
#include <sys/syscall.h>
#include <unistd.h>

namespace emulated {

/// What the system answers. It grants the tile registers, as on a CPU that has them.
template <class... Arguments>
long system_call(long number, Arguments... arguments) {
  if constexpr (sizeof...(arguments) == 2)
    if (const long of[] = {long{arguments}...}; number == SYS_arch_prctl && of[0] == 0x1023 && of[1] == 18) return 0;  // ARCH_REQ_XCOMP_PERM, XTILEDATA
  return syscall(number, arguments...);
}

}  // namespace emulated
