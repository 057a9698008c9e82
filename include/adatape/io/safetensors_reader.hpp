#pragma once
/// Reading a safetensors file: 8 bytes with the length of the header (little-endian), the header (JSON), the data.
#include <cmath>

#include "adatape/io/checksum.hpp"
#include "adatape/io/input_file.hpp"
#include "adatape/io/safetensors_header.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// An open file. The header was read and checked completely when the file was opened. The data of a tensor are read when the caller asks for them, and compared
/// with the checksum of the tensor, if the file has checksums. Any number of threads may read at once. References and views that functions return are
/// valid as long as this object. Every function here throws std::bad_alloc where there is no memory.
class SafetensorsFile {
 public:
  /// Opens the file at `path` and reads its header. Throws Error
  /// - as InputFile does for a file that cannot be opened or is not regular,
  /// - as parse_safetensors_header does for its header, and where the header is longer than `limits` or the file,
  /// - as take_checksums does for its checksums.
  static SafetensorsFile open(const std::filesystem::path& path, const SafetensorsLimits& limits = {}) {
    SafetensorsFile file(path);
    const std::size_t size = file.input_.size();
    require(size > 0, file.path(), ": the file is empty");
    require(size >= 8, file.path(), ": wanted the 8 bytes of a header length, found a file of ", size);
    std::uint64_t length = 0;
    file.input_.read(std::as_writable_bytes(std::span(&length, 1)));
    require(length <= limits.header, file.path(), ": header length ", length, " is above ", limits.header, "; is this a safetensors file?");
    require(length <= size - 8, file.path(), ": header of ", length, " bytes is cut short, the file has ", size - 8, " bytes for it");
    std::string json(length, '\0');
    file.input_.read(std::as_writable_bytes(std::span(json)));
    file.data_start_ = 8 + length;
    file.header_ = parse_safetensors_header(json, size - file.data_start_, file.path(), limits);
    file.checksums_ = take_checksums(file.header_, file.path(), limits);
    return file;
  }

  /// The path as text for messages.
  const std::string& path() const { return input_.path(); }
  /// All metadata entries except the checksums.
  const Metadata& metadata() const { return header_.metadata; }

  /// The metadata entry `key`. Throws Error if there is none.
  const std::string& metadata(std::string_view key) const {
    const auto found = header_.metadata.find(key);
    if (found == header_.metadata.end()) throw Error(path() + ": metadata " + in_quotes(key) + " is missing");
    return found->second;
  }

  /// Every tensor by name, in alphabetical order.
  const std::map<std::string, TensorInfo, std::less<>>& tensors() const { return header_.tensors; }

  /// The names of all tensors, in alphabetical order.
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& item : header_.tensors) out.push_back(item.first);
    return out;
  }

  /// Whether the file has a tensor `name`.
  bool contains(std::string_view name) const { return header_.tensors.contains(name); }

  /// Whether the file has checksums. A file that other software wrote has none.
  bool has_checksums() const { return checksums_.has_value(); }

  /// Shape, type and place of tensor `name`. Throws Error if there is none. All functions below that take a name do so too.
  const TensorInfo& info(std::string_view name) const {
    const auto found = header_.tensors.find(name);
    if (found == header_.tensors.end()) throw Error(path() + ": tensor " + in_quotes(name) + " is missing");
    return found->second;
  }

  /// Whether tensor `name` holds the scales of another tensor, of type I8: its name is that of the other and "_scale".
  bool is_scale(std::string_view name) const {
    if (!name.ends_with(kScaleSuffix)) return false;
    const auto found = header_.tensors.find(name.substr(0, name.size() - kScaleSuffix.size()));
    return found != header_.tensors.end() && found->second.dtype == DType::I8;
  }

  /// The elements of tensor `name`, row-major. T is float or double for tensors of a floating-point type (F64 is rounded to float) and of I8, or an integer
  /// type for I64. An element of a tensor of I8 is the integer times the scale of its column: the file has a tensor [columns] of scales (is_scale), and the
  /// columns are the last axes of the tensor.
  /// Throws Error
  /// - for a tensor of another type,
  /// - for a tensor of I8 without such scales,
  /// - for an integer that T cannot hold,
  /// - if the data cannot be read, or have another checksum than the file says,
  /// - if the file has no checksums and was written to since it was opened.
  template <class T>
  std::vector<T> read(std::string_view name) const {
    const auto& tensor = require_dtype<T>(name, info(name));
    std::vector<T> out((tensor.end - tensor.begin) / bytes_of(tensor.dtype));
    convert(name, tensor, std::span<T>(out));
    apply_scales(name, tensor, std::span<T>(out));
    return out;
  }

  /// As read<T>, into memory of the caller. Throws Error also if the tensor does not have exactly `shape`, or if `out` does not have as many elements. After an
  /// Error that comes from the data, the content of `out` is unspecified.
  template <class T>
  void read_into(std::string_view name, std::span<T> out, std::span<const Index> shape) const {
    const auto& tensor = require_dtype<T>(name, require_shape(name, shape));
    const std::size_t count = (tensor.end - tensor.begin) / bytes_of(tensor.dtype);
    require(out.size() == count, path(), ": tensor ", in_quotes(name), ": ", count, " elements do not fit a buffer of ", out.size());
    convert(name, tensor, out);
    apply_scales(name, tensor, out);
  }

  /// info(name). Throws Error unless the tensor has exactly `shape`.
  const TensorInfo& require_shape(std::string_view name, std::span<const Index> shape) const {
    const auto& tensor = info(name);
    if (!std::ranges::equal(tensor.shape, shape))
      throw Error(path() + ": tensor " + in_quotes(name) + ": wanted shape " + shape_text(shape) + ", found " + shape_text(tensor.shape));
    return tensor;
  }

  /// Returns `tensor`, which is info(name). Throws Error unless it can be read as T.
  template <class T>
  const TensorInfo& require_dtype(std::string_view name, const TensorInfo& tensor) const {
    static_assert(std::floating_point<T> || (std::integral<T> && !std::same_as<T, bool>), "a tensor is read as float, double or an integer type");
    if (tensor.dtype == DType::other || std::floating_point<T> == (tensor.dtype == DType::I64))
      throw Error(path() + ": tensor " + in_quotes(name) + ": wanted " + (std::floating_point<T> ? "a floating-point type" : "I64") + ", found " +
                  (tensor.dtype == DType::other ? in_quotes(tensor.type) : tensor.type));
    return tensor;
  }

  /// The row-major position of the first element that is NaN or infinite as a T; nothing if all are finite. Throws Error as read<T> does.
  template <std::floating_point T>
  std::optional<std::size_t> first_not_finite(std::string_view name) const {
    const auto values = read<T>(name);
    const auto found = std::ranges::find_if(values, [](T value) { return !std::isfinite(value); });
    return found == values.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - values.begin()));
  }

 private:
  static constexpr std::string_view kScaleSuffix = "_scale";

  /// Multiplies the elements of a tensor of I8 by their scales. Other tensors stay as they are.
  template <class T>
  void apply_scales(std::string_view name, const TensorInfo& tensor, std::span<T> values) const {
    if constexpr (std::floating_point<T>) {
      if (tensor.dtype != DType::I8) return;
      const std::string of_scales = std::string(name) + std::string(kScaleSuffix);
      const auto& scales_info = info(of_scales);
      require(scales_info.dtype != DType::I8 && scales_info.dtype != DType::I64, path(), ": tensor ", in_quotes(of_scales),
              ": wanted a floating-point type, found ", scales_info.type);
      Index rest = scales_info.shape.size() == 1 ? scales_info.shape[0] : 0;
      for (std::size_t axis = tensor.shape.size(); axis-- > 0 && rest > 1;) {  // the last axes have as many elements in all
        const Index size = tensor.shape[axis];
        rest = size >= 1 && rest % size == 0 ? rest / size : 0;
      }
      require(rest == 1, path(), ": tensor ", in_quotes(of_scales), ": wanted a scale for each column of a tensor ", shape_text(tensor.shape), ", found ",
              shape_text(scales_info.shape));
      const auto scales = read<T>(of_scales);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] *= scales[i % scales.size()];
    }
  }

  explicit SafetensorsFile(const std::filesystem::path& path) : input_(path) {}

  /// Reads the data of a tensor in parts of at most kPart bytes. room(bytes before the part, bytes of the part) returns the memory into which the part is read.
  /// Then f(part, bytes before the part) is called. Throws Error for a wrong checksum, after the last part. A file without checksums must not have changed.
  template <class Room, class F>
  void read_parts(std::string_view name, const TensorInfo& tensor, const Room& room, const F& f) const {
    const std::size_t size = tensor.end - tensor.begin;
    std::uint32_t sum = 0;
    for (std::size_t done = 0; done < size;) {
      const std::span<std::byte> part = room(done, std::min(size - done, kPart));
      input_.read_at(data_start_ + tensor.begin + done, part);
      if (checksums_) sum = crc32(part, sum);
      f(part, done);
      done += part.size();
    }
    if (!checksums_) return input_.require_unchanged();
    const auto wanted = checksums_->find(name);
    if (wanted == checksums_->end()) throw Error(path() + ": tensor " + in_quotes(name) + " has no checksum, though the file has a list of them");
    if (wanted->second != sum)
      throw Error(path() + ": tensor " + in_quotes(name) + " is damaged: its checksum is " + number_text(sum) + ", wanted " + number_text(wanted->second));
  }

  /// Reads the elements of `tensor`, which can be read as T, into `out`, which has its size.
  template <class T>
  void convert(std::string_view name, const TensorInfo& tensor, std::span<T> out) const {
    with_stored_type(tensor.dtype, [&]<class Stored>(Stored) {
      std::vector<std::byte> buffer;
      const auto buffered = [&](std::size_t, std::size_t bytes) {
        buffer.resize(bytes);
        return std::span(buffer);
      };
      if constexpr (std::same_as<T, Stored>) {
        const auto in_place = [&](std::size_t done, std::size_t bytes) { return std::as_writable_bytes(out).subspan(done, bytes); };
        read_parts(name, tensor, in_place, [](const auto&...) {});
      } else if constexpr (std::integral<T> == std::same_as<Stored, std::int64_t>) {
        std::optional<std::pair<std::size_t, std::int64_t>> out_of_range;
        read_parts(name, tensor, buffered, [&](std::span<const std::byte> part, std::size_t done) {
          for (std::size_t i = 0, at = done / sizeof(Stored); i < part.size() / sizeof(Stored); ++i, ++at) {
            const auto value = stored_value<Stored>(part.data(), i);
            if constexpr (std::integral<T>) {
              if (!std::in_range<T>(value) && !out_of_range) out_of_range = {at, value};
              out[at] = static_cast<T>(value);
            } else {
              out[at] = float_value<T>(value);
            }
          }
        });
        if (out_of_range)
          require(false, path(), ": tensor ", in_quotes(name), ": element ", out_of_range->first, " is ", out_of_range->second, ", out of range");
      }
    });
  }

  static constexpr std::size_t kPart = std::size_t{1} << 18;  ///< bytes; a multiple of the bytes of an element of every type

  InputFile input_;
  std::size_t data_start_ = 0;
  SafetensorsHeader header_;
  std::optional<Checksums> checksums_;
};

}  // namespace adatape::io
