// wants: adatape needs C++20
// flags: -std=c++17
#include "adatape/ops/softmax.hpp"

float weights[2]{1, 2};

void softmax() { adatape::ops::softmax_row(weights, 2, 0.5f); }
