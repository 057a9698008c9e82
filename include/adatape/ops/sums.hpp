#pragma once
/// Sums over rows and elementwise sums, in one fixed order whatever the number of threads.
#include "adatape/core/parallel.hpp"
#include "adatape/core/types.hpp"

namespace adatape::ops {

namespace reference {

template <class T>
void add(const T* x, Index count, T* sum) {
  for (Index i = 0; i < count; ++i) sum[i] += x[i];
}

}  // namespace reference

/// sum += x for `count` elements.
template <class T>
void add(const T* x, Index count, T* sum) {
  parallel_chunks(count, 16384, [&](Index begin, Index end) { reference::add(x + begin, end - begin, sum + begin); });
}

/// sums [width] += sum over the rows of x [rows, width], whose rows are `stride` apart, in row order.
template <class T>
void add_column_sums(const T* x, Index rows, Index width, Index stride, T* sums) {
  parallel_chunks(width, 64, [&](Index begin, Index end) {
    for (Index i = 0; i < rows; ++i) reference::add(x + i * stride + begin, end - begin, sums + begin);
  });
}
template <class T>
void add_column_sums(const T* x, Index rows, Index width, T* sums) {
  add_column_sums(x, rows, width, width, sums);
}

}  // namespace adatape::ops
