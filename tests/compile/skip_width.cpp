// wants: Skip<F>: F must keep the token width
#include "adatape/nn/compose.hpp"
#include "adatape/nn/linear.hpp"

constexpr int width = 5;

using Layer = adatape::nn::Skip<adatape::nn::Linear<3, width>, 0>;
constexpr int out = Layer::out;
