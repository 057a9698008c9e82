#pragma once
/// What a pickle holds, as values that refer to one another.
#include <cstdint>
#include <string>
#include <vector>

#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// The number of a value in its Pickle.
using PickleRef = std::uint32_t;

/// A value of a pickle.
struct PickleValue {
  /// What a value is, by the types of Python.
  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,
    text,
    tuple,
    list,
    dictionary,
    set,
    other,      ///< bytes, a number with a point, a number of more than 64 bits
    global,     ///< the name of a function or class, "module name"
    call,       ///< items: what would be called, and the tuple of its arguments
    persistent  ///< an object outside of the pickle; items: its id
  };
  Kind kind = Kind::none;          ///< says which of the other members are in use
  std::int64_t integer = 0;        ///< also of a boolean
  std::string text{};              ///< of a text, and the name of a global
  std::vector<PickleRef> items{};  ///< of a tuple, a list and a set; keys and values of a dictionary by turns
};

/// The values of one pickle. Values may share values, and be part of themselves.
struct Pickle {
  std::vector<PickleValue> values;  ///< in the order in which they were read
  PickleRef root = 0;               ///< the object that was pickled
  std::size_t size = 0;             ///< bytes that the pickle takes

  /// The value of this number, which is not checked. Valid as long as this object.
  const PickleValue& operator[](PickleRef ref) const { return values[ref]; }
};

}  // namespace adatape::weights
