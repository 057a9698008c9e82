#include "adatape/ops/attention.hpp"

#include "compare.hpp"
#include "threads.hpp"

using namespace adatape;
using namespace adatape::testing;

namespace {

struct Inputs {
  RaggedPacking ragged;
  Index heads, width;
  std::vector<float> q, k, v, d_o;
  Inputs(const std::vector<Index>& lengths, Index head_count, Index head_width, double spread) : ragged(lengths, 0), heads(head_count), width(head_width) {
    const Index size = Packing(ragged).rows() * heads * width;
    q = random_values<float>(size, 1, spread);
    k = random_values<float>(size, 2);
    v = random_values<float>(size, 3);
    d_o = random_values<float>(size, 4);
  }
  ops::AttentionShape shape(Index stride) const { return {ragged, heads, width, stride}; }
};

template <class T>
struct Results {
  std::vector<T> o, dq, dk, dv;
};

/// q, k and v stand side by side in rows of their own and `gap` more values, NaN in the gaps.
template <class T>
Results<T> run(const Inputs& in, Index gap = 0) {
  const Index row = in.heads * in.width, rows = Packing(in.ragged).rows(), stride = 3 * row + gap;
  std::vector<T> qkv(static_cast<std::size_t>(rows * stride), T(NAN)), gradients(qkv);
  const auto place = [&](Index part, Index i) { return (i / row) * stride + part * row + i % row; };
  for (Index i = 0; i < rows * row; ++i) {
    const auto at = static_cast<std::size_t>(i);
    qkv[static_cast<std::size_t>(place(0, i))] = static_cast<T>(in.q[at]);
    qkv[static_cast<std::size_t>(place(1, i))] = static_cast<T>(in.k[at]);
    qkv[static_cast<std::size_t>(place(2, i))] = static_cast<T>(in.v[at]);
  }
  const std::vector<T> d_o(in.d_o.begin(), in.d_o.end());
  const auto shape = in.shape(stride);
  std::vector<ops::SoftmaxStatistics<T>> statistics(static_cast<std::size_t>(rows * in.heads));
  Results<T> out{std::vector<T>(d_o.size(), T(NAN)), {}, {}, {}};
  const T *q = qkv.data(), *k = q + row, *v = k + row;
  T *dq = gradients.data(), *dk = dq + row, *dv = dk + row;
  ops::attention<T>(q, k, v, shape, out.o.data(), statistics.data());
  ops::attention_backward<T>(q, k, v, statistics.data(), d_o.data(), shape, dq, dk, dv);
  std::vector<T> without(d_o.size());
  ops::attention<T>(q, k, v, shape, without.data(), nullptr);
  CHECK(same_bits(without, out.o));
  for (Index i = 0; i < rows * row; ++i) {
    out.dq.push_back(gradients[static_cast<std::size_t>(place(0, i))]);
    out.dk.push_back(gradients[static_cast<std::size_t>(place(1, i))]);
    out.dv.push_back(gradients[static_cast<std::size_t>(place(2, i))]);
  }
  CHECK(std::ranges::count_if(gradients, [](T value) { return std::isnan(value); }) == rows * gap);
  return out;
}

/// The equations, one number at a time.
Results<double> reference(const Inputs& in) {
  const auto q = to_double(in.q), k = to_double(in.k), v = to_double(in.v), d_o = to_double(in.d_o);
  const std::vector<double> zeros(q.size(), 0.0);
  Results<double> out{zeros, zeros, zeros, zeros};
  const Packing packing = in.ragged;
  const Index stride = in.heads * in.width;
  for (Index b = 0; b < packing.samples(); ++b)
    for (Index h = 0; h < in.heads; ++h) {
      const Index first = packing.begin(b) * stride + h * in.width, length = packing.length(b);
      const auto at = [&](Index i, Index c) { return static_cast<std::size_t>(first + i * stride + c); };
      ops::scalar::attention(q.data() + first, k.data() + first, v.data() + first, length, in.width, stride, out.o.data() + first);
      const double scale = 1 / std::sqrt(static_cast<double>(in.width));
      for (Index i = 0; i < length; ++i) {
        std::vector<double> weights(static_cast<std::size_t>(length)), dweights(weights);
        for (Index j = 0; j < length; ++j)
          for (Index c = 0; c < in.width; ++c) weights[static_cast<std::size_t>(j)] += q[at(i, c)] * k[at(j, c)];
        ops::scalar::softmax_row(weights.data(), length, scale);
        for (Index j = 0; j < length; ++j)
          for (Index c = 0; c < in.width; ++c) {
            dweights[static_cast<std::size_t>(j)] += d_o[at(i, c)] * v[at(j, c)];
            out.dv[at(j, c)] += weights[static_cast<std::size_t>(j)] * d_o[at(i, c)];
          }
        ops::scalar::softmax_row_backward_in_place(weights.data(), dweights.data(), length, scale);
        for (Index j = 0; j < length; ++j)
          for (Index c = 0; c < in.width; ++c) {
            out.dq[at(i, c)] += dweights[static_cast<std::size_t>(j)] * k[at(j, c)];
            out.dk[at(j, c)] += dweights[static_cast<std::size_t>(j)] * q[at(i, c)];
          }
      }
    }
  return out;
}

void check_results(const Inputs& in, double spread) {
  const auto wanted = reference(in);
  const auto found = run<float>(in);
  const double rounding = 32 * spread * std::sqrt(static_cast<double>(in.width));
  check_close(found.o, wanted.o, 1 + largest_of(wanted.o), rounding);
  check_close(found.dq, wanted.dq, 1 + largest_of(wanted.dq), rounding);
  check_close(found.dk, wanted.dk, 1 + largest_of(wanted.dk), rounding);
  check_close(found.dv, wanted.dv, 1 + largest_of(wanted.dv), rounding);
  const auto in_double = run<double>(in);
  for (std::size_t i = 0; i < wanted.o.size(); ++i) {
    CHECK(in_double.o[i] == doctest::Approx(wanted.o[i]).epsilon(1e-12));
    CHECK(in_double.dq[i] == doctest::Approx(wanted.dq[i]).epsilon(1e-10));
    CHECK(in_double.dk[i] == doctest::Approx(wanted.dk[i]).epsilon(1e-10));
    CHECK(in_double.dv[i] == doctest::Approx(wanted.dv[i]).epsilon(1e-10));
  }
}

}  // namespace

TEST_CASE("attention: ragged batches against the equations") {
  for (const auto& lengths : std::vector<std::vector<Index>>{{}, {1}, {2, 0, 1}, {3, 17, 5}, {40, 1}})
    for (Index heads : {1, 3})
      for (Index width : {1, 5, 8, 16, 19}) {
        CAPTURE(heads);
        CAPTURE(width);
        check_results(Inputs(lengths, heads, width, 1), 1);
      }
}

TEST_CASE("attention: every length up to two batches and more") {
  for (Index length = 1; length <= most_odd_sizes; ++length) {
    CAPTURE(length);
    check_results(Inputs({length}, 1, 6, 1), 1);
  }
}

TEST_CASE("attention: longer than a block of queries") { check_results(Inputs({113, 2, 230}, 2, 8, 1), 1); }

TEST_CASE("attention: the distance between rows does not matter") {
  const Inputs in({5, 20}, 2, 8, 1);
  const auto wanted = run<float>(in), found = run<float>(in, 7);
  CHECK((same_bits(found.o, wanted.o) && same_bits(found.dq, wanted.dq) && same_bits(found.dk, wanted.dk) && same_bits(found.dv, wanted.dv)));
}

TEST_CASE("attention: peaked scores") { check_results(Inputs({9, 20}, 2, 8, 20), 20); }

TEST_CASE("attention: factors of bf16 against the equations of rounded q, k and v") {
  const auto round = [](std::vector<float>& values) {
    for (float& value : values) value = static_cast<float>(Bf16(value));
  };
  for (const auto& lengths : std::vector<std::vector<Index>>{{}, {9}, {17, 2, 40}, {113, 8, 230}})
    for (Index width : {1, 5, 16, 33, 64}) {
      CAPTURE(width);
      Inputs in(lengths, 2, width, 1);
      const Index row = in.heads * width;
      std::vector<float> found(in.q.size(), NAN), alone(found);
      const auto attend = [&](const Packing& packing, Index first, float* o) {
        ops::attention<float>(in.q.data() + first * row, in.k.data() + first * row, in.v.data() + first * row, {packing, in.heads, width, row}, o, nullptr,
                              StoredAs<Bf16>{});
      };
      const Packing packing = in.ragged;
      attend(packing, 0, found.data());
      for (Index b = 0; b < packing.samples(); ++b) {  // bits do not depend on the batch
        const RaggedPacking one({packing.length(b)}, 0);
        attend(one, packing.begin(b), alone.data() + packing.begin(b) * row);
      }
      CHECK(same_bits(alone, found));
      const auto exact = reference(in).o;
      round(in.q), round(in.k), round(in.v);
      const auto rounded = reference(in).o;
      // Weights add up to 1. To round them changes each by at most 2^-9 of itself. Short sequences are not rounded.
      const double bound_of_rounded = std::ldexp(largest_of(rounded), -8) + 1e-4;
      for (Index b = 0; b < packing.samples(); ++b)
        for (Index i = packing.begin(b) * row; i < (packing.begin(b) + packing.length(b)) * row; ++i) {
          const auto at = static_cast<std::size_t>(i);
          const bool is_short = packing.length(b) <= ops::kShortLength;
          CHECK(std::abs(static_cast<double>(found[at]) - (is_short ? exact[at] : rounded[at])) <= (is_short ? 1e-5 : bound_of_rounded));
        }
    }
}

TEST_CASE("attention: a sample's bits depend neither on its batch nor on threads") {
  const Inputs in({5, 33, 1, 12}, 3, 10, 1);
  const auto together = run<float>(in);
  const Index row = 3 * 10;
  for (Index b = 0; b < 4; ++b) {
    const Packing packing = in.ragged;
    Inputs alone({packing.length(b)}, 3, 10, 1);
    const auto part = [&](const std::vector<float>& all) {
      return std::vector<float>(all.begin() + packing.begin(b) * row, all.begin() + packing.begin(b + 1) * row);
    };
    alone.q = part(in.q), alone.k = part(in.k), alone.v = part(in.v), alone.d_o = part(in.d_o);
    const auto found = run<float>(alone);
    CHECK(same_bits(found.o, part(together.o)));
    CHECK(same_bits(found.dq, part(together.dq)));
    CHECK(same_bits(found.dk, part(together.dk)));
    CHECK(same_bits(found.dv, part(together.dv)));
  }
  for (int count : {1, 2, 3, 8}) {
    const Threads threads(count);
    const auto found = run<float>(in);
    CHECK(same_bits(found.o, together.o));
    CHECK(same_bits(found.dk, together.dk));
  }
}
