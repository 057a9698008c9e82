/// Preloaded into a program (LD_PRELOAD), this library kills it with SIGKILL instead of its rename number KILL_AT_RENAME. AtomicFile puts a file into its
/// place by one rename, so the test knows which file was the last.
#include <dlfcn.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

extern "C" int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  static int number = 0;
  const char* last = std::getenv("KILL_AT_RENAME");
  if (last && ++number == std::atoi(last)) std::raise(SIGKILL);
  using Rename = int (*)(int, const char*, int, const char*);
  static const auto next = reinterpret_cast<Rename>(::dlsym(RTLD_NEXT, "renameat"));
  return next(from_directory, from, to_directory, to);
}
