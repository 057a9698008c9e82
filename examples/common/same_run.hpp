#pragma once
/// Whether the processes of a group are about to make the same run. All functions but the last are called together. Where a process differs from the first
/// one, all throw Error with one sentence that names it.
#include <cstdint>
#include <string>

#include "group_flags.hpp"
#include "process_group.hpp"

namespace adatape::examples {

/// To be called first. Compares the version of the library, and the instruction set unless flags.mixed_instruction_sets. Throws Error also where another
/// process has ended. Limits the waiting of the group.
void require_same_program(ProcessGroup& group, const GroupFlags& flags);
/// `settings` are the text of a JSON object.
void require_same_settings(ProcessGroup& group, const std::string& settings);
/// `what` is what is counted, in the plural.
void require_same_count(ProcessGroup& group, Index count, const char* what);
/// `what` has the fingerprint, in the plural.
void require_same_values(ProcessGroup& group, std::uint64_t fingerprint, const char* what);

/// Throws UsageError unless there is a leaf and a sample for every process, in batches of at least `samples`. With one process there are.
void check_leaves(const ProcessGroup& group, Index leaves, Index samples);

}  // namespace adatape::examples
