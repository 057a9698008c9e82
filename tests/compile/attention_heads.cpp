// wants: Attention<D, heads>: the hidden size D must be a multiple of the number of heads
#include "adatape/nn/attention.hpp"

constexpr int heads = 5;

constexpr int width = adatape::nn::Attention<12, heads>::head_width;
