#pragma once
/// The owner of a model's parameters: one flat, aligned, zero-padded buffer that is at the same time a tree of named tensors.
#include <algorithm>
#include <memory>
#include <new>
#include <span>

#include "adatape/core/error.hpp"
#include "adatape/core/layout.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// Parameters (or gradients, moments, averages: the same type) of `Layer`, whose tree is Layer::Params<T>.
/// Starts as zeros. Copying copies the values. flat() covers the alignment gaps too; they are zero and every loop over flat memory keeps them so.
template <class Layer, class T>
class Parameters {
 public:
  using Scalar = T;
  using Tree = typename Layer::template Params<T>;
  static constexpr Index flat_size = static_cast<Index>(sizeof(Tree) / sizeof(T));
  static constexpr Index count = parameter_count<Tree>;

  Parameters() : buffer_(allocate()) { zero(); }
  /// Throws Error if `other` was moved from.
  Parameters(const Parameters& other) : buffer_(allocate()) { std::ranges::copy(other.flat(), buffer_.get()); }
  /// Takes over the memory of `other`, which then holds none: it may be assigned to or destroyed, and nothing else.
  Parameters(Parameters&& other) noexcept = default;
  /// Throws Error if `other` was moved from; nothing has changed then.
  Parameters& operator=(const Parameters& other) {
    if (this == &other) return *this;
    const auto values = other.flat();
    if (!buffer_) buffer_.reset(allocate());
    std::ranges::copy(values, buffer_.get());
    return *this;
  }
  Parameters& operator=(Parameters&& other) noexcept = default;

  /// The parameters as a tree of named tensors; valid as long as this object, until it is moved from. All access throws Error after that.
  Tree& tree() { return *std::launder(reinterpret_cast<Tree*>(held())); }
  const Tree& tree() const { return *std::launder(reinterpret_cast<const Tree*>(held())); }
  Tree& operator*() { return tree(); }
  const Tree& operator*() const { return tree(); }
  Tree* operator->() { return &tree(); }
  const Tree* operator->() const { return &tree(); }

  /// All values [flat_size] and the gaps between tensors; valid as long as this object, until it is moved from.
  std::span<T> flat() { return {held(), static_cast<std::size_t>(flat_size)}; }
  std::span<const T> flat() const { return {held(), static_cast<std::size_t>(flat_size)}; }

  /// (name, shape, offset, init) of every tensor; the same for all parameters of this layer. `fields()` that do not fit the tree are a compile error.
  static constexpr std::span<const LayoutEntry> layout() { return layout_of<Tree, T>; }
  std::span<T> values(const LayoutEntry& entry) { return flat().subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size)); }
  std::span<const T> values(const LayoutEntry& entry) const {
    return flat().subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size));
  }

  void zero() { std::ranges::fill(flat(), T(0)); }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete[](p, std::align_val_t(kAlignment)); }
  };
  /// The memory. Parameters that were moved from have none.
  T* held() const {
    require(buffer_ != nullptr, "Parameters: wanted parameters, found an object that was moved from");
    return buffer_.get();
  }
  static T* allocate() { return static_cast<T*>(::operator new[](sizeof(Tree), std::align_val_t(kAlignment))); }
  std::unique_ptr<T[], Free> buffer_;
};

}  // namespace adatape
