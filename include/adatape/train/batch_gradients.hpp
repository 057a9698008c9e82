#pragma once
/// The gradient sum of a training run: a batch is cut into leaves, whose gradients are added in one fixed tree.
#include <algorithm>
#include <chrono>
#include <deque>
#include <numeric>
#include <span>
#include <vector>

#include "adatape/core/context.hpp"
#include "adatape/core/model.hpp"
#include "adatape/train/batch_cut.hpp"
#include "adatape/train/chunk_order.hpp"
#include "adatape/train/clipping.hpp"
#include "adatape/train/gradient_buffers.hpp"
#include "adatape/train/rules.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

/// What a forward pass needs besides parameters and a batch.
struct Pass {
  Settings settings{};                ///< as the model takes them
  std::uint64_t seed = 0;             ///< of the random draws
  Index step = 0;                     ///< number of the training step, from 0; draws and ponder weight depend on it
  Products products = Products::f32;  ///< of dense layers
  int lowest_depth = 0;               ///< of a tensor that is trained (depth_of); backward may end there
};

/// Sums of gradients and of losses over the samples of one or several batches. Trainer owns one.
///
/// A batch is cut into leaves, adjacent samples each. A leaf is computed in parts, one after the other, into a buffer of gradients. Buffers of leaves are added
/// in one fixed binary tree (pairwise_sum.hpp), and the result is added to the sum. So bits depend neither on who computes a leaf nor on when.
template <class Model, class T>
class BatchGradients {
  using Gradients = Parameters<Model, T>;

 public:
  /// All sums are 0 from here on.
  void zero() {
    buffers_.release_all();
    tree_.clear();
    sum_ = nullptr;
    totals_ = {};
  }

  /// Adds what the batch gives, and returns the totals of this batch alone, of all processes. Throws as Trainer::accumulate does.
  template <class Objective, class Targets, class Exchange>
  BatchTotals accumulate(const Gradients& parameters, const Objective& objective, const Batch<T, typename Model::template Input<T>, Targets>& batch,
                         const Pass& pass, Index values_at_once, Index most_leaves, Exchange& exchange) {
    if (workers_.empty()) workers_.emplace_back();
    for (Worker& worker : workers_) worker.arena.reset();
    const auto counted = counted_samples(batch, workers_[0].arena);
    objective.template check_targets<typename Model::template Output<T>>(counted.batch.targets, counted.samples);
    const BatchCut cut = cut_batch<Model>(counted, values_at_once, most_leaves, exchange);
    BatchTotals totals;
    try {
      of_leaves_.assign(static_cast<std::size_t>(cut.leaves), {});
      const auto compute = [&](Index leaf, Worker& worker, BackwardWatch* watch) {
        const auto start = std::chrono::steady_clock::now();
        worker.totals = {};
        const Share samples = cut.counted_of(leaf);
        const Index parts = divide_up(samples.size(), cut.at_once);
        for (Index part = 0; part < parts; ++part) {
          const Share piece = share_of(samples.size(), part, parts);
          worker.watch = part + 1 == parts ? watch : nullptr;
          accumulate_part(*parameters, objective, counted.part(samples.first + piece.first, piece.size()), piece.size(), pass, worker);
        }
        if (parts == 0 && watch != nullptr) watch->finished(0);
        of_leaves_[static_cast<std::size_t>(leaf)] = {worker.totals, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
      };
      compute_leaves(cut, compute, exchange);
      if (exchange.processes() > 1) exchange.gather_leaves(std::span(of_leaves_));
      for (const LeafResult& leaf : of_leaves_) totals += leaf.totals;
      add_tree_to_sum();
    } catch (...) {
      zero();
      throw;
    }
    totals_ += totals;
    return totals;
  }

  /// The sums since zero(), of all processes.
  const BatchTotals& totals() const { return totals_; }

  /// The sum of gradients since zero(): the chunks that the exchange owns are those of all processes, and others mean nothing. Valid until the next call of a
  /// member that is not const.
  Gradients& gradients() {
    buffers_.add();
    if (!sum_) {
      sum_ = buffers_.take();
      sum_->zero();
    }
    return *sum_;
  }

  /// The Euclidean norm of gradients() over the ranges that are trained. Additions that wait happen on the way, so buffers come into the cache once. The
  /// gradients of ranges that are not trained become 0.
  template <class Exchange>
  double norm(std::span<const ParameterRange> ranges, Exchange& exchange) {
    if (!sum_) gradients();
    T* const sum = sum_->flat().data();
    const double result = global_norm(
        std::span<const T>(sum_->flat()),
        [&](Index begin, Index end) {
          buffers_.add(begin, end);
          for (const ParameterRange& range : ranges)
            if (!range.rule.trained && range.begin < end && range.end > begin)
              std::fill(sum + std::max(begin, range.begin), sum + std::min(end, range.end), T(0));
        },
        exchange);
    buffers_.end_additions();
    return result;
  }

  /// The most bytes of activations and scratch so far: the sum of the peaks of the workers' arenas.
  std::size_t peak_arena_bytes() const {
    return std::accumulate(workers_.begin(), workers_.end(), std::size_t{0}, [](std::size_t sum, const Worker& worker) { return sum + worker.arena.peak(); });
  }

 private:
  /// What computes a leaf.
  struct Worker {
    Arena arena;
    Gradients* gradients = nullptr;
    BackwardWatch* watch = nullptr;  ///< of the part that is computed
    BatchTotals totals;
  };

  template <class Objective, class Targets>
  static void accumulate_part(const typename Parameters<Model, T>::Tree& parameters, const Objective& objective,
                              const Batch<T, typename Model::template Input<T>, Targets>& part, Index samples, const Pass& pass, Worker& worker) {
    Arena::Scope scope(worker.arena);
    const Context context{.arena = worker.arena,
                          .settings = pass.settings,
                          .training = true,
                          .seed = pass.seed,
                          .step = static_cast<std::uint64_t>(pass.step),
                          .sample_numbers = part.sample_numbers,
                          .products = pass.products,
                          .lowest_depth = pass.lowest_depth,
                          .watch = worker.watch};
    typename Model::template Saved<T> saved;
    const auto output = Model::forward(parameters, part.input, saved, context);
    const auto value = objective(output, part.targets, part.weights, pass.step, worker.arena);
    Model::backward(parameters, saved, value.gradient, **worker.gradients, typename Model::template Input<T>::Gradient{}, context);
    BatchTotals& totals = worker.totals;
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

  /// Where there are at most as many cores as leaves, each core computes leaves of its own; else all cores compute each leaf. With several processes the last
  /// leaves are watched, so that gradients travel while backward goes on.
  template <class Compute, class Exchange>
  void compute_leaves(const BatchCut& cut, const Compute& compute, Exchange& exchange) {
    if (cut.leaves == 1) {  // the chains of additions go on where those of the last batch ended
      workers_[0].gradients = &gradients();
      return compute(Index{0}, workers_[0], nullptr);
    }
    const Index threads = available_threads(), at_once = threads <= cut.mine.size() ? threads : 1;
    while (std::ssize(workers_) < at_once) workers_.emplace_back();
    for (Index first = cut.mine.first; first < cut.mine.end; first += at_once) {
      const Index count = std::min(at_once, cut.mine.end - first);
      for (Index i = 0; i < count; ++i) workers_[static_cast<std::size_t>(i)].gradients = buffers_.take();
      for (Index i = 0; i < count; ++i) tree_.take({first + i, 1, workers_[static_cast<std::size_t>(i)].gradients}, later());
      const auto compute_all = [&](LeafWatch* watch) {
        parallel_for(count, [&](Index i) {
          Worker& worker = workers_[static_cast<std::size_t>(i)];
          worker.gradients->zero();
          compute(first + i, worker, watch != nullptr ? watch->watch(i) : nullptr);
        });
      };
      if (exchange.processes() > 1 && first + count == cut.mine.end)
        sum_while(exchange, count, compute_all);
      else
        compute_all(nullptr);
    }
    if (exchange.processes() == 1) tree_.finish(later());
  }

  /// Calls compute(watch) for the last `count` leaves of this process, and adds the blocks of all processes meanwhile. Additions that wait are made for a chunk
  /// when it is finished.
  template <class Compute, class Exchange>
  void sum_while(Exchange& exchange, Index count, const Compute& compute) {
    static const ChunkOrder<Model, T> order;
    blocks_.clear();
    for (const auto& block : tree_.blocks()) blocks_.push_back({block.first, block.leaves, block.value->flat()});
    exchange.begin_sum(std::span<const LeafBlock<std::span<T>>>(blocks_), order.chunks());
    LeafWatch watch(order, count, [&](Index first, Index end) {
      for (Index i = first; i < end; ++i) {
        const Share values = values_in(order.chunks()[static_cast<std::size_t>(i)], Gradients::flat_size);
        buffers_.add(values.first, values.end);
      }
      exchange.ready(end);
    });
    compute(&watch);
    watch.finish();
    buffers_.end_additions();
    exchange.finish_sum();
    for (std::size_t i = 1; i < tree_.blocks().size(); ++i) buffers_.release(tree_.blocks()[i].value);
  }

  void add_tree_to_sum() {
    if (tree_.blocks().empty()) return;
    Gradients* const result = tree_.blocks()[0].value;
    tree_.clear();
    if (sum_)
      buffers_.add_later(sum_, result);
    else
      sum_ = result;
  }
  auto later() {
    return [this](Gradients* to, Gradients* from) { buffers_.add_later(to, from); };
  }

  GradientBuffers<Model, T> buffers_;
  Gradients* sum_ = nullptr;                     ///< null: 0
  PairwiseSum<Gradients*> tree_;                 ///< of the batch that is computed
  std::vector<LeafBlock<std::span<T>>> blocks_;  ///< what the exchange sees of the tree
  std::deque<Worker> workers_;
  std::vector<LeafResult> of_leaves_;
  BatchTotals totals_;
};

}  // namespace adatape::train
