#pragma once
/// The JSON of a safetensors header. Everything that is not of this form is refused:
///     {"__metadata__": {"step": "12"}, "head/bias": {"dtype": "F32", "shape": [10], "data_offsets": [0, 40]}}
/// The parser of the JSON library calls an event handler, because a document tree would keep the last of two equal keys and wrap negative offsets. The handler
/// refuses nesting that is deeper than the format has, and stops at the first number above a limit.
#include <nlohmann/json.hpp>

#include "adatape/io/safetensors_info.hpp"
#include "adatape/io/text.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io::detail {

/// Receives the events of nlohmann's SAX parser and fills `out`, which must outlive the handler. Every function returns true or throws Error.
class SafetensorsHeaderHandler {
 public:
  SafetensorsHeaderHandler(std::string where, SafetensorsHeader& out, const SafetensorsLimits& limits)
      : where_(std::move(where)), out_(out), limits_(limits) {}

  bool key(std::string& name) {
    if (state_ == State::tensors) {
      name_ = name;
      if (name == "__metadata__") {
        check(!std::exchange(has_metadata_, true), "key \"__metadata__\" appears twice");
        state_ = State::metadata_start;
      } else {
        const bool is_new = out_.tensors.try_emplace(name).second;
        check(is_new, "key ", in_quotes(name), " appears twice");
        check(out_.tensors.size() <= limits_.tensors, "more than ", limits_.tensors, " tensors");
        state_ = State::entry_start;
      }
    } else if (state_ == State::metadata) {
      const auto [position, is_new] = out_.metadata.try_emplace(name);
      check(is_new, "key ", in_quotes(name), " of __metadata__ appears twice");
      check(out_.metadata.size() <= limits_.metadata, "more than ", limits_.metadata, " entries in __metadata__");
      metadata_value_ = &position->second;
      state_ = State::metadata_value;
    } else {
      const auto field = static_cast<std::size_t>(std::ranges::find(kFields, name) - kFields.begin());
      check(field < kFields.size(), "tensor ", in_quotes(name_), ": unknown key ", in_quotes(name));
      check(!std::exchange(seen_[field], true), "tensor ", in_quotes(name_), ": key ", in_quotes(name), " appears twice");
      state_ = std::array{State::dtype, State::shape_start, State::offsets_start}[field];
    }
    return true;
  }

  bool string(std::string& value) {
    if (state_ == State::metadata_value) {
      *metadata_value_ = std::move(value);
      state_ = State::metadata;
      return true;
    }
    expect(State::dtype, "a string");
    tensor().dtype = dtype_named(value);
    tensor().type = std::move(value);
    state_ = State::entry;
    return true;
  }

  bool number_unsigned(std::uint64_t value) {
    if (state_ == State::shape) {
      check(std::in_range<Index>(value), "tensor ", in_quotes(name_), ": dimension ", value, " is too large");
      check(tensor().shape.size() < limits_.rank, "tensor ", in_quotes(name_), ": more than ", limits_.rank, " dimensions");
      tensor().shape.push_back(static_cast<Index>(value));
      return true;
    }
    expect(State::offsets, "a number");
    check(offset_count_ < 2, "tensor ", in_quotes(name_), ": wanted 2 data_offsets, found more");
    (offset_count_++ == 0 ? tensor().begin : tensor().end) = value;
    return true;
  }

  bool start_object(std::size_t) {
    if (state_ == State::start) {
      state_ = State::tensors;
    } else if (state_ == State::metadata_start) {
      state_ = State::metadata;
    } else {
      expect(State::entry_start, "an object");
      seen_ = {};
      offset_count_ = 0;
      state_ = State::entry;
    }
    return true;
  }

  bool end_object() {
    if (state_ == State::entry)
      for (std::size_t i = 0; i < kFields.size(); ++i) check(seen_[i], "tensor ", in_quotes(name_), ": key \"", kFields[i], "\" is missing");
    state_ = state_ == State::tensors ? State::end : State::tensors;
    return true;
  }

  bool start_array(std::size_t) {
    if (state_ == State::shape_start) {
      state_ = State::shape;
    } else {
      expect(State::offsets_start, "an array");
      state_ = State::offsets;
    }
    return true;
  }

  bool end_array() {
    check(state_ == State::shape || offset_count_ == 2, "tensor ", in_quotes(name_), ": wanted 2 data_offsets, found ", offset_count_);
    state_ = State::entry;
    return true;
  }

  bool null() { return refuse("null"); }
  bool boolean(bool) { return refuse("a boolean"); }
  bool number_integer(std::int64_t value) { return refuse(std::to_string(value)); }
  bool number_float(double, const std::string& text) { return refuse(text.substr(0, 40)); }
  bool binary(std::vector<std::uint8_t>&) { return refuse("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const std::exception&) {
    throw Error(where_ + ": header is not valid JSON at its byte " + std::to_string(position));
  }

 private:
  /// What the next event may be.
  enum class State { start, tensors, metadata_start, metadata, metadata_value, entry_start, entry, dtype, shape_start, shape, offsets_start, offsets, end };
  static constexpr std::array<std::string_view, 3> kFields{"dtype", "shape", "data_offsets"};

  static constexpr std::string_view value_wanted(State state) {
    switch (state) {
      case State::metadata_value:
        return "a string";
      case State::entry_start:
        return "an object with dtype, shape and data_offsets";
      case State::dtype:
        return "dtype: a string";
      case State::shape_start:
        return "shape: an array";
      case State::shape:
        return "shape: unsigned integers";
      case State::offsets_start:
        return "data_offsets: an array";
      case State::offsets:
        return "data_offsets: unsigned integers";
      default:
        return "an object";
    }
  }

  TensorInfo& tensor() { return out_.tensors.find(name_)->second; }
  template <class... Parts>
  void check(bool holds, const Parts&... parts) const {
    require(holds, where_, ": header: ", parts...);
  }
  void expect(State state, std::string_view found) const {
    if (state_ != state) refuse(found);
  }
  bool refuse(std::string_view found) const {
    throw Error(where_ + ": header: " + in_quotes(name_) + ": wanted " + std::string(value_wanted(state_)) + ", found " + std::string(found));
  }

  std::string where_;
  SafetensorsHeader& out_;
  SafetensorsLimits limits_;
  State state_ = State::start;
  std::string name_;  ///< of the entry being read
  std::string* metadata_value_ = nullptr;
  std::array<bool, 3> seen_{};
  int offset_count_ = 0;
  bool has_metadata_ = false;
};

}  // namespace adatape::io::detail
