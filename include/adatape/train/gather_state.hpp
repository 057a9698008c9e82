#pragma once
/// The state of an optimizer whose parts are spread over processes, in one place.
#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "adatape/train/exchange.hpp"
#include "adatape/train/optimizer.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

namespace detail {

/// The state of parameter `at` and of those behind it, in a StateBuffer or in Parameters.
template <class Buffer>
auto* state_of(Buffer& buffer, Index at) {
  if constexpr (requires { buffer.data(at); })
    return buffer.data(at);
  else
    return buffer.flat().data() + at;
}

}  // namespace detail

/// An optimizer O with the state of all tensors that `ranges` train. `optimizer` has that of the ranges `owned`, which this process updates. All processes call
/// this function together, and each gets everything. P is the type of the parameters: the state of each kind travels in the shape of all parameters.
/// Throws std::bad_alloc where there is no memory.
template <class P, class O, class Exchange>
O gather_state(O& optimizer, std::span<const ParameterRange> owned, std::span<const ParameterRange> ranges, Exchange& exchange) {
  O whole = optimizer_for<O>(ranges);
  P travelling;
  const auto each_trained = [](std::span<const ParameterRange> all, const auto& f) {
    for (const ParameterRange& range : all)
      if (range.rule.trained && range.begin < range.end) f(range.begin, range.end);
  };
  const auto gather = [&](auto& part, auto& whole_part) {
    auto* const values = travelling.flat().data();
    each_trained(owned, [&](Index begin, Index end) { std::copy_n(detail::state_of(part, begin), end - begin, values + begin); });
    exchange.gather_chunks(travelling.flat(), kExchangeChunk);
    each_trained(ranges, [&](Index begin, Index end) { std::copy_n(values + begin, end - begin, detail::state_of(whole_part, begin)); });
  };
  const auto gather_all = [&]<std::size_t... i>(std::index_sequence<i...>, auto&& from, auto&& to) {
    (gather(std::get<i>(from).parameters, std::get<i>(to).parameters), ...);
  };
  gather_all(std::make_index_sequence<std::tuple_size_v<decltype(optimizer.state())>>(), optimizer.state(), whole.state());
  return whole;
}

}  // namespace adatape::train
