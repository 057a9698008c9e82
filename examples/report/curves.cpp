#include "curves.hpp"

#include <limits>

#include "plot.hpp"

namespace adatape::examples {

namespace {

/// A column of the log as a line.
struct Curve {
  std::string column, name;
  double factor = 1;  ///< from the log's unit to the chart's
};

/// The lines of a chart and how its values are written.
struct Curves {
  PlotText text;
  std::vector<Curve> curves;
  std::string unit;  ///< behind a value
  bool from_zero = false;
};

class CurveChart {
 public:
  CurveChart(const History& history, const Curves& what) : history_(history), what_(what), plot_(described(), across(), up()) {}

  std::string html() {
    for (std::size_t k = 0; k < what_.curves.size(); ++k) draw(k);
    Table data{what_.text.title, {"Epoch"}};
    for (const auto& curve : what_.curves) data.head.push_back(curve.name);
    const double width = std::min(plot_.x(1) - plot_.x(0), 40.0);
    for (Index i = 0; i < history_.size(); ++i) {
      auto& row = data.rows.emplace_back(std::vector{fmt::format("{}", static_cast<Index>(epoch(i)))});
      std::string tip = "epoch " + row.front() + ": ";
      for (const auto& curve : what_.curves) {
        row.push_back(text(value(curve, i)));
        tip += (&curve == what_.curves.data() ? "" : ", ") + (what_.curves.size() > 1 ? curve.name + " " : std::string()) + row.back();
      }
      plot_.add_strip(epoch(i), std::max(width, 3.0), tip);
    }
    return plot_.html(data);
  }

 private:
  double epoch(Index i) const { return history_.number(i, "epoch").value_or(static_cast<double>(i + 1)); }
  std::optional<double> value(const Curve& curve, Index i) const {
    const auto number = history_.number(i, curve.column);
    return number ? std::optional(*number * curve.factor) : std::nullopt;
  }
  std::string text(std::optional<double> value) const {
    if (!value) return "no number";
    return (what_.unit.empty() ? short_number(*value) : fmt::format("{:.2f}", *value)) + what_.unit;
  }

  /// With where each line begins and ends.
  PlotText described() const {
    auto text_of = what_.text;
    for (const auto& curve : what_.curves)
      text_of.description += fmt::format(" {}: {} after epoch {:.0f}, {} after epoch {:.0f}.", curve.name, text(value(curve, 0)), epoch(0),
                                         text(value(curve, history_.size() - 1)), epoch(history_.size() - 1));
    return text_of;
  }
  Axis across() const { return Axis::whole(static_cast<Index>(epoch(0)), static_cast<Index>(epoch(history_.size() - 1))); }
  Axis up() const {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const auto& curve : what_.curves)
      for (Index i = 0; i < history_.size(); ++i)
        if (const auto at = value(curve, i)) {
          low = std::min(low, *at);
          high = std::max(high, *at);
        }
    if (!(low <= high)) low = high = 0;
    return Axis::around(what_.from_zero ? std::min(low, 0.0) : low, high);
  }

  void draw(std::size_t k) {
    const auto& curve = what_.curves[k];
    std::string path, marks;
    for (Index i = 0; i < history_.size(); ++i) {
      const auto at = value(curve, i);
      if (!at) continue;
      const double x = plot_.x(epoch(i)), y = plot_.y(*at);
      path += fmt::format("{:.1f},{:.1f} ", x, y);
      marks += k == 0 ? fmt::format("<circle class=\"mark first\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.2\"/>", x, y)
                      : fmt::format("<rect class=\"mark second\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"6\" height=\"6\"/>", x - 3, y - 3);
    }
    const char* kind = k == 0 ? "first" : "second";
    plot_.draw(fmt::format("<polyline class=\"curve {}\" points=\"{}\"/>", kind, path));
    if (history_.size() <= most_marks) plot_.draw(marks);
    if (what_.curves.size() > 1) plot_.add_legend(fmt::format("<span class=\"key {}\">{}</span>", kind, escaped(curve.name)));
  }

  static constexpr Index most_marks = 40;  ///< more would touch

  const History& history_;
  const Curves& what_;
  Plot plot_;
};

}  // namespace

std::string curves_html(const History& history, const std::string& length_name) {
  std::vector<Curves> charts{
      {{"chart-accuracy", "Accuracy", "Lines over the epochs.", "epoch", "%"}, {{"test_accuracy", "test", 100}, {"accuracy", "training", 100}}, " %"},
      {{"chart-loss", "Training loss", "A line over the epochs.", "epoch", "mean over the epoch"}, {{"loss", "loss"}}, ""}};
  if (!length_name.empty())
    charts.push_back(
        {{"chart-length", "Mean " + length_name, "A line over the epochs.", "epoch", "on the test pictures"}, {{"length", "mean " + length_name}}, ""});
  charts.push_back({{"chart-rate", "Learning rate", "A line over the epochs.", "epoch", "at the end of the epoch"}, {{"rate", "learning rate"}}, "", true});
  std::string out = "<div class=\"charts\">\n";
  for (const auto& chart : charts) out += CurveChart(history, chart).html();
  return out + "</div>\n";
}

}  // namespace adatape::examples
