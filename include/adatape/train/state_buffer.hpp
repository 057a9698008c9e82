#pragma once
/// The memory of an optimizer's state: one value for each trained parameter.
#include <algorithm>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "adatape/core/aligned.hpp"
#include "adatape/core/parameters.hpp"
#include "adatape/train/rules.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// Holds one value for each parameter of the ranges that are trained, and nothing for the others. A part of a tensor is held where a range has only that part,
/// as in a run of several processes. Each range is rounded outwards to multiples of kAlignment. Values are in the order of the parameters. Where all tensors
/// are trained, the places and the gaps are those of Parameters<Model, T>. Gaps are 0 at first, and every loop over flat memory keeps them 0.
///
/// Copying copies the values. A buffer that was moved from may only be assigned to or destroyed: every other use throws Error.
template <class Model, class T>
class StateBuffer {
  using Whole = Parameters<Model, T>;

 public:
  using Scalar = T;  ///< type of a value

  /// A value for every parameter, at 0. Throws std::bad_alloc where there is no memory, as every constructor here but the move.
  StateBuffer() : StateBuffer(std::span<const ParameterRange>{}) {}
  /// A value for every parameter that `ranges`, in ascending order, train, at 0. Empty ranges train everything. The ranges need not live on.
  explicit StateBuffer(std::span<const ParameterRange> ranges) : StateBuffer(held_by(ranges)) {}
  /// Throws Error where `other` was moved from, and std::bad_alloc where there is no memory.
  StateBuffer(const StateBuffer& other) : StateBuffer(other.held()) { std::ranges::copy(other.flat(), flat().begin()); }
  StateBuffer(StateBuffer&&) noexcept = default;
  /// Throws as the copy constructor; nothing has changed then. This buffer has the ranges of `other` afterwards.
  StateBuffer& operator=(const StateBuffer& other) { return *this = StateBuffer(other); }
  StateBuffer& operator=(StateBuffer&&) noexcept = default;

  /// Name, shape and place of every tensor of the model, held or not. LayoutEntry::offset is the place in the parameters, not in this buffer.
  static constexpr std::span<const LayoutEntry> layout() { return Whole::layout(); }
  /// Whether there are values for all of this tensor of layout().
  bool holds(const LayoutEntry& entry) const { return holds(entry.offset, entry.offset + entry.size); }
  /// The values of a tensor of layout(), [entry.size], row-major. Throws Error unless holds(entry). Valid until this object is destroyed, moved from or
  /// assigned to, or gets other ranges.
  ///@{
  std::span<T> values(const LayoutEntry& entry) { return {place_of(entry), static_cast<std::size_t>(entry.size)}; }
  std::span<const T> values(const LayoutEntry& entry) const { return {place_of(entry), static_cast<std::size_t>(entry.size)}; }
  ///@}
  /// All values with the gaps between tensors. Valid as values().
  ///@{
  std::span<T> flat() { return {buffer_.get(), size_of(held())}; }
  std::span<const T> flat() const { return {buffer_.get(), size_of(held())}; }
  ///@}
  /// The memory of all values, gaps included, in bytes.
  std::size_t bytes() const { return flat().size_bytes(); }

  /// Throws Error, naming a tensor and beginning with `who`, unless there are values for all parameters of the ranges that are trained.
  void require_ranges(const char* who, std::span<const ParameterRange> ranges) const {
    for (const ParameterRange& range : ranges) {
      if (!range.rule.trained || range.begin == range.end || holds(range.begin, range.end)) continue;
      const auto missing = std::ranges::find_if(layout(), [&](const LayoutEntry& entry) {
        const Index begin = std::max(entry.offset, range.begin), end = std::min(entry.offset + entry.size, range.end);
        return begin < end && !holds(begin, end);
      });
      require(false, who, ": wanted state of every trained tensor, found none of \"", missing == layout().end() ? "" : missing->name(),
              "\"; set_ranges makes room for it");
    }
  }
  /// The value that belongs to parameter `begin` of the flat parameters. Those of the next parameters follow it, to the end of any range with this begin that
  /// require_ranges takes. Null where there is no value for `begin`. Valid as values().
  T* data(Index begin) {
    const Held* const part = find(begin);
    return part ? buffer_.get() + (part->at + begin - part->begin) : nullptr;
  }

  /// Whether this buffer holds what `ranges` train.
  bool fits(std::span<const ParameterRange> ranges) const { return held_by(ranges) == held(); }
  /// A buffer for other ranges. Parameters that both hold have the values of this one, the others are 0. Throws std::bad_alloc where there is no memory.
  StateBuffer for_ranges(std::span<const ParameterRange> ranges) const {
    StateBuffer next(ranges);
    auto from = held().begin();
    for (const Held& to : next.held_)
      for (from = std::ranges::find_if(from, held_.end(), [&](const Held& part) { return part.end > to.begin; }); from != held_.end() && from->begin < to.end;
           ++from) {
        const Index begin = std::max(from->begin, to.begin), end = std::min(from->end, to.end);
        std::copy_n(buffer_.get() + (from->at + begin - from->begin), end - begin, next.buffer_.get() + (to.at + begin - to.begin));
        if (from->end > to.end) break;  // the rest of it may belong to the next part
      }
    return next;
  }

 private:
  /// The values of parameters [begin, end) are flat()[at] and those behind it. Neighbours that are held are one part.
  struct Held {
    Index begin, end, at;
    bool operator==(const Held&) const = default;
  };

  explicit StateBuffer(std::vector<Held> held) : held_(std::move(held)), buffer_(allocate_aligned<T>(size_of(held_) * sizeof(T))) {
    std::ranges::fill(flat(), T(0));
  }

  static std::vector<Held> held_by(std::span<const ParameterRange> ranges) {
    constexpr ParameterRange everything{0, Whole::flat_size};
    constexpr auto unit = static_cast<Index>(kAlignment / sizeof(T));
    std::vector<Held> held;
    for (const ParameterRange& range : ranges.empty() ? std::span(&everything, 1) : ranges) {
      if (!range.rule.trained || range.begin == range.end) continue;
      const Index begin = range.begin / unit * unit, end = std::min(Index{Whole::flat_size}, divide_up(range.end, unit) * unit);
      if (!held.empty() && held.back().end >= begin)
        held.back().end = end;
      else
        held.push_back({begin, end, static_cast<Index>(size_of(held))});
    }
    return held;
  }
  static std::size_t size_of(const std::vector<Held>& held) {
    return held.empty() ? 0 : static_cast<std::size_t>(held.back().at + held.back().end - held.back().begin);
  }

  /// The parts. A buffer that was moved from has no memory.
  const std::vector<Held>& held() const {
    require(buffer_ != nullptr, "StateBuffer: wanted the state of an optimizer, found an object that was moved from");
    return held_;
  }
  bool holds(Index begin, Index end) const {
    const Held* const part = find(begin);
    return part != nullptr && end <= part->end;
  }
  /// The part with the value of parameter `at`, or null.
  const Held* find(Index at) const {
    const auto next = std::ranges::upper_bound(held(), at, {}, &Held::begin);
    return next == held_.begin() || at >= std::prev(next)->end ? nullptr : &*std::prev(next);
  }
  T* place_of(const LayoutEntry& entry) const {
    const Held* const part = find(entry.offset);
    require(part != nullptr && holds(entry), "StateBuffer: wanted a trained tensor, found \"", entry.name(), '"');
    return buffer_.get() + (part->at + entry.offset - part->begin);
  }

  std::vector<Held> held_;
  AlignedArray<T> buffer_;
};

/// Gives all buffers of an optimizer the ranges (see StateBuffer::for_ranges). Throws std::bad_alloc where there is no memory; no buffer has changed then.
template <class... Buffers>
void set_ranges(std::span<const ParameterRange> ranges, Buffers&... buffers) {
  if ((buffers.fits(ranges) && ...)) return;
  std::tuple<Buffers...> next{buffers.for_ranges(ranges)...};
  std::tie(buffers...) = std::move(next);
}

}  // namespace adatape::train
