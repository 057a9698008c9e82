#pragma once
/// Smoothing of outlier channels: parameters whose products in int8 are nearer to those in float, found with some samples (nn/channel_smoothing.hpp has the
/// equation and the source).
#include <algorithm>
#include <span>
#include <vector>

#include "adatape/core/model.hpp"
#include "adatape/model/classifier.hpp"
#include "adatape/model/smoothing_report.hpp"
#include "adatape/nn/block_norms.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// Parameters, and what was done to them.
template <class Model>
struct SmoothedParameters {
  Parameters<Model, float> parameters;  ///< of the same function of the input as before
  SmoothingReport report;               ///< with zeros where the model has no LayerNorm that can be smoothed
};

namespace detail {

/// The blocks whose kernels engines store in fewer bits, and what forward saved of them.
template <class Model>
struct StoredBlocks {
  using Stack = typename Model::Stack;
  using Params = typename Model::template Params<float>;
  using Saved = typename Model::template Saved<float>;
  static constexpr bool repeats = repeats_block(Model::Config::encoder), early = !repeats && !Model::reads_tape;
  using Block = typename std::conditional_t<early || repeats, std::type_identity<typename Layers<typename Model::Config>::EarlyBlock>,
                                            std::type_identity<typename Layers<typename Model::Config>::LateBlock>>::type;

  /// Calls visit(params, passes) for each of them. `passes` are all that forward saved of the block.
  template <class Visit>
  static void for_each(Params& params, const Saved& saved, const Visit& visit) {
    auto& stack = params.stack;
    const auto each = [&](auto& blocks, const auto& passes) {
      for (std::size_t i = 0; i < blocks.size(); ++i) visit(blocks[i], std::span(passes).subspan(i, 1));
    };
    if constexpr (repeats && Model::Config::share_parameters)
      visit(stack.block, std::span(saved.stack.block));
    else if constexpr (repeats)
      each(stack.block, saved.stack.block);
    else if constexpr (early)
      each(stack.early, saved.stack.early);
    else
      each(stack.late, saved.stack.late);
  }
};

/// Calls visit(number, norm) for each LayerNorm that can be smoothed; `number` counts from 0.
template <class Model, class Visit>
void for_each_norm(typename Model::template Params<float>& params, const typename Model::template Saved<float>& saved, const Visit& visit) {
  std::size_t number = 0;
  StoredBlocks<Model>::for_each(params, saved, [&](auto& block, auto passes) {
    for (const auto& norm : nn::BlockNorms<typename StoredBlocks<Model>::Block>::of(block, passes)) visit(number++, norm);
  });
}

inline SmoothingReport report_of(std::span<const nn::ChannelSmoothing> norms) {
  SmoothingReport report;
  for (const auto& norm : norms) {
    if (!norm.has_rows()) continue;
    ++report.norms;
    report.smoothed += norm.smooths();
    report.mean_before += norm.error_before();
    report.mean_after += norm.error_after();
    report.most_before = std::max(report.most_before, norm.error_before());
    report.most_after = std::max(report.most_after, norm.error_after());
  }
  const auto count = static_cast<double>(std::max(report.norms, Index{1}));
  report.mean_before /= count;
  report.mean_after /= count;
  return report;
}

}  // namespace detail

/// The parameters of a Classifier with outlier channels smoothed for Engine<Model, std::int8_t, float>. The function of the model is the same: engines of float
/// and of bf16 have the same bits, as long as no number leaves the range of normal floats.
///
/// batches(use) calls use(input) for every batch of calibration samples, one after the other. It is called twice and gives the same samples both times. An
/// input need not stay alive when its call of `use` has ended. Some hundred samples like those that the model will see are enough:
///     const auto smoothed = model::smooth_channels(parameters, [&](const auto& use) { use(input); });
///
/// - Smoothed are the LayerNorms of the library's encoder blocks that engines store in fewer bits. Not changed are blocks of one's own, blocks before the first
///   read, embedding, bank, reader, tape FFN of the read, encoder_norm, pooling and head.
/// - Each norm has the alpha that makes the error of the products that read it least on the samples, or is left as it is where none makes it less.
/// - Batches are cut into parts of a few samples, whose activations are kept as in training.
/// - The result does not depend on the number of threads.
///
/// Throws Error where the settings do not fit the model, where there are no samples, and for an activation that is not finite; as `batches` does; and
/// std::bad_alloc where there is no memory.
template <class Model, class Batches>
SmoothedParameters<Model> smooth_channels(const Parameters<Model, float>& parameters, const Batches& batches, Settings settings = {}) {
  SmoothedParameters<Model> result{parameters, {}};
  if constexpr (nn::BlockNorms<typename detail::StoredBlocks<Model>::Block>::count > 0) {
    using Samples = typename Model::template Input<float>;
    using Saved = typename Model::template Saved<float>;
    check_settings<Model>(settings);
    settings.recompute = false;  // what forward saves is looked at
    auto& tree = *result.parameters;
    std::vector<nn::ChannelSmoothing> norms;
    Arena arena;
    Index seen = 0;
    const auto pass = [&](const auto& look) {
      batches([&](const Samples& input) {
        const Index samples = input.samples(), at_once = samples_at_once(values_of_sample<Model>(samples, own_rows<Model>(input)));
        for (Index first = 0; first < samples; first += at_once) {
          arena.reset();
          Saved saved;
          (void)Model::forward(tree, input.part(first, std::min(at_once, samples - first)), saved, Context{.arena = arena, .settings = settings});
          detail::for_each_norm<Model>(tree, saved, [&](std::size_t number, const nn::NormAndKernels& norm) { look(norms[number], norm); });
        }
        seen += samples;
      });
      require(seen > 0, "smooth_channels: wanted at least one sample, found none");
    };
    detail::for_each_norm<Model>(tree, Saved{}, [&](std::size_t, const nn::NormAndKernels&) { norms.emplace_back(Model::D); });
    pass([](nn::ChannelSmoothing& channels, const nn::NormAndKernels& norm) { channels.observe(norm); });
    pass([](nn::ChannelSmoothing& channels, const nn::NormAndKernels& norm) { channels.compare(norm); });
    detail::for_each_norm<Model>(tree, Saved{}, [&](std::size_t number, const nn::NormAndKernels& norm) { norms[number].apply(norm); });
    result.report = detail::report_of(norms);
  }
  return result;
}

}  // namespace adatape::model
