/// A program without MPI.
#include "process_group.hpp"

namespace adatape::examples {

int join_processes(const std::function<int(ProcessGroup&)>& main) {
  LoneProcess alone;
  return main(alone);
}

}  // namespace adatape::examples
