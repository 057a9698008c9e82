#include "confusion.hpp"

#include <algorithm>

#include "table.hpp"

namespace adatape::examples {

Confusion::Confusion(Index classes, const std::vector<TestedPicture>& pictures) : classes_(classes), counts_(static_cast<std::size_t>(classes * classes)) {
  std::vector<char> seen(static_cast<std::size_t>(classes));
  for (const auto& picture : pictures) {
    ++counts_[static_cast<std::size_t>(picture.label * classes + picture.predicted)];
    seen[static_cast<std::size_t>(picture.label)] = seen[static_cast<std::size_t>(picture.predicted)] = 1;
  }
  for (Index label = 0; label < classes; ++label)
    if (seen[static_cast<std::size_t>(label)] == 1) present_.push_back(label);
}

Index Confusion::total(Index label) const {
  Index sum = 0;
  for (Index predicted = 0; predicted < classes_; ++predicted) sum += count(label, predicted);
  return sum;
}

std::string Confusion::html(const CheckpointInfo& info) const {
  constexpr std::size_t most_classes = 20;
  return scrolling(present_.size() > most_classes ? pairs(info) : matrix(info), "Confusion of classes");
}

std::string Confusion::matrix(const CheckpointInfo& info) const {
  std::string out =
      "<table class=\"matrix\"><caption>Rows are true classes, columns are predicted ones. A cell holds the number of test pictures; the deeper its "
      "colour, the larger its share of the row. Framed: right.</caption><thead><tr><th scope=\"col\">true \\ predicted</th>";
  for (const Index predicted : present_) out += fmt::format("<th scope=\"col\" class=\"up\"><span>{}</span></th>", escaped(info.class_name(predicted)));
  out += "<th scope=\"col\" class=\"up\"><span>right</span></th></tr></thead><tbody>\n";
  for (const Index label : present_) {
    const Index all = total(label);
    const auto share = [&](Index of) { return all > 0 ? static_cast<double>(of) / static_cast<double>(all) : 0; };
    out += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(info.class_name(label)));
    for (const Index predicted : present_) {
      const Index cell = count(label, predicted);
      const char* kind = label == predicted ? " class=\"right\"" : cell == 0 ? " class=\"none\"" : "";
      // The square root shows small shares; 0.55 keeps the text readable on the deepest colour.
      out += fmt::format("<td{} style=\"--share:{:.3f}\">{}</td>", kind, 0.55 * std::sqrt(share(cell)), cell);
    }
    out += fmt::format("<td class=\"share\">{}</td></tr>\n", all > 0 ? fmt::format("{:.1f} %", 100 * share(count(label, label))) : "-");
  }
  return out + "</tbody></table>";
}

std::string Confusion::pairs(const CheckpointInfo& info) const {
  struct Pair {
    Index count, label, predicted;
  };
  std::vector<Pair> found;
  for (const Index label : present_)
    for (const Index predicted : present_)
      if (label != predicted && count(label, predicted) > 0) found.push_back({count(label, predicted), label, predicted});
  std::ranges::stable_sort(found, std::ranges::greater(), &Pair::count);
  constexpr std::size_t most_pairs = 20;
  if (found.size() > most_pairs) found.resize(most_pairs);
  Table table{"The pairs of classes that are confused most often", {"true", "predicted", "test pictures", "share of the true class"}};
  for (const auto& pair : found)
    table.rows.push_back({info.class_name(pair.label), info.class_name(pair.predicted), fmt::format("{}", pair.count),
                          percent(static_cast<double>(pair.count) / static_cast<double>(total(pair.label)))});
  return table.html();
}

}  // namespace adatape::examples
