#pragma once
/// The flags of programs that may run in several processes.
#include "adatape/core/types.hpp"

namespace adatape::examples {

struct GroupFlags {
  bool mixed_instruction_sets = false;
  Index wait_limit = 1800;  ///< seconds; see ProcessGroup::limit_waiting
};

}  // namespace adatape::examples
