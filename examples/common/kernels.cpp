/// The kernels of products for all files of some programs.
#include "adatape/ops/kernels.hpp"

ADATAPE_KERNELS(template)
