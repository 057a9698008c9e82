// wants: adatape reports errors as exceptions: compile without -fno-exceptions
// flags: -fno-exceptions
#include "adatape/ops/softmax.hpp"

float weights[2]{1, 2};

void softmax() { adatape::ops::softmax_row(weights, 2, 0.5f); }
