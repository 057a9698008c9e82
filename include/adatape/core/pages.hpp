#pragma once
/// Large blocks of memory from the operating system. malloc may keep what is freed, and may serve even tens of megabytes from a fragmented heap. Pages that
/// are given back are no longer held by the process. So a process holds what it uses.
#include <cstddef>
#include <new>
#include <optional>
#include <utility>

#include "adatape/core/types.hpp"
#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

namespace adatape::inline ADATAPE_NAMESPACE {

/// Owns a block of `size` >= 1 bytes, aligned to kAlignment at least. It is valid until the object is destroyed. Moving the object does not move the block.
class Pages {
 public:
  /// Memory that is not initialised. Throws std::bad_alloc if there is none.
  explicit Pages(std::size_t size) : Pages(map(size), size) {}

  /// The bytes [offset, offset + size) of an open file, which can only be read. All processes that map them share the memory. Nothing where the system does not
  /// map the file. offset is a multiple of the system's page size, and the file has the bytes: a process that reads a mapped page behind the end of a file is
  /// killed (SIGBUS). So the file must not shrink while the object lives. The descriptor may be closed.
  static std::optional<Pages> of_file([[maybe_unused]] int descriptor, [[maybe_unused]] std::size_t offset, [[maybe_unused]] std::size_t size) {
#if defined(__unix__) || defined(__APPLE__)
    void* const start = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, static_cast<off_t>(offset));
    if (start != MAP_FAILED) return Pages(start, size);
#endif
    return std::nullopt;
  }

  /// Takes over the block of `other`, which has none then.
  Pages(Pages&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  /// Exchanges the blocks of the two objects.
  Pages& operator=(Pages&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Pages() {
    if (data_) unmap(data_, size_);
  }

  std::byte* data() const { return data_; }   ///< the first byte of the block; null: the object was moved from
  std::size_t size() const { return size_; }  ///< bytes of the block; 0: the object was moved from

 private:
  Pages(void* start, std::size_t size) : data_(static_cast<std::byte*>(start)), size_(size) {}

#if defined(__unix__) || defined(__APPLE__)
  static void* map(std::size_t size) {
    void* const start = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) throw std::bad_alloc();
    return start;
  }
  static void unmap(void* start, std::size_t size) { munmap(start, size); }
#else
  static void* map(std::size_t size) { return ::operator new(size, std::align_val_t(kAlignment)); }
  static void unmap(void* start, std::size_t) { ::operator delete(start, std::align_val_t(kAlignment)); }
#endif

  std::byte* data_;
  std::size_t size_;
};

}  // namespace adatape
