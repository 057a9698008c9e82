// Takes an object of the library from another translation unit.
#include "hand_over.hpp"

std::size_t in_use(const adatape::Arena& arena) { return static_cast<std::size_t>(arena.in_use()); }
