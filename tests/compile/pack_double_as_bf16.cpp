// wants: pack: weights are stored as T, as Bf16 or int8 where T is float, or as float where T is double
#include "adatape/ops/gemm.hpp"

void pack(adatape::ops::Matrix<const double> b, adatape::Bf16* to) { adatape::ops::pack<double>(b, to); }
