#pragma once
/// Aligned memory on the heap.
#include <memory>
#include <new>

#include "adatape/core/types.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Frees what allocate_aligned gave.
struct AlignedDelete {
  /// Runs no destructor of the values. Null is allowed.
  void operator()(void* memory) const { ::operator delete[](memory, std::align_val_t(kAlignment)); }
};
/// Owns values of T that start at a multiple of kAlignment.
template <class T>
using AlignedArray = std::unique_ptr<T[], AlignedDelete>;

/// `bytes` >= 0 bytes for values of T, not initialised. The result is not null. Throws std::bad_alloc where there is no memory.
template <class T>
AlignedArray<T> allocate_aligned(std::size_t bytes) {
  return AlignedArray<T>(static_cast<T*>(::operator new[](bytes, std::align_val_t(kAlignment))));
}

}  // namespace adatape
