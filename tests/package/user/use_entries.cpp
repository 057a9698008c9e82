// Calls the entries, knowing nothing of the library behind them.
#include <cstdio>

extern "C" long user_lanes();
extern "C" long user_checksum(double scale, const char* name);

int main() {
  std::printf("lanes %ld checksum %ld\n", user_lanes(), user_checksum(2, "A") - 'A');
  return 0;
}
