/// What Debian's C++ library for WebAssembly lacks. For a module that is never called again after an error.
///
/// It cannot unwind: it has neither the functions that throw nor those that catch. What is thrown is told to whoever holds the module. That is JavaScript,
/// which throws it on as an error of its own.
#include <cstdlib>
#include <new>
#include <typeinfo>

#include "adatape/core/error.hpp"

/// Does not return.
extern "C" __attribute__((import_module("adatape"), import_name("fail"))) void adatape_fail(const char* text);

extern "C" void* __cxa_allocate_exception(std::size_t size) noexcept {
  void* const room = std::malloc(size);
  if (room == nullptr) adatape_fail("out of memory");
  return room;
}

extern "C" [[noreturn]] void __cxa_throw(void* thrown, std::type_info* type, void (*)(void*)) {
  if (*type == typeid(adatape::Error)) adatape_fail(static_cast<const adatape::Error*>(thrown)->what());
  if (*type == typeid(std::bad_alloc)) adatape_fail("out of memory");
  adatape_fail(type->name());
  __builtin_trap();
}

/// There is one thread, which does not end: nothing that belongs to it is ever destroyed.
extern "C" int __cxa_thread_atexit(void (*)(void*), void*, void*) noexcept { return 0; }
