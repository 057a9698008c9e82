#pragma once
/// The gradient sum of a training run: a batch is cut into leaves, whose gradients are added in one fixed tree.
#include <algorithm>
#include <deque>
#include <numeric>
#include <span>
#include <vector>

#include "adatape/core/context.hpp"
#include "adatape/core/model.hpp"
#include "adatape/train/batch.hpp"
#include "adatape/train/clipping.hpp"
#include "adatape/train/gradient_buffers.hpp"
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
    const Cut cut = cut_batch(counted, values_at_once, most_leaves, exchange);
    BatchTotals totals;
    try {
      of_leaves_.assign(static_cast<std::size_t>(cut.leaves), {});
      const auto compute = [&](Index leaf, Worker& worker) {
        worker.totals = {};
        const Share samples = cut.counted_of(leaf);
        const Index parts = (samples.size() + cut.at_once - 1) / cut.at_once;
        for (Index part = 0; part < parts; ++part) {
          const Share piece = share_of(samples.size(), part, parts);
          accumulate_part(*parameters, objective, counted.part(samples.first + piece.first, piece.size()), piece.size(), pass, worker);
        }
        of_leaves_[static_cast<std::size_t>(leaf)] = worker.totals;
      };
      compute_leaves(cut, compute);
      if (exchange.processes() > 1) exchange.gather_leaves(std::span(of_leaves_));
      for (const BatchTotals& leaf : of_leaves_) totals += leaf;
      add_tree_to_sum(exchange);
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

  std::size_t peak_arena_bytes() const {
    return std::accumulate(workers_.begin(), workers_.end(), std::size_t{0}, [](std::size_t sum, const Worker& worker) { return sum + worker.arena.peak(); });
  }

 private:
  /// What computes a leaf.
  struct Worker {
    Arena arena;
    Gradients* gradients = nullptr;
    BatchTotals totals;
  };

  /// A batch cut into leaves, by positions in the whole batch. A leaf is computed in parts of at most at_once samples.
  struct Cut {
    Index whole = 0, leaves = 1, at_once = 1;
    Share mine{};                     ///< leaves of this process
    Index first = 0;                  ///< position of the first sample that this process has
    std::span<const Index> before{};  ///< [positions that this process has, + 1] counted samples in front of a position; empty: all samples are counted

    /// Of a leaf of this process the counted samples, in their order in this process.
    Share counted_of(Index leaf) const {
      const Share positions = share_of(whole, leaf, leaves);
      const auto counted = [&](Index position) { return before.empty() ? position - first : before[static_cast<std::size_t>(position - first)]; };
      return {counted(positions.first), counted(positions.end)};
    }
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
                          .lowest_depth = pass.lowest_depth};
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

  template <class Counted, class Exchange>
  Cut cut_batch(const Counted& counted, Index values_at_once, Index leaves, Exchange& exchange) {
    const auto& batch = counted.all;
    const Index positions = batch.input.samples();
    Cut cut;
    cut.whole = batch.whole > 0 ? batch.whole : positions;
    cut.first = batch.first;
    cut.before = counted.before;
    const Index rows = exchange.sum(own_rows<Model>(batch.input)), values = std::max(Index{1}, rows / std::max(Index{1}, cut.whole)) * Index{Model::D};
    cut.at_once = std::max(Index{1}, (values_at_once + values / 2) / values);
    // Where each of two leaves would get less than an eighth of values_at_once, a second one would gain less time than the addition of its gradients costs.
    if (leaves == 0) leaves = cut.whole * values * 8 < 2 * values_at_once ? 1 : 2;
    cut.leaves = std::clamp(cut.whole, Index{1}, leaves);
    cut.mine = exchange.leaves(cut.leaves);
    const Share wanted = samples_in(cut.mine, cut.leaves, cut.whole);
    require(wanted.first == batch.first && wanted.size() == positions, "training batch: wanted samples ", wanted.first, " to ", wanted.end - 1, " of ",
            cut.whole, ", found ", batch.first, " to ", batch.first + positions - 1);
    return cut;
  }

  /// Where there are at most as many cores as leaves, each core computes leaves of its own; else all cores compute each leaf.
  template <class Compute>
  void compute_leaves(const Cut& cut, const Compute& compute) {
    if (cut.leaves == 1) {  // the chains of additions go on where those of the last batch ended
      workers_[0].gradients = &gradients();
      return compute(Index{0}, workers_[0]);
    }
    const Index threads = available_threads(), at_once = threads <= cut.mine.size() ? threads : 1;
    while (std::ssize(workers_) < at_once) workers_.emplace_back();
    for (Index first = cut.mine.first; first < cut.mine.end; first += at_once) {
      const Index count = std::min(at_once, cut.mine.end - first);
      for (Index i = 0; i < count; ++i) workers_[static_cast<std::size_t>(i)].gradients = buffers_.take();
      parallel_for(count, [&](Index i) {
        Worker& worker = workers_[static_cast<std::size_t>(i)];
        worker.gradients->zero();
        compute(first + i, worker);
      });
      for (Index i = 0; i < count; ++i) tree_.take({first + i, 1, workers_[static_cast<std::size_t>(i)].gradients}, later());
    }
  }

  template <class Exchange>
  void add_tree_to_sum(Exchange& exchange) {
    if (tree_.blocks().empty()) return;
    if (exchange.processes() == 1) {
      tree_.finish(later());
    } else {
      buffers_.add();
      blocks_.clear();
      for (const auto& block : tree_.blocks()) blocks_.push_back({block.first, block.leaves, block.value->flat()});
      exchange.add_blocks(std::span<const LeafBlock<std::span<T>>>(blocks_));
      for (std::size_t i = 1; i < tree_.blocks().size(); ++i) buffers_.release(tree_.blocks()[i].value);
    }
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
  std::vector<BatchTotals> of_leaves_;
  BatchTotals totals_;
};

}  // namespace adatape::train
