#include "length_histogram.hpp"

#include "plot.hpp"

namespace adatape::examples {

std::string length_histogram_html(const TestResult& result, Index longest, const std::string& name) {
  constexpr Index most_bars = 40;
  const Index width = longest / most_bars + 1, bars = longest / width + 1;  // lengths of one bar
  std::vector<Index> counts(static_cast<std::size_t>(bars));
  for (const auto& picture : result.pictures) ++counts[static_cast<std::size_t>(std::min(picture.length, longest) / width)];
  const Index highest = std::ranges::max(counts);

  Axis across = Axis::whole(0, bars * width - 1);
  Axis up = Axis::around(0, static_cast<double>(highest));
  up.step = std::max(up.step, 1.0);
  const auto summary =
      fmt::format("Mean {:.2f}, standard deviation {:.2f}, from {} to {}.", result.mean_length, result.length_deviation, result.shortest, result.longest);
  Plot plot({"chart-lengths", "Distribution of the " + name, "Bars. " + summary, name, "test pictures"}, across, up);
  Table data{"Test pictures of each " + name, {name, "pictures", "share"}};
  for (Index bar = 0; bar < bars; ++bar) {
    const Index first = bar * width, count = counts[static_cast<std::size_t>(bar)];
    const double middle = static_cast<double>(first) + static_cast<double>(width - 1) / 2;
    const double left = plot.x(static_cast<double>(first) - 0.42), right = plot.x(static_cast<double>(first + width) - 0.58);
    const double top = plot.y(static_cast<double>(count));
    plot.draw(
        fmt::format("<rect class=\"bar\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"1.5\"/>", left, top, right - left, plot.y(0) - top));
    const auto lengths = width == 1 ? fmt::format("{}", first) : fmt::format("{} to {}", first, first + width - 1);
    const auto share = percent(static_cast<double>(count) / static_cast<double>(result.count));
    plot.add_strip(middle, plot.x(static_cast<double>(width)) - plot.x(0), fmt::format("{} {}: {} pictures, {}", name, lengths, count, share));
    data.rows.push_back({lengths, fmt::format("{}", count), share});
  }
  const double mean = plot.x(result.mean_length);
  plot.draw(fmt::format("<line class=\"mean\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", mean, Plot::kTop, mean, plot.y(0)));
  plot.add_legend(fmt::format("<span class=\"key mean\">mean {:.2f}</span>", result.mean_length));
  return plot.html(data);
}

}  // namespace adatape::examples
