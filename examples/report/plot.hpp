#pragma once
/// The frame of a chart: axes, grid, points that can be focused, and the data as a table.
#include <string>
#include <vector>

#include "axis.hpp"
#include "table.hpp"

namespace adatape::examples {

/// What a chart is called. All of it is text, escaped where it is written.
struct PlotText {
  std::string id;           ///< letters and hyphens, one of its own in the page
  std::string title;        ///< also that of its heading
  std::string description;  ///< what is to be seen, for those who cannot see it
  std::string across, up;   ///< what the axes show, with units
};

/// SVG elements in a box of kWidth x kHeight units; the colours come from the page's style.
class Plot {
 public:
  static constexpr double kWidth = 480, kHeight = 270, kLeft = 54, kRight = 14, kTop = 16, kBottom = 44;

  Plot(PlotText text, Axis across, Axis up) : text_(std::move(text)), across_(across), up_(up) {}

  double x(double value) const { return kLeft + (value - across_.low) / (across_.high - across_.low) * (kWidth - kLeft - kRight); }
  double y(double value) const { return kHeight - kBottom - (value - up_.low) / (up_.high - up_.low) * (kHeight - kTop - kBottom); }

  /// Draws an SVG element.
  void draw(const std::string& svg) { drawing_ += svg + "\n"; }
  /// A strip over the chart's whole height, `width` units wide around `value` on the axis across, that shows `tip` when it is pointed at or focused.
  void add_strip(double value, double width, const std::string& tip);
  /// A place that shows `tip` when it is pointed at or focused.
  void add_spot(double across, double up, const std::string& tip);
  void add_legend(const std::string& html) { legend_ += html; }

  /// A figure with heading, legend, chart and table.
  std::string html(const Table& data) const;

 private:
  std::string frame() const;
  void add_point(const char* kind, const std::string& place, double x, const std::string& tip);

  PlotText text_;
  Axis across_, up_;
  std::string drawing_, points_, legend_;
};

}  // namespace adatape::examples
