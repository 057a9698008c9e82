#pragma once
/// The picture of what was read: images in order of tape length, the bank patches that each one read marked in reading order.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "canvas.hpp"
#include "checkpoint_info.hpp"
#include "length_shares.hpp"
#include "prediction.hpp"

namespace adatape::examples {

/// How bank tokens lie on an image.
struct BankGrid {
  int columns, patch_size;
};

class TapePicture {
 public:
  /// `longest` is the most tape tokens there can be; `labels` are the true classes, or empty.
  TapePicture(std::string title, Index image_height, Index image_width, Index channels, std::optional<BankGrid> grid, Index longest, const CheckpointInfo& info,
              std::span<const std::uint8_t> pixels, std::span<const Prediction> predictions, std::span<const std::uint8_t> labels)
      : title_(std::move(title)),
        image_height_(image_height),
        image_width_(image_width),
        channels_(channels),
        grid_(grid),
        longest_(longest),
        info_(info),
        pixels_(pixels),
        predictions_(predictions),
        labels_(labels) {}

  /// With that many images, if there are.
  Canvas draw(Index count) const {
    std::vector<Index> lengths;
    for (const auto& prediction : predictions_) lengths.push_back(prediction.length);
    const auto order = equal_shares(lengths, count);
    const auto shown = static_cast<Index>(order.size());
    const Index columns = std::clamp<Index>(static_cast<Index>(std::ceil(std::sqrt(1.6 * static_cast<double>(shown)))), 1, 10);
    const Index rows = (shown + columns - 1) / columns;
    Canvas none(0, 0, kBackground);
    const Index width = kMargin + std::max(kMargin + columns * (card_width() + kGap) - kGap, draw_header(none));
    Canvas canvas(kHeader + rows * (card_height() + kGap) - kGap + kMargin, width, kBackground);
    draw_header(canvas);
    for (Index i = 0; i < shown; ++i)
      draw_card(canvas, kHeader + i / columns * (card_height() + kGap), kMargin + i % columns * (card_width() + kGap),
                order[static_cast<std::size_t>(i)]);
    return canvas;
  }

 private:
  static constexpr Index kMargin = 36, kGap = 22, kHeader = 156, kLabel = 22, kBar = 12;
  static constexpr Colour kBackground{17, 19, 26}, kText{232, 234, 240}, kDim{138, 144, 160}, kEmpty{44, 48, 60}, kWrong{255, 107, 107};

  Index card_width() const { return image_width_ * scale_; }
  Index card_height() const { return image_height_ * scale_ + 10 + kLabel + kBar; }

  /// From the first tape token to the last.
  static Colour ramp(double position) {
    constexpr std::array<Colour, 5> stops{{{255, 224, 102}, {255, 146, 72}, {240, 72, 112}, {168, 85, 247}, {59, 160, 255}}};
    const double at = std::clamp(position, 0.0, 1.0) * (stops.size() - 1);
    const auto below = std::min<std::size_t>(static_cast<std::size_t>(at), stops.size() - 2);
    return mix(stops[below], stops[below + 1], at - static_cast<double>(below));
  }
  Colour token_colour(Index n) const { return ramp(longest_ > 1 ? static_cast<double>(n) / static_cast<double>(longest_ - 1) : 0); }

  /// Bank patches that one tape token merges; the last token of a sample may have had fewer left.
  Index merged() const {
    std::size_t most = 0;
    for (const auto& prediction : predictions_)
      for (const auto& token : prediction.tape) most = std::max(most, token.bank.size());
    return static_cast<Index>(most);
  }

  /// Returns where the longest line ends. What lies outside of the canvas is not drawn, so one without pixels measures.
  Index draw_header(Canvas& canvas) const {
    canvas.text(kMargin, kMargin, title_, 3, kText);
    Index left = kMargin, top = kMargin + 44, right = kMargin + Canvas::text_width(title_, 3);
    const auto say = [&](const std::string& text, Colour colour) {
      canvas.text(top, left, text, 2, colour);
      left += Canvas::text_width(text, 2);
      right = std::max(right, left);
      left += 14;
    };
    if (grid_) {
      say("marked: bank patches read, first", kDim);
      for (Index n = 0; n < longest_; ++n, left += 18) canvas.fill(top - 2, left, 16, 16, token_colour(n));
      left += 10;
      say("last tape token", kDim);
      top += 26;
      left = kMargin;
      const Index patches = merged();
      if (patches > 0) say(fmt::format("one tape token merges {} bank patch{}", patches, patches > 1 ? "es" : ""), kDim);
    }
    if (!labels_.empty()) say(grid_ ? "  red name: wrong" : "red name: wrong", kDim);
    return right;
  }

  /// The first pixel of `values`, a little duller, so that marks stand out.
  Colour pixel(std::span<const std::uint8_t> values) const {
    const auto level = [&](Index channel) { return mix(grey(26), grey(230), values[static_cast<std::size_t>(channel)] / 255.0).red; };
    return {level(0), level(channels_ / 2), level(channels_ - 1)};
  }

  void draw_card(Canvas& canvas, Index top, Index left, std::size_t i) const {
    const auto& prediction = predictions_[i];
    const auto image = pixels_.subspan(i * static_cast<std::size_t>(image_height_ * image_width_ * channels_));
    for (Index y = 0; y < image_height_; ++y)
      for (Index x = 0; x < image_width_; ++x)
        canvas.fill(top + y * scale_, left + x * scale_, scale_, scale_, pixel(image.subspan(static_cast<std::size_t>((y * image_width_ + x) * channels_))));
    if (grid_) draw_marks(canvas, top, left, prediction);

    const Index text_top = top + image_height_ * scale_ + 10;
    const bool wrong = !labels_.empty() && labels_[i] != prediction.label;
    const auto percent = fmt::format("{:.0f}%", 100 * prediction.probability);
    auto name = info_.class_name(prediction.label);
    const auto most = static_cast<std::size_t>(std::max<Index>((card_width() - Canvas::text_width(percent, 2)) / (2 * kGlyphAdvance) - 1, 2));
    if (name.size() > most) name = name.substr(0, most - 1) + "~";  // cut so that the percentage stays readable
    canvas.text(text_top, left, name, 2, wrong ? kWrong : kText);
    canvas.text(text_top, left + card_width() - Canvas::text_width(percent, 2), percent, 2, kDim);
    draw_bar(canvas, text_top + kLabel, left, prediction.length);
  }

  /// The heavier a bank token's weight in its tape token, the stronger its mark.
  void draw_marks(Canvas& canvas, Index top, Index left, const Prediction& prediction) const {
    const Index size = grid_->patch_size * scale_;
    for (std::size_t n = 0; n < prediction.tape.size(); ++n) {
      const auto& token = prediction.tape[n];
      for (std::size_t j = 0; j < token.bank.size(); ++j) {
        const double strength = token.weights[j] / token.weights.front();
        const Index y = top + token.bank[j] / grid_->columns * size, x = left + token.bank[j] % grid_->columns * size;
        canvas.fill(y, x, size, size, token_colour(static_cast<Index>(n)), 0.2 + 0.3 * strength);
        canvas.frame(y, x, size, size, 2, token_colour(static_cast<Index>(n)), 0.5 + 0.5 * strength);
      }
    }
  }

  /// One slot for every tape token that there can be, those read coloured; the number behind.
  void draw_bar(Canvas& canvas, Index top, Index left, Index length) const {
    if (longest_ == 0) return;
    const Index width = card_width() - 34, slot = width / longest_;
    for (Index n = 0; n < longest_; ++n) canvas.fill(top, left + n * slot, 8, std::max<Index>(slot - 3, 1), n < length ? token_colour(n) : kEmpty);
    const auto number = std::to_string(length);
    canvas.text(top - 3, left + card_width() - Canvas::text_width(number, 2), number, 2, kText);
  }

  std::string title_;
  Index image_height_, image_width_, channels_;  ///< 1: grey, 3: RGB
  Index scale_ = std::clamp<Index>(224 / image_width_, 2, 7);  ///< pixels of the picture for one of an image
  std::optional<BankGrid> grid_;
  Index longest_;
  const CheckpointInfo& info_;
  std::span<const std::uint8_t> pixels_;
  std::span<const Prediction> predictions_;
  std::span<const std::uint8_t> labels_;
};

}  // namespace adatape::examples
