#include "threshold_sweep.hpp"

#include <array>

#include "picture_pixels.hpp"
#include "plot.hpp"

namespace adatape::examples {

namespace {

constexpr std::array<double, 8> kMultiples{0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4};
constexpr Index kMostPictures = 2000;
constexpr Index kMostBytes = Index{64} << 20;  ///< of pixels; pictures of 224 x 224 in colour: 445

ThresholdPoint measure(const TrainedModel& model, const ModelFacts& facts, const CheckpointInfo& info, const PictureSet& set, const PicturePixels& pictures,
                       double tau) {
  const std::size_t count = pictures.numbers.size();
  std::vector<char> correct(count);
  std::vector<double> macs(count);
  std::vector<Index> lengths(count);
  infer_images(model, facts, tau, pictures.pixels, PixelTable(info.pixels), [&](Index i, const SampleResult& output) {
    const auto at = static_cast<std::size_t>(i);
    const auto logits = output.logits.first(static_cast<std::size_t>(info.class_count));
    correct[at] = output.finite && std::ranges::max_element(logits) - logits.begin() == set.label(pictures.numbers[at]);
    macs[at] = output.macs;
    lengths[at] = output.length;
  });
  const auto all = static_cast<double>(count);
  ThresholdPoint point{.tau = tau, .accuracy = static_cast<double>(std::ranges::count(correct, char{1})) / all};
  for (std::size_t i = 0; i < count; ++i) {
    point.mean_macs += macs[i] / all;
    point.mean_length += static_cast<double>(lengths[i]) / all;
  }
  return point;
}

}  // namespace

ThresholdSweep sweep_thresholds(const TrainedModel& model, const ModelFacts& facts, const CheckpointInfo& info, const PictureSet& set,
                                const TestResult& result) {
  ThresholdSweep sweep;
  if (!facts.reads_tape || info.tau <= 0) return sweep;
  const Index room = std::max<Index>(kMostBytes / set.picture_size(), 1), wanted = std::min({kMostPictures, result.count, room});
  std::vector<Index> numbers;
  for (Index n = 0; n < wanted; ++n) numbers.push_back(result.pictures[static_cast<std::size_t>(n * result.count / wanted)].number);
  const auto pictures = read_pictures(set, numbers);
  sweep.pictures = std::ssize(pictures.numbers);
  if (sweep.pictures == 0) return sweep;
  for (const double multiple : kMultiples)
    if (multiple * info.tau <= facts.largest_tau) sweep.points.push_back(measure(model, facts, info, set, pictures, multiple * info.tau));
  return sweep;
}

std::string threshold_sweep_html(const ThresholdSweep& sweep, double own_tau) {
  const auto [least, most] = std::ranges::minmax(sweep.points, {}, &ThresholdPoint::mean_macs);
  const auto [worst, best] = std::ranges::minmax(sweep.points, {}, &ThresholdPoint::accuracy);
  const auto summary = fmt::format("From {:.2f} million multiply-accumulates and {} to {:.2f} million; best accuracy {}.", least.mean_macs / 1e6,
                                   percent(least.accuracy), most.mean_macs / 1e6, percent(best.accuracy));
  Plot plot({"chart-compute", "Accuracy against compute", "Points, one for each threshold tau. " + summary, "million multiply-accumulates a picture, mean",
             fmt::format("% of {} test pictures", sweep.pictures)},
            Axis::around(least.mean_macs / 1e6, most.mean_macs / 1e6), Axis::around(100 * worst.accuracy, 100 * best.accuracy));
  Table data{"Accuracy against compute", {"tau", "accuracy", "million MACs", "mean tape length"}};
  std::string path, marks;
  double labelled = -100;  // x of the last label above the line
  bool below = false;
  for (const auto& point : sweep.points) {
    const double million = point.mean_macs / 1e6, x = plot.x(million), y = plot.y(100 * point.accuracy);
    const bool own = point.tau == own_tau;
    path += fmt::format("{:.1f},{:.1f} ", x, y);
    below = std::abs(x - labelled) < 34 && !below;
    labelled = x;
    marks += fmt::format(
        "<circle class=\"mark {}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/><text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
        own ? "own" : "first", x, y, own ? 6 : 4, x, below ? y + 19 : std::max(y - 10, 11.0), short_number(point.tau));
    plot.add_spot(million, 100 * point.accuracy,
                  fmt::format("tau {}{}: {} with {:.2f} million MACs, mean tape length {:.2f}", short_number(point.tau), own ? " (as trained)" : "",
                              percent(point.accuracy), million, point.mean_length));
    data.rows.push_back({short_number(point.tau) + (own ? " (as trained)" : ""), percent(point.accuracy), fmt::format("{:.3f}", million),
                         fmt::format("{:.2f}", point.mean_length)});
  }
  plot.draw(fmt::format("<polyline class=\"curve first\" points=\"{}\"/>\n{}", path, marks));
  plot.add_legend("<span class=\"key first\">labelled with tau</span><span class=\"key own\">as trained</span>");
  return plot.html(data);
}

}  // namespace adatape::examples
