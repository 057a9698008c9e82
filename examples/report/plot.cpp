#include "plot.hpp"

namespace adatape::examples {

namespace {

std::string line(double x1, double y1, double x2, double y2, const char* kind) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", kind, x1, y1, x2, y2);
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor, escaped(text));
}

}  // namespace

void Plot::add_point(const char* kind, const std::string& place, double x, const std::string& tip) {
  const char* side = x > kWidth / 2 ? " before" : "";  // the tip stays within the chart
  points_ += fmt::format("<span class=\"point {}{}\" tabindex=\"0\" role=\"img\" aria-label=\"{}\" style=\"{}\"><span class=\"tip\">{}</span></span>\n", kind,
                         side, escaped(tip), place, escaped(tip));
}

void Plot::add_strip(double value, double width, const std::string& tip) {
  add_point("strip", fmt::format("left:{:.2f}%;width:{:.2f}%", 100 * (x(value) - width / 2) / kWidth, 100 * width / kWidth), x(value), tip);
}

void Plot::add_spot(double across, double up, const std::string& tip) {
  add_point("spot", fmt::format("left:{:.2f}%;top:{:.2f}%", 100 * x(across) / kWidth, 100 * y(up) / kHeight), x(across), tip);
}

std::string Plot::frame() const {
  const double right = kWidth - kRight, base = kHeight - kBottom;
  std::string out;
  for (const double mark : up_.marks()) out += line(kLeft, y(mark), right, y(mark), "grid") + label(kLeft - 8, y(mark) + 4, "end", up_.text(mark));
  for (const double mark : across_.marks()) out += line(x(mark), base, x(mark), base + 4, "axis") + label(x(mark), base + 19, "middle", across_.text(mark));
  return out + line(kLeft, base, right, base, "axis") + label((kLeft + right) / 2, kHeight - 6, "middle", text_.across);
}

std::string Plot::html(const Table& data) const {
  const auto id = text_.id, title = escaped(text_.title);
  auto out = fmt::format("<figure class=\"card\" id=\"{}\">\n<h3>{}</h3>\n<p class=\"legend\">{}<span class=\"unit\">{}</span></p>\n", id, title, legend_,
                         escaped(text_.up));
  out += fmt::format(
      "<div class=\"plot\"><svg role=\"img\" viewBox=\"0 0 {:.0f} {:.0f}\" aria-labelledby=\"{}-title {}-text\"><title id=\"{}-title\">{}</title><desc "
      "id=\"{}-text\">{}</desc>\n",
      kWidth, kHeight, id, id, id, title, id, escaped(text_.description));
  out += frame() + drawing_ + "</svg>\n";
  out +=
      fmt::format("<div class=\"points\" role=\"group\" aria-label=\"Values: {}. The arrow keys go from one to the next.\">{}</div></div>\n", title, points_);
  return out + folded(data) + "</figure>\n";
}

}  // namespace adatape::examples
