#pragma once
/// Files: reading one with checked sizes, and writing one so that it appears whole or not at all (POSIX).
#include "adatape/io/atomic_file.hpp"
#include "adatape/io/input_file.hpp"
