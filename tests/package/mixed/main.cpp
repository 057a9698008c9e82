// Calls the parts in turn, twice, and compares their numbers with those of the first. PARTS is a list of P(name, lanes).
#include <cmath>
#include <cstdio>

#define P(name, lanes) extern "C" long part_##name(double* numbers);
PARTS
#undef P

struct Part {
  const char* name;
  long lanes;
  long (*numbers)(double*);
};

int main() {
#define P(name, lanes) {#name, lanes, part_##name},
  const Part parts[] = {PARTS};
  double first[15];
  parts[0].numbers(first);
  double largest = 0;
  for (double number : first) largest = std::fmax(largest, std::fabs(number));
  if (!(largest > 0.01 && largest < 100)) return std::printf("the largest number is %g\n", largest), 1;
  for (int round = 0; round < 2; ++round)
    for (const Part& part : parts) {
      double numbers[15];
      const long lanes = part.numbers(numbers);
      if (lanes != part.lanes) return std::printf("%s: %ld lanes, wanted %ld\n", part.name, lanes, part.lanes), 1;
      for (int i = 0; i < 15; ++i)
        if (!(std::fabs(numbers[i] - first[i]) < 1e-5 * largest)) return std::printf("%s: number %g, wanted %g\n", part.name, numbers[i], first[i]), 1;
    }
  std::printf("parts: %d\n", static_cast<int>(sizeof(parts) / sizeof(parts[0])));
}
