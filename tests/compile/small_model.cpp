// compiles
#include "small_model.hpp"

USE(Small)
