#pragma once
/// Mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019) of batches of normalised pictures with soft targets. Sample b of a batch of B mixes with sample
/// B - 1 - b.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <span>

#include "adatape/image/beta.hpp"
#include "adatape/image/crop.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// The sizes of a batch: pictures [batch, height, width, channels] and targets [batch, classes], row-major.
struct BatchShape {
  Index batch;          ///< number of samples
  Index height, width;  ///< of a picture, in pixels
  Index channels;       ///< values of a pixel
  Index classes;        ///< values of a target
};

/// How a batch was mixed: target = lambda own + (1 - lambda) partner's.
struct Mixing {
  double lambda = 1;  ///< the share of its own target that a sample keeps, 0 to 1; 1: the batch did not change
  bool cut = false;   ///< whether the batch was mixed by CutMix
  Box box{};          ///< CutMix: where each picture has the pixels of its partner; else empty
};

/// timm's parameters (timm/data/mixup.py, mode "batch"); the defaults are DeiT's.
struct MixupOptions {
  double mixup_alpha = 0.8;         ///< of mixup: lambda ~ Beta(alpha, alpha), at most 10^6; 0: no mixup
  double cutmix_alpha = 1;          ///< of CutMix, likewise; 0: no CutMix
  double probability = 1;           ///< of mixing a batch at all
  double switch_probability = 0.5;  ///< of CutMix where both are on
};

namespace detail {

inline void require_batch(const BatchShape& s, std::span<const float> pictures, std::span<const float> targets) {
  const auto has = [](Index size, std::initializer_list<Index> sides) {  // whether size is the product, which may be too large for an Index
    for (const Index side : sides) {
      if (side < 1 || size % side != 0) return false;
      size /= side;
    }
    return size == 1;
  };
  require(has(std::ssize(pictures), {s.batch, s.height, s.width, s.channels}) && has(std::ssize(targets), {s.batch, s.classes}), "mixup: wanted pictures of ",
          s.batch, " x ", s.height, " x ", s.width, " x ", s.channels, " and targets of ", s.batch, " x ", s.classes, ", all at least 1, found ",
          pictures.size(), " and ", targets.size(), " values");
}

/// rows [batch, width]: row b becomes lambda row b + (1 - lambda) row (batch - 1 - b), in float32 with lambda and 1 - lambda rounded to float32.
inline void mix_rows(std::span<float> rows, Index batch, double lambda) {
  const Index width = std::ssize(rows) / batch;
  const float own = static_cast<float>(lambda), other = static_cast<float>(1 - lambda);
  for (Index b = 0; b < (batch + 1) / 2; ++b) {
    float *first = rows.data() + b * width, *second = rows.data() + (batch - 1 - b) * width;
    for (Index i = 0; i < width; ++i) {
      const float x = first[i], y = second[i];
      first[i] = rounded(x * own) + rounded(y * other);
      second[i] = rounded(y * own) + rounded(x * other);
    }
  }
}

}  // namespace detail

/// Targets [count, classes] of integer labels: s / C, and 1 - s + s / C at the label, s = smoothing and C = classes. Throws Error unless out has
/// count * classes values, labels are 0 to classes - 1 and 0 <= s <= 1. Then nothing is written.
inline void soft_targets(std::span<const std::int64_t> labels, Index classes, double smoothing, std::span<float> out) {
  require(classes >= 1 && std::ssize(out) % classes == 0 && std::ssize(out) / classes == std::ssize(labels), "soft_targets: wanted room for ", labels.size(),
          " x ", classes, " values, found ", out.size());
  require(0 <= smoothing && smoothing <= 1, "soft_targets: wanted a smoothing of 0 to 1, found ", smoothing);
  for (const std::int64_t label : labels) require(0 <= label && label < classes, "soft_targets: wanted labels of 0 to ", classes - 1, ", found ", label);
  const double off = smoothing / static_cast<double>(classes);
  std::ranges::fill(out, static_cast<float>(off));
  for (std::size_t i = 0; i < labels.size(); ++i)
    out[i * static_cast<std::size_t>(classes) + static_cast<std::size_t>(labels[i])] = static_cast<float>(1 - smoothing + off);
}

/// scenic's mixup, in place: every batch, one lambda ~ Beta(alpha, alpha) for all of it (not folded to above 1/2). AdaTape has alpha 0.5. Throws Error for
/// sizes that do not fit and unless 0 < alpha <= 10^6.
inline Mixing mixup(std::span<float> pictures, std::span<float> targets, const BatchShape& shape, double alpha, Draws& draws) {
  detail::require_batch(shape, pictures, targets);
  const double lambda = draw_beta(alpha, draws);
  detail::mix_rows(pictures, shape.batch, lambda);
  detail::mix_rows(targets, shape.batch, lambda);
  return {lambda, false, {}};
}

/// The rectangle that CutMix takes from the partner for lambda: int(H sqrt(1 - lambda)) x int(W sqrt(1 - lambda)), about a centre that is uniform over the
/// pixels, half of each side (rounded down) to either side, cut off at the border. Takes two draws. 0 <= lambda <= 1 (not checked).
inline Box cutmix_box(Index height, Index width, double lambda, Draws& draws) {
  const double ratio = std::sqrt(1 - lambda);
  const auto part = [&](Index side) { return static_cast<Index>(static_cast<double>(side) * ratio) / 2; };
  const Index y = static_cast<Index>(draws.below(static_cast<std::uint64_t>(height))), x = static_cast<Index>(draws.below(static_cast<std::uint64_t>(width)));
  const Index top = std::max<Index>(y - part(height), 0), left = std::max<Index>(x - part(width), 0);
  return {top, left, std::min(y + part(height), height) - top, std::min(x + part(width), width) - left};
}

/// timm's mixup and CutMix, in place. With options.probability the batch is mixed, by CutMix with options.switch_probability where both are on, with
/// lambda ~ Beta(alpha, alpha). CutMix changes the pixels of a box, and lambda becomes 1 - box area / picture area. Throws Error for sizes that do not fit, for
/// an odd batch, for probabilities outside of 0 to 1, for an alpha below 0 or above 10^6 and where both are 0.
inline Mixing mixup_or_cutmix(std::span<float> pictures, std::span<float> targets, const BatchShape& shape, const MixupOptions& options, Draws& draws) {
  detail::require_batch(shape, pictures, targets);
  require(shape.batch % 2 == 0, "mixup_or_cutmix: wanted an even batch, found ", shape.batch);
  const auto is_share = [](double p) { return 0 <= p && p <= 1; };
  require(is_share(options.probability) && is_share(options.switch_probability), "mixup_or_cutmix: wanted probabilities of 0 to 1, found ", options.probability,
          " and ", options.switch_probability);
  const double most = 1e6;
  require(0 <= options.mixup_alpha && options.mixup_alpha <= most && 0 <= options.cutmix_alpha && options.cutmix_alpha <= most &&
              options.mixup_alpha + options.cutmix_alpha > 0,
          "mixup_or_cutmix: wanted alphas of 0 to ", most, ", one of them above 0, found ", options.mixup_alpha, " and ", options.cutmix_alpha);
  if (draws.uniform() >= options.probability) return {};
  Mixing how;
  how.cut = options.cutmix_alpha > 0 && (options.mixup_alpha == 0 || draws.uniform() < options.switch_probability);
  how.lambda = draw_beta(how.cut ? options.cutmix_alpha : options.mixup_alpha, draws);
  if (how.cut) {
    how.box = cutmix_box(shape.height, shape.width, how.lambda, draws);
    const Index row = shape.width * shape.channels, size = shape.height * row;
    for (Index b = 0; b < shape.batch / 2; ++b)
      for (Index y = how.box.top; y < how.box.top + how.box.height; ++y) {
        const Index first = y * row + how.box.left * shape.channels;
        std::swap_ranges(pictures.data() + b * size + first, pictures.data() + b * size + first + how.box.width * shape.channels,
                         pictures.data() + (shape.batch - 1 - b) * size + first);
      }
    how.lambda = 1 - static_cast<double>(how.box.height * how.box.width) / static_cast<double>(shape.height * shape.width);
  } else {
    detail::mix_rows(pictures, shape.batch, how.lambda);
  }
  detail::mix_rows(targets, shape.batch, how.lambda);
  return how;
}

}  // namespace adatape::image
