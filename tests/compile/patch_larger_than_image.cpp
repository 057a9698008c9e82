// wants: PatchEmbedding: the image must be at least as large as one patch
#include "adatape/nn/patch_embedding.hpp"

constexpr int patch = 9;

constexpr int count = adatape::nn::PatchEmbedding<adatape::nn::PatchGrid{8, 12, 3, patch, patch}, 16>::count;
