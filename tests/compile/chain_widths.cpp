// wants: Chain<F, G>: F's output width must equal G's input width
#include "adatape/nn/compose.hpp"
#include "adatape/nn/linear.hpp"

constexpr int width = 5;

using Layer = adatape::nn::Chain<adatape::nn::Linear<3, 4>, adatape::nn::Linear<width, 2>>;
constexpr int out = Layer::out;
