/* What stands around the blocks of C in docs/*.md (blocks.py). */
#include <stdio.h>
#include <stdlib.h>

//// library.md 1
static int complain(const char* text) { return fprintf(stderr, "%s\n", text); }

int library_1(void) {
@block@
  return 0;
}
