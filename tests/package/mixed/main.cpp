// Calls the parts in turn, twice, and compares their logits with those of the first. PARTS is a list of P(name, lanes).
#include <cmath>
#include <cstdio>

#define P(name, lanes) extern "C" long part_##name(double* logits);
PARTS
#undef P

struct Part {
  const char* name;
  long lanes;
  long (*logits)(double*);
};

int main() {
#define P(name, lanes) {#name, lanes, part_##name},
  const Part parts[] = {PARTS};
  double first[15];
  parts[0].logits(first);
  double largest = 0;
  for (double logit : first) largest = std::fmax(largest, std::fabs(logit));
  if (!(largest > 0.01 && largest < 100)) return std::printf("the largest logit is %g\n", largest), 1;
  for (int round = 0; round < 2; ++round)
    for (const Part& part : parts) {
      double logits[15];
      const long lanes = part.logits(logits);
      if (lanes != part.lanes) return std::printf("%s: %ld lanes, wanted %ld\n", part.name, lanes, part.lanes), 1;
      for (int i = 0; i < 15; ++i)
        if (!(std::fabs(logits[i] - first[i]) < 1e-5 * largest)) return std::printf("%s: logit %g, wanted %g\n", part.name, logits[i], first[i]), 1;
    }
  std::printf("parts: %d\n", static_cast<int>(sizeof(parts) / sizeof(parts[0])));
}
