#include "threshold_sweep.hpp"

#include <array>

#include "picture_pixels.hpp"
#include "plot.hpp"

namespace adatape::examples {

namespace {

constexpr std::array<double, 8> kMultiples{0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4};
constexpr Index kMostPictures = 1000;          ///< 8 thresholds then take less than one test of 10 000 pictures
constexpr Index kMostBytes = Index{64} << 20;  ///< of pixels; pictures of 224 x 224 in colour: 445

ThresholdPoint measure(const TrainedModel& model, const ModelFacts& facts, const CheckpointInfo& info, const PictureSet& set, const PicturePixels& pictures,
                       double tau) {
  const std::size_t count = pictures.numbers.size();
  std::vector<char> correct(count);
  std::vector<double> macs(count);
  std::vector<Index> lengths(count);
  infer_images(model, facts, tau, pictures.pixels, PixelTable(info.pixels), [&](Index i, const SampleResult& output) {
    const auto at = static_cast<std::size_t>(i);
    correct[at] = output.finite && predicted_class(output.logits, info.class_count) == set.label(pictures.numbers[at]);
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

/// At least 5 percentage points: the standard error of an accuracy of 90 % on 1000 pictures is 0.9.
Axis accuracy_axis(double worst, double best) {
  const double room = std::max(0.0, 2.5 - (best - worst) / 2);
  return Axis::around(std::max(worst - room, 0.0), std::min(best + room, 100.0));
}

struct Place {
  double x, y;
};

/// The middle of the name of point i: above, below, right or left of it, wherever nothing else is; above if there is no such place.
Place place_name(const std::vector<Place>& taken, std::size_t i) {
  const auto [x, y] = taken[i];
  for (const Place to : {Place{x, y - 15}, Place{x, y + 15}, Place{x + 20, y}, Place{x - 20, y}}) {
    const bool is_free = std::ranges::none_of(taken, [&](const Place& other) { return std::abs(other.x - to.x) < 18 && std::abs(other.y - to.y) < 12; });
    if (is_free && to.y > 6) return to;
  }
  return {x, y - 15};
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
            Axis::around(least.mean_macs / 1e6, most.mean_macs / 1e6), accuracy_axis(100 * worst.accuracy, 100 * best.accuracy));
  Table data{"Accuracy against compute", {"tau", "accuracy", "million MACs", "mean tape length"}};
  std::vector<Place> taken;  // by points and names
  for (const auto& point : sweep.points) taken.push_back({plot.x(point.mean_macs / 1e6), plot.y(100 * point.accuracy)});
  std::string path, marks;
  for (std::size_t i = 0; i < sweep.points.size(); ++i) {
    const auto& point = sweep.points[i];
    const auto [x, y] = taken[i];
    const double million = point.mean_macs / 1e6;
    const bool own = point.tau == own_tau;
    const auto name = place_name(taken, i);
    taken.push_back(name);
    path += fmt::format("{:.1f},{:.1f} ", x, y);
    marks += fmt::format(
        "<circle class=\"mark {}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/><text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
        own ? "own" : "first", x, y, own ? 6 : 4, name.x, name.y + 4, short_number(point.tau));
    const auto tau = short_number(point.tau) + (own ? " (as trained)" : "");
    plot.add_spot(million, 100 * point.accuracy,
                  fmt::format("tau {}: {} with {:.2f} million MACs, mean tape length {:.2f}", tau, percent(point.accuracy), million, point.mean_length));
    data.rows.push_back({tau, percent(point.accuracy), fmt::format("{:.3f}", million), fmt::format("{:.2f}", point.mean_length)});
  }
  plot.draw(fmt::format("<polyline class=\"curve first\" points=\"{}\"/>\n{}", path, marks));
  plot.add_legend("<span class=\"key first\">labelled with tau</span><span class=\"key own\">as trained</span>");
  return plot.html(data);
}

}  // namespace adatape::examples
