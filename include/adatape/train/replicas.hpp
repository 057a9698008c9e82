#pragma once
/// The gradient sum of a training run: a batch is cut into parts, and replicas compute the parts.
#include <algorithm>
#include <deque>
#include <numeric>
#include <span>

#include "adatape/core/context.hpp"
#include "adatape/core/model.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/parameters.hpp"
#include "adatape/ops/sums.hpp"
#include "adatape/train/batch.hpp"
#include "adatape/train/clipping.hpp"
#include "adatape/train/exchange.hpp"
#include "adatape/train/rules.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// What a forward pass needs besides parameters and a batch.
struct Pass {
  Settings settings{};
  std::uint64_t seed = 0;
  Index step = 0;
  Products products = Products::f32;
  int lowest_depth = 0;  ///< of a tensor that is trained
};

/// Sums of gradients and of losses over the samples of one or several batches. Trainer owns one.
template <class Model, class T>
class Replicas {
 public:
  /// All sums are 0 from here on.
  void zero() {
    totals_ = {};
    for (Replica& replica : replicas_) replica.is_zero = true;
    added_ = 1;
  }

  /// Adds what the batch gives, and returns the totals of this batch alone. Throws as Trainer::accumulate does.
  template <class Objective, class Targets>
  BatchTotals accumulate(const Parameters<Model, T>& parameters, const Objective& objective,
                         const Batch<T, typename Model::template Input<T>, Targets>& whole, const Pass& pass, Index values_at_once, Index most_replicas) {
    for (Replica& replica : replicas_) replica.arena.reset();
    const auto counted = counted_samples(whole, replicas_[0].arena);
    objective.template check_targets<typename Model::template Output<T>>(counted.batch.targets, counted.samples);
    const Division division = divide(counted.samples, own_rows<Model>(counted.batch.input), values_at_once, most_replicas);
    try {
      add_others();
      while (static_cast<Index>(replicas_.size()) < division.replicas) replicas_.emplace_back();
      const auto run = [&](Index r) {
        Replica& replica = replicas_[static_cast<std::size_t>(r)];
        if (replica.is_zero) replica.gradients.zero();
        replica.is_zero = false;
        replica.totals = {};
        for (Index part = division.first_part(r); part < division.first_part(r + 1); ++part) {
          const Index first = division.first_sample(part);
          const Index samples = division.first_sample(part + 1) - first;
          accumulate_part(*parameters, objective, counted.part(first, samples), samples, pass, replica);
        }
      };
      if (available_threads() <= division.replicas)
        parallel_for(division.replicas, run);
      else
        for (Index r = 0; r < division.replicas; ++r) run(r);
    } catch (...) {
      zero();
      throw;
    }
    added_ = division.replicas;
    BatchTotals totals;
    for (Index r = 0; r < division.replicas; ++r) add(replicas_[static_cast<std::size_t>(r)].totals, totals);
    add(totals, totals_);
    return totals;
  }

  /// The sums since zero().
  const BatchTotals& totals() const { return totals_; }

  /// The sum of gradients since zero(). Valid until the next call of a member that is not const.
  Parameters<Model, T>& gradients() {
    add_others();
    if (replicas_[0].is_zero) replicas_[0].gradients.zero();
    replicas_[0].is_zero = false;
    return replicas_[0].gradients;
  }

  /// The Euclidean norm of gradients() over the ranges that are trained. Sums of replicas that wait are added on the way, so they come into the cache once.
  /// The gradients of ranges that are not trained become 0.
  double norm(std::span<const ParameterRange> ranges) {
    if (replicas_[0].is_zero) gradients();
    T* const sum = replicas_[0].gradients.flat().data();
    const double result = global_norm(std::span<const T>(replicas_[0].gradients.flat()), [&](Index begin, Index end) {
      add_others(begin, end);
      for (const ParameterRange& range : ranges)
        if (!range.rule.trained && range.begin < end && range.end > begin) std::fill(sum + std::max(begin, range.begin), sum + std::min(end, range.end), T(0));
    });
    others_were_added();
    return result;
  }

  std::size_t peak_arena_bytes() const {
    return std::accumulate(replicas_.begin(), replicas_.end(), std::size_t{0},
                           [](std::size_t sum, const Replica& replica) { return sum + replica.arena.peak(); });
  }

 private:
  /// One of the sums, with the memory to compute it.
  struct Replica {
    Parameters<Model, T> gradients;
    bool is_zero = true;  ///< whether the gradients count as 0, whatever their memory holds
    Arena arena;
    BatchTotals totals;
  };

  /// A batch cut into parts. Each replica takes a contiguous range of the parts.
  struct Division {
    Index samples, parts, replicas;
    Index first_sample(Index part) const { return samples * part / parts; }
    Index first_part(Index replica) const { return parts * replica / replicas; }
  };
  /// Where each replica would get less than an eighth of values_at_once, one replica takes all parts: several would gain less time than the addition of
  /// their gradients costs.
  static Division divide(Index samples, Index rows, Index values_at_once, Index most_replicas) {
    const Index values = std::max(Index{1}, rows / std::max(Index{1}, samples)) * Index{Model::D};  // of the mean sample
    const Index replicas = samples * values * 8 < most_replicas * values_at_once ? 1 : most_replicas;
    const Index at_once = std::max(Index{1}, (values_at_once + values / 2) / values), least = (samples + at_once - 1) / at_once;
    const Index parts = std::min(samples, (least + replicas - 1) / replicas * replicas);
    return {samples, parts, std::clamp(parts, Index{1}, replicas)};
  }

  template <class Objective, class Targets>
  static void accumulate_part(const typename Parameters<Model, T>::Tree& parameters, const Objective& objective,
                              const Batch<T, typename Model::template Input<T>, Targets>& part, Index samples, const Pass& pass, Replica& replica) {
    Arena::Scope scope(replica.arena);
    const Context context{.arena = replica.arena, .settings = pass.settings, .training = true, .seed = pass.seed,
                          .step = static_cast<std::uint64_t>(pass.step), .sample_numbers = part.sample_numbers, .products = pass.products,
                          .lowest_depth = pass.lowest_depth};
    typename Model::template Saved<T> saved;
    const auto output = Model::forward(parameters, part.input, saved, context);
    const auto value = objective(output, part.targets, part.weights, pass.step, replica.arena);
    Model::backward(parameters, saved, value.gradient, *replica.gradients, typename Model::template Input<T>::Gradient{}, context);
    BatchTotals& totals = replica.totals;
    totals.loss += value.loss;
    totals.correct += static_cast<double>(value.correct);
    totals.counted += static_cast<double>(samples);
    for (Index b = 0; b < samples; ++b) {
      const double weight = part.weights.empty() ? 1 : static_cast<double>(part.weights[static_cast<std::size_t>(b)]);
      totals.weight += weight;
      if constexpr (requires { output.tape_length(b); }) totals.tape_length += weight * static_cast<double>(output.tape_length(b));
      if constexpr (requires { output.ponder[b]; }) totals.ponder += weight * static_cast<double>(output.ponder[b]);
    }
  }

  static void add(const BatchTotals& from, BatchTotals& to) {
    to.loss += from.loss;
    to.weight += from.weight;
    to.counted += from.counted;
    to.correct += from.correct;
    to.tape_length += from.tape_length;
    to.ponder += from.ponder;
  }

  /// Adds the gradients of all replicas that wait, in their order, to those of the first one.
  void add_others(Index begin, Index end) {
    for (std::size_t r = 1; r < static_cast<std::size_t>(added_); ++r)
      ops::add(replicas_[r].gradients.flat().data() + begin, end - begin, replicas_[0].gradients.flat().data() + begin);
  }
  void add_others() {
    if (added_ <= 1) return;
    parallel_chunks(Parameters<Model, T>::flat_size, 1 << 15, [&](Index begin, Index end) { add_others(begin, end); });
    others_were_added();
  }
  void others_were_added() {
    for (std::size_t r = 1; r < static_cast<std::size_t>(added_); ++r) replicas_[r].is_zero = true;
    added_ = 1;
  }

  std::deque<Replica> replicas_ = std::deque<Replica>(1);  ///< a deque: references to gradients survive another replica
  Index added_ = 1;                                        ///< replicas below this number hold a part of the sum
  BatchTotals totals_;
};

}  // namespace adatape::train
