#pragma once
/// Clipping of gradients by their global norm.
#include <cmath>
#include <numeric>
#include <span>

#include "adatape/core/arena.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/train/exchange.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// sqrt(sum_i x_i^2), in double. Each chunk of kExchangeChunk values has a sum of its own, and the sums are added in order, so threads and processes do not
/// change bits. A process adds up the chunks that it owns. finish(begin, end) is called once for each of them, before the values [begin, end) are read, and may
/// still write them: so they come into the cache once. Throws what finish throws, and std::bad_alloc where there is no memory.
template <class T, class Finish, class Exchange>
double global_norm(std::span<const T> values, const Finish& finish, Exchange& exchange) {
  constexpr Index chunk = kExchangeChunk;
  const Index size = std::ssize(values);
  Arena::Scope scope(thread_arena());
  const auto partial = thread_arena().take_span<double>(chunks_of(size));
  const Index process = exchange.process(), processes = exchange.processes();
  parallel_chunks(owned_chunks(std::ssize(partial), process, processes), 1, [&](Index i, Index) {
    const Share own = values_in(process + i * processes, size);
    const Index begin = own.first, end = own.end;
    finish(begin, end);
    constexpr Index lanes = 16;  // independent sums: with one sum every addition would wait for the one before it
    double sums[lanes] = {};
    const T* const x = values.data();
    Index at = begin;
    for (; at + lanes <= end; at += lanes)
      for (Index j = 0; j < lanes; ++j) sums[j] += static_cast<double>(x[at + j]) * static_cast<double>(x[at + j]);
    for (; at < end; ++at) sums[0] += static_cast<double>(x[at]) * static_cast<double>(x[at]);
    partial[static_cast<std::size_t>(begin / chunk)] = std::accumulate(std::begin(sums), std::end(sums), 0.0);
  });
  if (exchange.processes() > 1) exchange.gather_chunks(partial, Index{1});
  double total = 0;
  for (double sum : partial) total += sum;
  return std::sqrt(total);
}
/// The same of one process, without finish.
template <class T>
double global_norm(std::span<const T> values) {
  NoExchange alone;
  return global_norm(values, [](Index, Index) {}, alone);
}

/// The factor by which gradients of the given norm are clipped: min(1, max_norm / norm), or 1 where max_norm <= 0.
inline double clip_factor(double norm, double max_norm) { return max_norm > 0 && norm > max_norm ? max_norm / norm : 1.0; }

}  // namespace adatape::train
