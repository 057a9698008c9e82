#pragma once
/// Reading a safetensors file: 8 bytes little-endian header length, JSON header, data.
#include <cmath>
#include <memory>

#include "adatape/io/safetensors_header.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// The longest header that is read or written, as in the format's reference implementation.
inline constexpr std::size_t kLongestHeader = 100'000'000;

/// A whole file in memory, checked completely before anyone sees a part of it. Immutable, so any number of threads may read at once.
class SafetensorsFile {
 public:
  /// Throws Error for a path that cannot be read and for whatever a file may have wrong.
  static SafetensorsFile open(const std::filesystem::path& path) {
    InputFile input(path);
    SafetensorsFile file;
    file.path_ = input.path();
    require(input.size() > 0, file.path_, ": the file is empty");
    require(input.size() >= 8, file.path_, ": wanted the 8 bytes of a header length, found a file of ", input.size());
    std::uint64_t length = 0;
    input.read(std::as_writable_bytes(std::span(&length, 1)));
    require(length <= kLongestHeader, file.path_, ": header length ", length, " is above ", kLongestHeader, "; is this a safetensors file?");
    require(length <= input.size() - 8, file.path_, ": header of ", length, " bytes is cut short, the file has ", input.size() - 8, " bytes for it");
    std::string json(length, '\0');
    input.read(std::as_writable_bytes(std::span(json)));
    const std::size_t data_size = input.size() - 8 - length;
    file.header_ = parse_safetensors_header(json, data_size, file.path_);
    file.data_ = std::make_unique_for_overwrite<std::byte[]>(data_size);
    input.read({file.data_.get(), data_size});
    return file;
  }

  const std::string& path() const { return path_; }
  const Metadata& metadata() const { return header_.metadata; }

  /// The metadata entry `key`. Throws Error if there is none.
  const std::string& metadata(std::string_view key) const {
    const auto found = header_.metadata.find(key);
    require(found != header_.metadata.end(), path_, ": metadata ", in_quotes(key), " is missing");
    return found->second;
  }

  /// Every tensor by name, in alphabetical order.
  const std::map<std::string, TensorInfo, std::less<>>& tensors() const { return header_.tensors; }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& item : header_.tensors) out.push_back(item.first);
    return out;
  }

  bool contains(std::string_view name) const { return header_.tensors.contains(name); }

  /// Throws Error if there is no tensor `name`, as everything below does.
  const TensorInfo& info(std::string_view name) const {
    const auto found = header_.tensors.find(name);
    require(found != header_.tensors.end(), path_, ": tensor ", in_quotes(name), " is missing");
    return found->second;
  }

  /// The elements of tensor `name` in row-major order. float and double take every floating-point type, rounding where need be; integers take
  /// I64 and throw Error for a value out of range.
  template <class T>
  std::vector<T> read(std::string_view name) const {
    const auto& tensor = info(name);
    std::vector<T> out((tensor.end - tensor.begin) / bytes_of(tensor.dtype));
    convert(name, tensor, std::span<T>(out));
    return out;
  }

  /// read<T> into memory of the caller, after checking that the tensor has exactly `shape`, of which `out` has the size.
  template <class T>
  void read_into(std::string_view name, std::span<T> out, std::span<const Index> shape) const {
    const auto& tensor = require_shape(name, shape);
    const std::size_t count = (tensor.end - tensor.begin) / bytes_of(tensor.dtype);
    require(out.size() == count, path_, ": tensor ", in_quotes(name), ": ", count, " elements do not fit a buffer of ", out.size());
    convert(name, tensor, out);
  }

  const TensorInfo& require_shape(std::string_view name, std::span<const Index> shape) const {
    const auto& tensor = info(name);
    require(std::ranges::equal(tensor.shape, shape), path_, ": tensor ", in_quotes(name), ": wanted shape ", shape_text(shape), ", found ",
            shape_text(tensor.shape));
    return tensor;
  }

  /// The row-major position of the first element that is NaN or infinite, or becomes so as a T.
  template <std::floating_point T>
  std::optional<std::size_t> first_not_finite(std::string_view name) const {
    const auto& tensor = require_dtype<T>(name, info(name));
    return with_stored_type(tensor.dtype, [&]<class Stored>(Stored) -> std::optional<std::size_t> {
      if constexpr (!std::integral<Stored>)
        for (std::size_t i = 0; i < (tensor.end - tensor.begin) / sizeof(Stored); ++i)
          if (!std::isfinite(float_value<T>(stored_value<Stored>(bytes(tensor), i)))) return i;
      return std::nullopt;
    });
  }

 private:
  SafetensorsFile() = default;

  const std::byte* bytes(const TensorInfo& tensor) const { return data_.get() + tensor.begin; }

  template <class T>
  const TensorInfo& require_dtype(std::string_view name, const TensorInfo& tensor) const {
    static_assert(std::floating_point<T> || (std::integral<T> && !std::same_as<T, bool>), "a tensor is read as float, double or an integer type");
    require(std::floating_point<T> != (tensor.dtype == DType::I64), path_, ": tensor ", in_quotes(name), ": wanted ",
            std::floating_point<T> ? "a floating-point type" : "I64", ", found ", name_of(tensor.dtype));
    return tensor;
  }

  template <class T>
  void convert(std::string_view name, const TensorInfo& tensor, std::span<T> out) const {
    require_dtype<T>(name, tensor);
    with_stored_type(tensor.dtype, [&]<class Stored>(Stored) {
      if constexpr (std::same_as<T, Stored>) {
        if (!out.empty()) std::memcpy(out.data(), bytes(tensor), out.size_bytes());
      } else if constexpr (std::integral<T> && std::integral<Stored>) {
        for (std::size_t i = 0; i < out.size(); ++i) {
          const auto value = stored_value<Stored>(bytes(tensor), i);
          require(std::in_range<T>(value), path_, ": tensor ", in_quotes(name), ": element ", i, " is ", value, ", out of range");
          out[i] = static_cast<T>(value);
        }
      } else if constexpr (std::floating_point<T> && !std::integral<Stored>) {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = float_value<T>(stored_value<Stored>(bytes(tensor), i));
      }
    });
  }

  std::string path_;
  SafetensorsHeader header_;
  std::unique_ptr<std::byte[]> data_;
};

}  // namespace adatape::io
