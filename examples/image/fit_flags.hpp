#pragma once
/// The flags that say how a picture of any size becomes the model's size.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "../command_line.hpp"
#include "../common/compiled_model.hpp"
#include "../common/guarded_main.hpp"
#include "picture_fit.hpp"

namespace adatape::examples {

inline const std::vector<std::string> kFitRules{"stretch", "stretch-crop", "scenic", "timm", "big_vision"};
inline constexpr const char* kFitHelp =
    "images of other sizes: stretch them, or cut the middle out: of the stretched image (stretch-crop; big_vision: as its few-shot evaluation does), or as "
    "scenic or timm do";

inline const std::vector<std::string> kInterpolations{"auto", "bilinear", "bicubic"};
inline constexpr const char* kInterpolationHelp = "of --fit: auto: bicubic for timm, area for scenic, else bilinear; scenic and big_vision have no other";

/// The flags --fit, --crop-share and --interpolation. `otherwise` says whose they are without the flags, such as "the checkpoint's".
inline void add_fit_flags(CLI::App& app, FitFlags& flags, const std::string& otherwise) {
  const auto without = "; without it " + otherwise;
  app.add_option("--fit", flags.rule, kFitHelp + without)->check(CLI::IsMember(kFitRules));
  app.add_option("--crop-share", flags.crop_share, "share of a side that a --fit with a crop keeps" + without)->check(number_from(0.1, 1));
  app.add_option("--interpolation", flags.interpolation, kInterpolationHelp + without)->check(CLI::IsMember(kInterpolations));
}

/// Throws UsageError unless the model can have its pictures made in this way.
inline void check_fit(const PictureFit& fit, const ModelFacts& facts) {
  if (fit.crops() && facts.height != facts.width)
    throw UsageError(fmt::format("--fit: {} cuts squares, {} takes images of {} x {}", fit.rule, facts.name, facts.height, facts.width));
  if (!takes_interpolation(fit.rule, fit.interpolation)) throw UsageError(fmt::format("--interpolation: --fit {} has no {}", fit.rule, fit.interpolation));
}

}  // namespace adatape::examples
