#pragma once
/// The two parts that published data sets have.
#include <cstdint>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// Which part of a data set: what a model is trained on, or what it is tested on. The reader of a set says which files and folders these are.
enum class Split : std::uint8_t { train, test };

}  // namespace adatape::data
