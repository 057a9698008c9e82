#include "adatape/image/randaugment.hpp"

#include <set>
#include <string>

#include "adatape/image/timm_randaugment.hpp"
#include "transforms.hpp"

using namespace adatape;
using namespace adatape::image;
using namespace adatape::testing;

namespace {
const std::string scenic_names[] = {"auto_contrast", "equalize",  "invert",  "rotate",  "posterize",   "solarize",    "color",  "contrast",
                                    "brightness",    "sharpness", "shear_x", "shear_y", "translate_x", "translate_y", "cutout", "solarize_add"};
const std::string timm_names[] = {"auto_contrast", "equalize",   "invert",    "rotate",  "posterize", "solarize",    "solarize_add", "color",
                                  "contrast",      "brightness", "sharpness", "shear_x", "shear_y",   "translate_x", "translate_y"};
}  // namespace

TEST_CASE("scenic's operations at levels, and RandAugment (2, 15): the bytes that NumPy computes from the same draws") {
  const Image picture = pattern("smooth", 37, 53, 3);
  Hashes hashes;
  for (int level : {0, 3, 9, 10, 15, 20})
    for (std::size_t i = 0; i < std::size(scenic_names); ++i)
      for (std::uint64_t sample = 0; sample < 4; ++sample) {
        Draws draws = draws_of(5, 2, sample);
        hashes.add("scenic " + scenic_names[i], tensorflow::apply_operation(static_cast<tensorflow::Operation>(i), picture, level, draws));
      }
  for (std::uint64_t sample = 0; sample < 40; ++sample) {
    Draws draws = draws_of(0x123456789, 3, sample);
    hashes.add("scenic randaugment", tensorflow::rand_augment(picture, 2, 15, draws));
  }
  hashes.check();
}

TEST_CASE("scenic's arguments at level 15, and the wrap of solarize") {
  using enum tensorflow::Operation;
  const auto at = [](tensorflow::Operation operation, double level) { return tensorflow::operation_arguments(operation, level); };
  CHECK(at(rotate, 15).amount == 45);
  CHECK(at(posterize, 15).whole == 6);
  CHECK(at(solarize, 15).whole == 128);
  CHECK(at(solarize, 10).whole == 0);
  CHECK(at(solarize, 9).whole == 230);
  CHECK(at(solarize_add, 15).whole == 165);
  CHECK(at(contrast, 15).amount == 2.8f);
  CHECK(at(shear_x, 15).amount == 0.45f);
  CHECK(at(translate_y, 15).amount == 150);
  CHECK(at(cutout, 15).whole == 60);
  for (const auto operation : {rotate, shear_x, shear_y, translate_x, translate_y}) CHECK(at(operation, 15).either_sign);
  CHECK_FALSE(at(color, 15).either_sign);
}

TEST_CASE("timm's operations at levels, and rand-m9-mstd0.5-inc1: the bytes that Pillow computes from the same draws") {
  const Image picture = pattern("smooth", 37, 53, 3);
  Hashes hashes;
  for (const bool increasing : {false, true}) {
    pillow::RandAugmentOptions options;
    options.increasing = increasing;
    options.filters = {pillow::Filter::bilinear, pillow::Filter::bicubic};
    for (double level : {0.0, 5.5, 9.0, 10.0, 14.0})
      for (std::size_t i = 0; i < std::size(timm_names); ++i)
        for (std::uint64_t sample = 0; sample < 4; ++sample) {
          Draws draws = draws_of(5, 2, sample);
          if (increasing && level > 10 && timm_names[i] == "posterize") continue;  // below 0 bits: Pillow has no meaning for it
          hashes.add("timm " + std::to_string(increasing) + " " + timm_names[i],
                     pillow::detail::apply_operation(static_cast<pillow::detail::Operation>(i), picture, level, options, draws));
        }
  }
  for (std::uint64_t sample = 0; sample < 60; ++sample) {
    Draws draws = draws_of(0x123456789, 3, sample);
    hashes.add("timm randaugment", pillow::rand_augment(picture, {}, draws));
  }
  hashes.check();
}

TEST_CASE("RandAugment: equal streams give equal bytes, samples differ, grey pictures work with timm's") {
  const Image picture = pattern("smooth", 24, 24, 3), grey = pattern("smooth", 24, 24, 1);
  std::set<std::string> scenic, timm;
  for (std::uint64_t sample = 0; sample < 100; ++sample) {
    const auto run = [&] {
      Draws a = draws_of(1, 2, sample), b = a, c = a;
      return std::tuple(tensorflow::rand_augment(picture, 2, 15, a), pillow::rand_augment(picture, {}, b), pillow::rand_augment(grey, {}, c));
    };
    CHECK(run() == run());
    const auto [first, second, third] = run();
    scenic.emplace(first.values.begin(), first.values.end());
    timm.emplace(second.values.begin(), second.values.end());
  }
  CHECK(scenic.size() > 40);  // at level 15 the translations and cutout leave only grey of a picture of this size
  CHECK(timm.size() > 50);    // a quarter stays as it is
  Draws draws = draws_of(1, 2, 3);
  CHECK(tensorflow::rand_augment(picture, 0, 15, draws) == picture);
  pillow::RandAugmentOptions never;
  never.probability = 0;
  CHECK(pillow::rand_augment(picture, never, draws) == picture);
}

TEST_CASE("RandAugment: wrong arguments are an Error") {
  const Image picture = pattern("smooth", 8, 8, 3), grey = pattern("smooth", 8, 8, 1);
  Draws draws = draws_of(1, 2, 3);
  CHECK_THROWS_WITH_AS(tensorflow::rand_augment(grey, 2, 15, draws), "rand_augment: wanted a picture with 3 channels, found 1", Error);
  CHECK_THROWS_AS(tensorflow::rand_augment(picture, -1, 15, draws), Error);
  CHECK_THROWS_AS(tensorflow::rand_augment(picture, 2, -1, draws), Error);
  CHECK_THROWS_AS(tensorflow::rand_augment(picture, 2, 101, draws), Error);
  for (const auto& wrong : {pillow::RandAugmentOptions{-1}, {9, -1}, {9, 2, -0.5}, {9, 2, 0.5, -1}, {9, 2, 0.5, 10, true, 1.5}})
    CHECK_THROWS_AS(pillow::rand_augment(picture, wrong, draws), Error);
}
