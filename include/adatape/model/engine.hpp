#pragma once
/// Inference: a model whose weights are laid out for the kernels once, and are only read after that.
#include <Eigen/Core>
#include <algorithm>
#include <numeric>
#include <span>

#include "adatape/core/context.hpp"
#include "adatape/core/error.hpp"
#include "adatape/core/model.hpp"
#include "adatape/core/packed_weights.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/model/batch_parts.hpp"
#include "adatape/ops/dispatch.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// A trained model ready to run. The engine keeps a copy of the weights, so the parameters may change or go away.
///  - Any number of threads may call run() at once on one engine, each with a workspace of its own.
///  - load() and moving need that no thread runs the engine. An engine that was moved from holds no weights until load().
///  - The workspace and the arenas of the threads take no memory from the heap once they have seen their largest batch.
/// Stored: the type in which the kernels of dense layers are stored. T: the type of activations and sums, and of all other weights (core/stored.hpp). Stored
/// may be T, Bf16 or std::int8_t where T is float (Engine<Model, Bf16, float>), or float where T is double.
template <class Model, class Stored = float, class T = Stored>
class Engine {
  static_assert(InferableModel<Model, T>, "Engine: the model must have the members that adatape/core/model.hpp lists for InferableModel");
  static_assert(ops::is_stored_as<T, Stored>, "Engine<Model, Stored, T>: Stored must be T, Bf16 or int8 where T is float, or float where T is double");
  static_assert(std::is_same_v<T, Stored> || Stores<Model, T, Stored>,
                "Engine: the model stores its weights in the type of its activations only (core/stored.hpp)");

 public:
  using Output = typename Model::template Output<T>;
  using Input = typename Model::template Input<T>;

  /// Throws Error if the parameters were moved from, and std::bad_alloc where there is no memory.
  explicit Engine(const Parameters<Model, T>& parameters) { load(parameters); }
  /// Weights that pack_in_one_piece (core/packed_weights.hpp) made of the same Model, Stored and T, in memory that may be read-only; io/packed.hpp maps them
  /// from a file. The engine takes over the memory. Throws Error if it is not as large as these weights are.
  explicit Engine(Pages packed) : storage_(std::move(packed)) {
    const std::size_t size = storage_.capacity();
    weights_ = packed_weights_in<Model, T, Stored>(storage_);
    require(storage_.in_use() == size, "Engine: wanted packed weights of ", storage_.in_use(), " bytes, found ", size);
  }
  Engine(Engine&&) noexcept = default;
  Engine& operator=(Engine&&) noexcept = default;

  /// Replaces the weights. No thread may run the engine meanwhile. Throws Error if the parameters were moved from, and std::bad_alloc where there is no
  /// memory. The engine holds no weights then.
  void load(const Parameters<Model, T>& parameters) {
    if (storage_.is_filled()) storage_ = {};
    storage_.reset();
    const auto& tree = *parameters;
    try {
      weights_ = pack_weights_as<Model, T, Stored>(tree, storage_);
    } catch (...) {
      storage_.reset();
      throw;
    }
  }

  /// The output of the model for any number of samples. The output is a view into `workspace`, valid until the workspace is used again. Of the settings,
  /// those that act in training only have no effect. `sampling` acts where settings.halting draws. A logit that is not finite is no Error: Output::is_finite
  /// tells.
  ///
  /// Throws Error unless
  ///  - the input can be made: the constructors of DenseSamples, RaggedSamples and SamplesWithBank (core/samples.hpp) say what they want,
  ///  - the input and the sample numbers lie outside of the workspace, which this call overwrites,
  ///  - no Scope of the workspace is open, and the workspace is not thread_arena(),
  ///  - the model takes the settings (0 <= tau <= T, in models without a reader too),
  ///  - there is no sample number, or one for each sample,
  ///  - the engine holds weights.
  /// Throws std::bad_alloc where there is no memory.
  ///
  /// A batch is cut into parts of a few samples (samples_at_once), so that the activations of a part stay in cache. model/batch_parts.hpp says which cores
  /// compute a part. The bits of a sample do not depend on it. Where the settings ask for the final tokens, all samples are one part.
  Output run(const Input& input, Arena& workspace, const Settings& settings = {}, const Sampling& sampling = {}) const {
    require(storage_.in_use() > 0, "Engine::run: wanted an engine with weights, found one that was moved from or could not load");
    require(&workspace != &thread_arena(), "Engine::run: wanted a workspace of the caller's, found the thread's own scratch");
    require(!input.overlaps(workspace) && !workspace.holds(sampling.sample_numbers.data()),
            "Engine::run: wanted input outside of the workspace, which this call overwrites");
    check_settings<Model>(settings);
    const Index samples = input.samples();
    require(sampling.sample_numbers.empty() || std::ssize(sampling.sample_numbers) == samples, "Engine::run: wanted a number for each of ", samples,
            " samples, found ", sampling.sample_numbers.size());
    workspace.reset();
    const auto numbers = numbers_of(samples, settings, sampling, workspace);
    const auto infer = [&](const Input& part, Index first, Arena& arena) {
      const auto of_part = numbers.empty() ? numbers : numbers.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(part.samples()));
      return Model::infer(weights_, part, Context{.arena = arena, .settings = settings, .seed = sampling.seed, .sample_numbers = of_part});
    };
    const auto parts = cut_into_parts(samples, samples_at_once(values_of_sample<Model>(samples, own_rows<Model>(input))), available_threads());
    if (parts.count == 1 || settings.keep_tokens) return infer(input, 0, workspace);
    auto output = Model::start_output(input, settings, workspace);
    const auto run_part = [&](Index part) {
      prepare_thread_arena();
      Arena::Scope scope(thread_arena());
      const Index first = parts.first(part), size = parts.size(part);
      if (size > 0) output.place(infer(input.part(first, size), first, thread_arena()), first);
    };
    if (parts.together)
      for (Index part = 0; part < parts.count; ++part) run_part(part);
    else
      parallel_for(parts.count, run_part);
    return output;
  }

  /// The same for an Eigen matrix of any order or expression, [samples, Model::input_size]. A row-major matrix whose rows are adjacent is used where it is.
  /// Another matrix is copied. Throws Error too unless the matrix has Model::input_size columns.
  template <class Matrix>
  Output run(const Eigen::DenseBase<Matrix>& input, Arena& workspace, const Settings& settings = {}, const Sampling& sampling = {}) const {
    constexpr int size = static_cast<int>(Input::size);
    require(input.cols() == size, "Engine::run: wanted a matrix of ", size, " columns, found ", input.cols());
    const Eigen::Ref<const RowMatrix<T, size>, 0, Eigen::OuterStride<size>> rows(input.derived());
    return run(Input(std::span<const T>(rows.data(), static_cast<std::size_t>(rows.size()))), workspace, settings, sampling);
  }

 private:
  /// The numbers on which the draws of the samples depend; none where nothing is drawn.
  static std::span<const std::uint64_t> numbers_of(Index samples, const Settings& settings, const Sampling& sampling, Arena& workspace) {
    if (settings.halting != HaltingRule::sample || !sampling.sample_numbers.empty()) return sampling.sample_numbers;
    const auto numbers = workspace.take_span<std::uint64_t>(samples);
    std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
    return numbers;
  }

  Arena storage_;
  packed_weights_as<Model, T, Stored> weights_;
};

}  // namespace adatape::model
