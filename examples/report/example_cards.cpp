#include "example_cards.hpp"

#include <map>

#include "../image/length_shares.hpp"
#include "../image/prediction.hpp"
#include "data_uri.hpp"
#include "html.hpp"
#include "picture_pixels.hpp"

namespace adatape::examples {

namespace {

/// A bank patch that was read: by which tape tokens, counted from 1, and how heavily at most.
struct ReadPatch {
  std::string tokens;
  double strength = 0;
  std::size_t first = 0;  ///< its first token
};

std::map<Index, ReadPatch> patches_read(const std::vector<TapeToken>& tape) {
  std::map<Index, ReadPatch> out;
  for (std::size_t n = 0; n < tape.size(); ++n)
    for (std::size_t j = 0; j < tape[n].bank.size(); ++j) {
      auto& patch = out[tape[n].bank[j]];
      if (patch.tokens.empty()) patch.first = n;
      patch.tokens += fmt::format("{}{}", patch.tokens.empty() ? "" : ",", n + 1);
      patch.strength = std::max(patch.strength, tape[n].weights[j] / tape[n].weights.front());
    }
  return out;
}

/// The patches that were read, framed, with the numbers of their tape tokens. An early token's frame is warm, a late one's cool; so are its numbers.
std::string patch_marks(const ModelFacts& facts, const Prediction& prediction) {
  std::string out;
  const int size = facts.bank_patch;
  for (const auto& [bank, patch] : patches_read(prediction.tape)) {
    const Index x = bank % facts.bank_columns * size, y = bank / facts.bank_columns * size;
    const double hue = 45 + 170 * static_cast<double>(patch.first) / std::max(1, facts.longest - 1);
    out += fmt::format(
        "<rect class=\"read\" style=\"--hue:{:.0f};--strength:{:.2f}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/><text class=\"read\" x=\"{:.2f}\" "
        "y=\"{:.2f}\" font-size=\"{:.2f}\">{}</text>\n",
        hue, 0.35 + 0.65 * patch.strength, x, y, size, size, static_cast<double>(x) + 0.5 * size, static_cast<double>(y) + 0.72 * size,
        patch.tokens.size() <= 2 ? 0.62 * size : 1.3 * size / static_cast<double>(patch.tokens.size()), patch.tokens);
  }
  return out;
}

std::string patches_text(const ModelFacts& facts, const Prediction& prediction) {
  if (prediction.tape.empty() || facts.bank_patch == 0) return "";
  std::string out = " Bank patches read, by tape token:";
  for (std::size_t n = 0; n < prediction.tape.size(); ++n) {
    out += fmt::format("{} {}:", n > 0 ? ";" : "", n + 1);
    for (const Index patch : prediction.tape[n].bank) out += fmt::format(" {}", patch);
  }
  return out + ".";
}

std::string card(std::size_t id, const ModelFacts& facts, const CheckpointInfo& info, Index label, const std::string& name, const image::Image& picture,
                 const Prediction& prediction) {
  const bool right = prediction.finite && prediction.label == label;
  const auto name_of = [&](Index of) { return (of < std::ssize(info.classes) ? "" : "class ") + escaped(info.class_name(of)); };
  const auto actual = name_of(label), predicted = prediction.finite ? name_of(prediction.label) : std::string("no class");
  const auto length = facts.longest > 0 ? fmt::format("{} {}", facts.length_name, prediction.length) : std::string();
  auto out = fmt::format(
      "<figure class=\"example{}\"><svg role=\"img\" viewBox=\"0 0 {} {}\" aria-labelledby=\"picture{}-title picture{}-text\"><title "
      "id=\"picture{}-title\">{}</title><desc id=\"picture{}-text\">{}. {}{}</desc><image width=\"{}\" height=\"{}\" href=\"{}\"/>\n",
      right ? "" : " wrong", facts.width, facts.height, id, id, id, actual, id, escaped(name), length, patches_text(facts, prediction), facts.width,
      facts.height, data_uri(picture));
  if (facts.bank_patch > 0) out += patch_marks(facts, prediction);
  out += "</svg><figcaption>";
  const auto verdict = right ? std::string("&#10003; right") : "&#10007; taken for " + predicted;
  out += fmt::format("<strong>{}</strong><span class=\"verdict\">{}, {:.1f}&nbsp;%</span><span class=\"facts\">{}</span></figcaption></figure>\n", actual,
                     verdict, 100 * prediction.probability, length);
  return out;
}

}  // namespace

std::string example_cards_html(const TrainedModel& model, const ModelFacts& facts, const CheckpointInfo& info, double tau, const PictureSet& set,
                               const TestResult& result) {
  constexpr Index most_examples = 24;
  std::vector<Index> lengths, numbers;
  for (const auto& picture : result.pictures) lengths.push_back(picture.length);
  for (const std::size_t at : equal_shares(lengths, most_examples)) numbers.push_back(result.pictures[at].number);
  const auto pictures = read_pictures(set, numbers);
  const auto predictions = predict(model, facts, tau, pictures.pixels, info);
  std::string out = "<div class=\"examples\">\n";
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    image::Image picture(facts.height, facts.width, facts.channels);
    std::copy_n(pictures.pixels.begin() + static_cast<std::ptrdiff_t>(i * picture.values.size()), picture.values.size(), picture.values.begin());
    const Index number = pictures.numbers[i];
    out += card(i, facts, info, set.label(number), set.name(number), picture, predictions[i]);
  }
  return out + "</div>\n";
}

}  // namespace adatape::examples
