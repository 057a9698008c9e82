#pragma once
/// Checkpoints of flax.serialization (scenic, vision_transformer): one msgpack map of maps of arrays. An array is an ext of type 1 that holds msgpack of
/// (shape, name of the type, bytes); a NumPy number is an ext of type 3 of the same form; arrays over 2^30 bytes are split into chunks.
#include "adatape/weights/strided_source.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

/// Reads the structure of a msgpack file, through a window of 64 KiB. The bytes of arrays are skipped.
class MsgpackReader {
 public:
  MsgpackReader(std::shared_ptr<const io::InputFile> file, const SourceLimits& limits)
      : limits_(limits), source_(std::make_unique<StridedSource>(std::move(file), "a checkpoint of flax.serialization")), where_(source_->path()) {}

  std::unique_ptr<TensorSource> read() {
    const auto root = head();
    require(root.kind == Kind::map, where_, ": wanted a msgpack map, found something else");
    read_map(root.size, "", 1);
    require(at_ == source_->file().size(), where_, ": bytes follow the msgpack map");
    return std::move(source_);
  }

 private:
  enum class Kind { number, text, binary, array, map, ext };
  /// The first bytes of a value: what it is, and the number of its bytes or items. Those of a number are skipped.
  struct Head {
    Kind kind = Kind::number;
    std::uint64_t size = 0;
    std::int64_t integer = 0;
    int type = 0;  ///< of an ext
  };
  struct Array {
    io::DType dtype = io::DType::other;
    std::string type;
    std::vector<Index> shape;
    Extent extent;
  };

  /// The next `count` bytes, at most 8, as a number in the order of networks.
  std::uint64_t big(std::size_t count) {
    std::uint64_t value = 0;
    for (; count > 0; --count) value = value << 8 | byte();
    return value;
  }
  unsigned byte() {
    if (at_ < window_begin_ || at_ - window_begin_ >= window_.size()) {
      const std::size_t rest = source_->file().size() - at_;
      require(rest > 0, where_, ": the msgpack data are cut short");
      window_.resize(std::min<std::size_t>(rest, 1 << 16));
      window_begin_ = at_;
      source_->file().read_at(at_, window_);
    }
    return static_cast<unsigned>(window_[at_++ - window_begin_]);
  }
  void skip(std::uint64_t count) {
    require(count <= source_->file().size() - at_, where_, ": the msgpack data are cut short");
    at_ += count;
  }
  std::string text(const Head& head) {
    require(head.kind == Kind::text && head.size <= limits_.name, where_, ": wanted a text of at most ", limits_.name, " bytes");
    std::string out;
    for (std::uint64_t i = 0; i < head.size; ++i) out += static_cast<char>(byte());
    return out;
  }

  Head head() {
    const unsigned code = byte();
    const auto sized = [&](Kind kind, std::size_t bytes) { return Head{kind, big(bytes)}; };
    const auto ext = [&](std::uint64_t size) { return Head{Kind::ext, size, 0, static_cast<std::int8_t>(byte())}; };
    if (code < 0x80) return {Kind::number, 0, static_cast<std::int64_t>(code)};
    if (code < 0x90) return {Kind::map, code & 15};
    if (code < 0xa0) return {Kind::array, code & 15};
    if (code < 0xc0) return {Kind::text, code & 31};
    if (code >= 0xe0) return {Kind::number, 0, static_cast<std::int8_t>(code)};
    // A line a type.
    // clang-format off
    switch (code) {
      case 0xc0: case 0xc2: return {};  // nil, false
      case 0xc3: return {Kind::number, 0, 1};
      case 0xc4: case 0xc5: case 0xc6: return sized(Kind::binary, std::size_t{1} << (code - 0xc4));
      case 0xc7: case 0xc8: case 0xc9: return ext(big(std::size_t{1} << (code - 0xc7)));
      case 0xca:
        skip(4);
        return {};  // floats
      case 0xcb:
        skip(8);
        return {};
      case 0xcc: case 0xcd: case 0xce: case 0xcf: return {Kind::number, 0, static_cast<std::int64_t>(big(std::size_t{1} << (code - 0xcc)))};
      case 0xd0: return {Kind::number, 0, static_cast<std::int8_t>(big(1))};
      case 0xd1: return {Kind::number, 0, static_cast<std::int16_t>(big(2))};
      case 0xd2: return {Kind::number, 0, static_cast<std::int32_t>(big(4))};
      case 0xd3: return {Kind::number, 0, static_cast<std::int64_t>(big(8))};
      case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8: return ext(std::uint64_t{1} << (code - 0xd4));
      case 0xd9: case 0xda: case 0xdb: return sized(Kind::text, std::size_t{1} << (code - 0xd9));
      case 0xdc: case 0xdd: return sized(Kind::array, code == 0xdc ? 2 : 4);
      case 0xde: case 0xdf: return sized(Kind::map, code == 0xde ? 2 : 4);
      default:
        require(false, where_, ": byte ", code, " begins no msgpack value");
        return {};
    }
    // clang-format on
  }

  /// Skips the rest of a value. Its depth is limited.
  void skip_value(const Head& value, int depth) {
    require(depth <= limits_.depth, where_, ": msgpack is nested more than ", limits_.depth, " deep");
    if (value.kind == Kind::text || value.kind == Kind::binary || value.kind == Kind::ext) skip(value.size);
    if (value.kind != Kind::array && value.kind != Kind::map) return;
    const auto items = value.kind == Kind::map ? 2 * value.size : value.size;
    for (std::uint64_t i = 0; i < items; ++i) skip_value(head(), depth + 1);
  }

  std::string key() {
    const auto value = head();
    if (value.kind == Kind::number) return std::to_string(value.integer);
    return text(value);
  }

  /// The rest of an ext of an array.
  Array read_array(const Head& ext) {
    const std::uint64_t end = at_ + ext.size;
    require(ext.size <= source_->file().size() - at_, where_, ": the msgpack data are cut short");
    const auto parts = head(), dims = head();
    require(parts.kind == Kind::array && parts.size == 3 && dims.kind == Kind::array && dims.size <= limits_.rank, where_,
            ": wanted an array as (shape, type, bytes), with at most ", limits_.rank, " dimensions");
    Array array;
    for (std::uint64_t i = 0; i < dims.size; ++i) {
      const auto dim = head();
      require(dim.kind == Kind::number, where_, ": wanted the shape of an array in numbers");
      array.shape.push_back(dim.integer);
    }
    array.type = text(head());
    const auto data = head();
    require(data.kind == Kind::binary && at_ + data.size == end, where_, ": wanted the bytes of an array at its end");
    array.extent = {at_, data.size, data.size};
    skip(data.size);
    constexpr std::array<std::pair<std::string_view, io::DType>, 5> types{
        {{"float32", io::DType::F32}, {"float64", io::DType::F64}, {"float16", io::DType::F16}, {"bfloat16", io::DType::BF16}, {"int64", io::DType::I64}}};
    for (const auto& [name, dtype] : types)
      if (name == array.type) array.dtype = dtype;
    if (array.dtype != io::DType::other) array.type = io::name_of(array.dtype);
    return array;
  }
  void add(const std::string& name, const Array& array, std::vector<Index> shape, std::vector<Extent> extents) {
    const auto storage = source_->add_storage(std::move(extents));
    auto strides = contiguous_strides(shape);
    const bool known = array.dtype != io::DType::other;
    const auto size = source_->storage_size(storage);
    require(!known || io::tensor_bytes(array.dtype, shape) == size, where_, ": tensor ", io::in_quotes(name), ": ", array.type, " ", io::shape_text(shape),
            " does not take the ", size, " bytes that it has");
    source_->add_strided(name, array.type, {array.dtype, std::move(shape), std::move(strides), 0, storage, 0}, limits_);
  }

  /// The rest of {"__msgpack_chunked_array__": true, "shape": {"0": ...}, "chunks": {"0": array, ...}}, behind the first key.
  void read_chunks(const std::string& name, std::uint64_t entries) {
    skip_value(head(), 1);
    std::vector<Index> shape;
    std::vector<Extent> extents;
    Array first;
    for (std::uint64_t entry = 1; entry < entries; ++entry) {
      const auto what = key();
      const auto items = head();
      require((what == "shape" || what == "chunks") && items.kind == Kind::map, where_, ": tensor ", io::in_quotes(name), ": wanted shape and chunks, found ",
              io::in_quotes(what));
      for (std::uint64_t i = 0; i < items.size; ++i) {
        require(key() == std::to_string(i), where_, ": tensor ", io::in_quotes(name), ": its ", what, " are not in order");
        const auto item = head();
        require(item.kind == (what == "shape" ? Kind::number : Kind::ext), where_, ": tensor ", io::in_quotes(name), ": its ", what, " are damaged");
        if (what == "shape") {
          require(shape.size() < limits_.rank, where_, ": more than ", limits_.rank, " dimensions");
          shape.push_back(item.integer);
          continue;
        }
        auto chunk = read_array(item);
        if (extents.empty()) first = chunk;
        require(chunk.dtype == first.dtype, where_, ": tensor ", io::in_quotes(name), ": its chunks are of two types");
        extents.push_back(chunk.extent);
      }
    }
    add(name, first, std::move(shape), std::move(extents));
  }

  void read_map(std::uint64_t entries, const std::string& prefix, int depth) {
    require(depth <= limits_.depth, where_, ": msgpack is nested more than ", limits_.depth, " deep");
    for (std::uint64_t i = 0; i < entries; ++i) {
      const auto part = key();
      if (i == 0 && part == "__msgpack_chunked_array__" && !prefix.empty()) return read_chunks(prefix.substr(0, prefix.size() - 1), entries);
      const auto name = prefix + part;
      require(name.size() <= limits_.name, where_, ": the name ", io::in_quotes(name), " has more than ", limits_.name, " bytes");
      const auto value = head();
      if (value.kind == Kind::map) {
        read_map(value.size, name + "/", depth + 1);
      } else if (value.kind == Kind::ext && (value.type == 1 || value.type == 3)) {
        const auto array = read_array(value);
        add(name, array, array.shape, {array.extent});
      } else {
        skip_value(value, depth);
      }
    }
  }

  const SourceLimits& limits_;
  std::unique_ptr<StridedSource> source_;
  std::string where_;
  std::size_t at_ = 0, window_begin_ = 0;
  std::vector<std::byte> window_;
};

}  // namespace detail

/// The tensors of a msgpack file. Keys of nested maps are joined by '/'. Throws Error for data that are cut short or damaged, for arrays that do not have the
/// bytes of their shape and type, and above the limits. Throws std::bad_alloc where there is no memory.
inline std::unique_ptr<TensorSource> open_msgpack(std::shared_ptr<const io::InputFile> file, const SourceLimits& limits = {}) {
  return detail::MsgpackReader(std::move(file), limits).read();
}

}  // namespace adatape::weights
