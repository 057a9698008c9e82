#pragma once
/// Numbers for objects that callers of the C interface hold.
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "adatape/core/error.hpp"

namespace adatape::examples {

/// Objects and their numbers, from 1 on. A number is never given twice. All functions may be called from several threads at once.
template <class Object>
class Handles {
 public:
  /// The number of a new object. Throws std::bad_alloc where there is no memory.
  std::uint64_t add(std::shared_ptr<Object> object) {
    const std::lock_guard lock(mutex_);
    objects_.emplace(next_, std::move(object));
    return next_++;
  }
  /// The object, which lives at least as long as what is returned. Throws Error where none has that number.
  std::shared_ptr<Object> find(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(number);
    require(found != objects_.end(), "model: wanted the number of an open model, found ", number);
    return found->second;
  }
  /// Throws Error where none has that number.
  void remove(std::uint64_t number) {
    std::shared_ptr<Object> object = find(number);  // the last one to go may take long, so it goes behind the lock
    const std::lock_guard lock(mutex_);
    require(objects_.erase(number) == 1, "model: wanted the number of an open model, found ", number);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Object>> objects_;
  std::uint64_t next_ = 1;
};

}  // namespace adatape::examples
