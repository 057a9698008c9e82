#pragma once
#include <cstddef>

#include "adatape/core/arena.hpp"

std::size_t in_use(const adatape::Arena& arena);
