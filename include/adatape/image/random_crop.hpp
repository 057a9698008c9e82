#pragma once
/// Where the random crops of training are: TensorFlow's Inception crop and torchvision's RandomResizedCrop. Boxes are functions of the picture's size and the
/// draws alone. Then crop and resize: a resize of the box inside of the picture would look at pixels beside the box.

#include "adatape/core/random.hpp"
#include "adatape/image/crop.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::image {

/// Ranges that a random crop keeps to.
struct CropRange {
  double least_area, most_area;      ///< share of the picture's area: 0 < least <= most <= 1
  double least_aspect, most_aspect;  ///< width / height: 0 < least <= most < 10^6
  int attempts;                      ///< boxes that are drawn at most, at least 1, before the crop takes what its rule says
};

namespace detail {
/// Throws Error beginning with `what` unless the ranges and the sizes of the picture are those of CropRange, or of others with such members: what a rectangle
/// of the picture may have.
template <class Ranges>
void require_ranges(const char* what, const Ranges& of, Index height, Index width) {
  constexpr Index largest = 32768;  // float32 then holds every area to 2^-24 of it, and products of sides are below 2^31
  require(1 <= height && height <= largest && 1 <= width && width <= largest, what, ": wanted a picture of 1 x 1 to ", largest, " x ", largest, ", found ",
          height, " x ", width);
  require(0 < of.least_area && of.least_area <= of.most_area && of.most_area <= 1 && 0 < of.least_aspect && of.least_aspect <= of.most_aspect &&
              of.most_aspect < 1e6 && of.attempts >= 1,
          what, ": wanted 0 < areas <= 1, 0 < aspects < 1e6, least before most, and at least 1 attempt, found areas ", of.least_area, " to ", of.most_area,
          ", aspects ", of.least_aspect, " to ", of.most_aspect, ", ", of.attempts, " attempts");
}
inline Index draw_index(Draws& draws, Index bound) { return static_cast<Index>(draws.below(static_cast<std::uint64_t>(bound))); }
}  // namespace detail

namespace tensorflow {

/// scenic's and big_vision's decode_jpeg_and_inception_crop.
inline constexpr CropRange inception_range{0.05, 1, 0.75, 1.33, 100};

/// A box as TensorFlow's sample_distorted_bounding_box draws it when the whole picture is the object (sample_distorted_bounding_box_op.cc), in float32.
/// One attempt, with round half to even:
///   r ~ U[least_aspect, most_aspect), a = least_area H W, A = most_area H W,
///   h0 = round(sqrt(a / r)), h1 = round(sqrt(A / r)), lowered until round(h1 r) <= W and h1 <= H,
///   h uniform over h0 .. h1 (h1 where h0 >= h1), w = round(h r), h + 1 where w h < a, then h - 1 where w h > A, w each time again,
///   refused where the area is outside of [a, A], or the box does not fit.
/// So the height is uniform, the area is not. The offset is 0 where a side fills the picture, else uniform over 0 .. H - h - 1: the last one, H - h, is never
/// drawn. After range.attempts refusals the box is the whole picture. Takes 1 to 4 draws an attempt. Throws Error for a wrong range and for sizes outside of
/// 1 to 32768.
inline Box inception_box(Index height, Index width, Draws& draws, const CropRange& range = inception_range) {
  image::detail::require_ranges("random crop", range, height, width);
  const float rows = static_cast<float>(height), columns = static_cast<float>(width);
  const float least = static_cast<float>(range.least_area) * columns * rows, most = static_cast<float>(range.most_area) * columns * rows;
  const float least_aspect = static_cast<float>(range.least_aspect), aspects = static_cast<float>(range.most_aspect) - least_aspect;
  const auto nearest = [](float x) { return image::detail::round_half_to_even(static_cast<double>(x)); };
  for (int attempt = 0; attempt < range.attempts; ++attempt) {
    const float aspect = rounded(static_cast<float>(draws.uniform()) * aspects) + least_aspect;
    const auto across = [&](Index h) { return nearest(rounded(static_cast<float>(h) * aspect)); };
    Index h = nearest(std::sqrt(least / aspect)), highest = nearest(std::sqrt(most / aspect));
    if (across(highest) > width) {
      highest = static_cast<Index>((static_cast<double>(width) + 0.5 - static_cast<double>(0.0000001f)) / static_cast<double>(aspect));
      if (across(highest) > width) --highest;
    }
    highest = std::min(highest, height);
    h = h < highest ? h + image::detail::draw_index(draws, highest - h + 1) : highest;
    Index w = across(h);
    if (static_cast<float>(w * h) < least) w = across(++h);
    if (static_cast<float>(w * h) > most) w = across(--h);
    const float area = static_cast<float>(w * h);
    if (area < least || area > most || w > width || h > height || w < 1 || h < 1) continue;
    const Index top = h < height ? image::detail::draw_index(draws, height - h) : 0;
    const Index left = w < width ? image::detail::draw_index(draws, width - w) : 0;
    return {top, left, h, w};
  }
  return {0, 0, height, width};
}

/// The Inception crop of a picture, resized to height x width (bilinear without antialias, cut to bytes). Throws Error as inception_box and resize do.
inline Image inception_crop(const Image& picture, Index height, Index width, Draws& draws, const CropRange& range = inception_range) {
  return resize_bilinear(crop(picture, inception_box(picture.height, picture.width, draws, range)), height, width);
}

}  // namespace tensorflow

namespace pillow {

/// torchvision's and timm's defaults.
inline constexpr CropRange resized_crop_range{0.08, 1, 3.0 / 4, 4.0 / 3, 10};

/// A box as torchvision's and timm's RandomResizedCrop draw it. One attempt:
///   a ~ U(areas) H W, r = exp(U(log aspects)), w = round(sqrt(a r)), h = round(sqrt(a / r)), half to even, refused unless it fits,
///   the offsets uniform over 0 .. H - h and 0 .. W - w.
/// After range.attempts refusals: the largest box in the middle whose aspect is in the range. Takes 2 draws an attempt and 2 for the place. Throws Error for a
/// wrong range and for sizes outside of 1 to 32768.
inline Box resized_crop_box(Index height, Index width, Draws& draws, const CropRange& range = resized_crop_range) {
  image::detail::require_ranges("random crop", range, height, width);
  const double area = static_cast<double>(height * width), least_log = std::log(range.least_aspect), most_log = std::log(range.most_aspect);
  for (int attempt = 0; attempt < range.attempts; ++attempt) {
    const double wanted = draws.uniform(range.least_area, range.most_area) * area;
    const double aspect = std::exp(draws.uniform(least_log, most_log));
    const Index w = image::detail::round_half_to_even(std::sqrt(wanted * aspect)), h = image::detail::round_half_to_even(std::sqrt(wanted / aspect));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const Index top = image::detail::draw_index(draws, height - h + 1), left = image::detail::draw_index(draws, width - w + 1);
    return {top, left, h, w};
  }
  const double aspect = static_cast<double>(width) / static_cast<double>(height);
  Index h = height, w = width;
  if (aspect < range.least_aspect) h = std::clamp<Index>(image::detail::round_half_to_even(static_cast<double>(width) / range.least_aspect), 1, height);
  if (aspect > range.most_aspect) w = std::clamp<Index>(image::detail::round_half_to_even(static_cast<double>(height) * range.most_aspect), 1, width);
  return {(height - h) / 2, (width - w) / 2, h, w};
}

/// The random crop of a picture, resized to height x width with Pillow's antialiased filter. Throws Error as resized_crop_box and resize do.
inline Image resized_crop(const Image& picture, Index height, Index width, Filter filter, Draws& draws, const CropRange& range = resized_crop_range) {
  return resize(crop(picture, resized_crop_box(picture.height, picture.width, draws, range)), height, width, filter);
}

}  // namespace pillow

/// Mirrors left and right with probability 1/2. Takes one draw.
inline Image flip_randomly(const Image& picture, Draws& draws) { return draws.below(2) == 1 ? flip_horizontally(picture) : picture; }

}  // namespace adatape::image
