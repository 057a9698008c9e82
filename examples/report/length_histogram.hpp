#pragma once
/// How many test pictures have which tape length.
#include <span>
#include <string>

#include "../image/inference.hpp"

namespace adatape::examples {

/// A figure for lengths from 0 to `longest`. `name` is what a length is called.
std::string length_histogram_html(const TestResult& result, Index longest, const std::string& name);

}  // namespace adatape::examples
