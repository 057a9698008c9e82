// Hands an object of the library to another translation unit.
#include "hand_over.hpp"

int main() { return in_use(adatape::Arena()) == 0 ? 0 : 1; }
