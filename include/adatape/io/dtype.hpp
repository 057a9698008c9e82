#pragma once
/// The element types of safetensors files, and values of one type read as another. A file may have tensors of types that this library does not read.
#include <array>
#include <concepts>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "adatape/core/bf16.hpp"
#include "adatape/core/types.hpp"
#include "adatape/io/float16.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian and io/ copies their bytes as they are");

/// The types that this library reads and writes, and `other` for every other type.
enum class DType : std::uint8_t { F64, F32, F16, BF16, I64, I8, other };

/// A type of elements.
struct DTypeInfo {
  std::string_view name;  ///< in the header of a file
  std::size_t bytes;      ///< of an element
};
/// The types of DType, in the order of its enumerators.
inline constexpr std::array<DTypeInfo, 6> kDTypes{{{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I8", 1}}};

/// Types of the format that this library does not read. Their sizes are needed to check a header.
inline constexpr std::array<DTypeInfo, 11> kOtherTypes{{{"BOOL", 1}, {"U8", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1},
                                                       {"I16", 2}, {"U16", 2}, {"I32", 4}, {"U32", 4}, {"U64", 8}, {"C64", 8}}};

/// The name of a type in a header. Precondition: dtype is not DType::other.
constexpr std::string_view name_of(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].name; }
/// The bytes of an element. Precondition: dtype is not DType::other.
constexpr std::size_t bytes_of(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].bytes; }

/// The type called `name` in a header; DType::other if this library does not read it.
constexpr DType dtype_named(std::string_view name) {
  for (std::size_t i = 0; i < kDTypes.size(); ++i)
    if (kDTypes[i].name == name) return static_cast<DType>(i);
  return DType::other;
}

/// Bytes of an element of the type called `name`, or nothing if this library does not know the name.
constexpr std::optional<std::size_t> element_bytes(std::string_view name) {
  for (const auto& type : kDTypes)
    if (type.name == name) return type.bytes;
  for (const auto& type : kOtherTypes)
    if (type.name == name) return type.bytes;
  return std::nullopt;
}

/// Calls f with a value of the C++ type that `dtype` stores: f(double()), f(float()), f(Float16()), f(Bf16()), f(std::int8_t()) or f(std::int64_t()).
/// Returns what f returns. Precondition: dtype is not DType::other.
template <class F>
decltype(auto) with_stored_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::F64:
      return f(double());
    case DType::F32:
      return f(float());
    case DType::F16:
      return f(Float16());
    case DType::BF16:
      return f(Bf16());
    case DType::I8:
      return f(std::int8_t());
    default:
      return f(std::int64_t());
  }
}

/// The DType that stores T: double, float, Float16, Bf16, std::int8_t or std::int64_t.
template <class T>
constexpr DType dtype_of() {
  static_assert((std::same_as<T, double> || std::same_as<T, float> || std::same_as<T, Float16> || std::same_as<T, Bf16> || std::same_as<T, std::int8_t> ||
                 std::same_as<T, std::int64_t>),
                "dtype_of: a safetensors file stores double, float, Float16, Bf16, std::int8_t or std::int64_t");
  if (std::same_as<T, double>) return DType::F64;
  if (std::same_as<T, float>) return DType::F32;
  if (std::same_as<T, Float16>) return DType::F16;
  if (std::same_as<T, Bf16>) return DType::BF16;
  return std::same_as<T, std::int8_t> ? DType::I8 : DType::I64;
}

/// Element `index` of an array of Stored that starts at `bytes`, which need not be aligned.
template <class Stored>
Stored stored_value(const std::byte* bytes, std::size_t index) {
  Stored value;
  std::memcpy(&value, bytes + index * sizeof(Stored), sizeof(Stored));
  return value;
}

/// A stored floating-point value as T; a double is rounded to float where T is float.
template <std::floating_point T, class Stored>
T float_value(Stored value) {
  if constexpr (std::floating_point<Stored>) {
    return static_cast<T>(value);
  } else {
    return static_cast<T>(static_cast<float>(value));
  }
}

}  // namespace adatape::io
