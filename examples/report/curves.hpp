#pragma once
/// Curves over the epochs of a run.
#include <string>

#include "history.hpp"

namespace adatape::examples {

/// Figures of loss, accuracy, learning rate and, where `length_name` is not empty, the mean of what it names. `history` has at least one entry.
std::string curves_html(const History& history, const std::string& length_name);

}  // namespace adatape::examples
