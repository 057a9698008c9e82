#pragma once
/// The owner of a model's parameters: one flat, aligned buffer that is also a tree of named tensors.
#include <algorithm>
#include <new>
#include <span>

#include "adatape/core/aligned.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/layout.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Parameters of `Layer`, whose tree is Layer::Params<T>. Gradients and averages have the same type. All values are 0 at first. Copying copies the
/// values. The gaps between tensors, which align each tensor to kAlignment, are 0. Every loop over flat memory keeps them 0.
template <class Layer, class T>
class Parameters {
 public:
  using Scalar = T;                                                                 ///< the type of every value
  using Tree = typename Layer::template Params<T>;                                  ///< the struct that names the tensors (core/layout.hpp)
  static constexpr Index flat_size = static_cast<Index>(sizeof(Tree) / sizeof(T));  ///< values, gaps included
  static constexpr Index count = parameter_count<Tree>;                             ///< values, without gaps

  /// Throws std::bad_alloc if there is no memory, as copying does.
  Parameters() : buffer_(allocate()) { zero(); }
  /// Throws Error if `other` was moved from.
  Parameters(const Parameters& other) : buffer_(allocate()) { std::ranges::copy(other.flat(), buffer_.get()); }
  /// Takes over the memory of `other`. After that `other` may only be assigned to or destroyed.
  Parameters(Parameters&& other) noexcept = default;
  /// Throws Error if `other` was moved from. Nothing has changed then.
  Parameters& operator=(const Parameters& other) {
    if (this == &other) return *this;
    const auto values = other.flat();
    if (!buffer_) buffer_ = allocate();
    std::ranges::copy(values, buffer_.get());
    return *this;
  }
  Parameters& operator=(Parameters&& other) noexcept = default;

  /// The parameters as a tree of named tensors. Valid until this object is destroyed, moved from or move-assigned. Throws Error if it was moved from.
  ///@{
  Tree& tree() { return *std::launder(reinterpret_cast<Tree*>(held())); }
  const Tree& tree() const { return *std::launder(reinterpret_cast<const Tree*>(held())); }
  Tree& operator*() { return tree(); }
  const Tree& operator*() const { return tree(); }
  Tree* operator->() { return &tree(); }
  const Tree* operator->() const { return &tree(); }
  ///@}

  /// All values with the gaps between tensors, [flat_size]. Valid and throws as tree().
  ///@{
  std::span<T> flat() { return {held(), static_cast<std::size_t>(flat_size)}; }
  std::span<const T> flat() const { return {held(), static_cast<std::size_t>(flat_size)}; }
  ///@}

  /// Name, shape, offset and Init of every tensor, for the whole run of the program. `fields()` that do not fit the tree are a compile error.
  static constexpr std::span<const LayoutEntry> layout() { return layout_of<Tree, T>; }
  /// The values of one tensor of layout(), [entry.size], row-major. Valid and throws as tree().
  ///@{
  std::span<T> values(const LayoutEntry& entry) { return flat().subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size)); }
  std::span<const T> values(const LayoutEntry& entry) const {
    return flat().subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size));
  }
  ///@}

  /// Sets all values to 0. Throws Error if this object was moved from.
  void zero() { std::ranges::fill(flat(), T(0)); }

 private:
  /// The memory. Parameters that were moved from have none.
  T* held() const {
    require(buffer_ != nullptr, "Parameters: wanted parameters, found an object that was moved from");
    return buffer_.get();
  }
  static AlignedArray<T> allocate() { return allocate_aligned<T>(sizeof(Tree)); }
  AlignedArray<T> buffer_;
};

}  // namespace adatape
