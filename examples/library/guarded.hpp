#pragma once
/// What every function of the C interface does around its work: no exception leaves it, and its status and its text say what went wrong.
#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "../common/compiled_model.hpp"
#include "../common/guarded_main.hpp"
#include "adatape.h"

namespace adatape::examples {

/// The text of adatape_last_error, of one thread. It has a fixed size, because memory may be short when it is written.
class LastError {
 public:
  static const char* text() { return room().data(); }
  static void clear() { room()[0] = '\0'; }
  /// A text that is too long is cut.
  static void set(const char* text) {
    const std::size_t length = std::min(std::strlen(text), room().size() - 1);
    std::copy_n(text, length, room().data());
    room()[length] = '\0';
  }

 private:
  static std::array<char, 2048>& room() {
    static thread_local std::array<char, 2048> text{};
    return text;
  }
};

namespace detail {

inline adatape_status failed(adatape_status status, const char* text) noexcept {
  try {
    LastError::set(one_line(text).c_str());
  } catch (const std::bad_alloc&) {
    LastError::set("out of memory");
  }
  return status;
}

}  // namespace detail

/// Runs the body of a function. `of_error`: the status of an Error.
template <class Body>
adatape_status guarded(adatape_status of_error, const Body& body) noexcept {
  try {
    LastError::clear();
    body();
    return ADATAPE_OK;
  } catch (const UnknownModel& error) {
    return detail::failed(ADATAPE_UNKNOWN_MODEL, error.what());
  } catch (const Error& error) {
    return detail::failed(of_error, error.what());
  } catch (const std::bad_alloc&) {
    return detail::failed(ADATAPE_NO_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return detail::failed(ADATAPE_FAILED, error.what());
  } catch (...) {
    return detail::failed(ADATAPE_FAILED, "a failure of an unknown kind");
  }
}

}  // namespace adatape::examples
