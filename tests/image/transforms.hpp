#pragma once
/// The pictures of make_transforms.py, and the comparison with the hashes that it wrote.
#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <span>
#include <string>

#include "adatape/core/random.hpp"
#include "adatape/image/image.hpp"
#include "expected_transforms.hpp"

namespace adatape::testing {

/// As `pattern` in make_transforms.py.
inline image::Image pattern(const std::string& kind, Index height, Index width, int channels) {
  image::Image out(height, width, channels);
  std::uint32_t state = 1;
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) {
        state = state * 1664525u + 1013904223u;
        const int noise = static_cast<int>(state >> 24);
        const int value = kind == "noise"    ? noise
                          : kind == "smooth" ? static_cast<int>(x * 150 / width + y * 60 / height) + 20 * c + (noise >> 6)
                          : kind == "narrow" ? 100 + (noise >> 3)
                          : kind == "flat"   ? 77
                          : noise > 127      ? 255
                                             : 0;
        out.row(y)[x * channels + c] = static_cast<std::uint8_t>(value);
      }
  return out;
}

/// The draws of a sample, as `Draws` in make_transforms.py.
inline Draws draws_of(std::uint64_t seed, std::uint64_t step, std::uint64_t sample) { return Draws(Stream(seed, Purpose::augmentation, step, sample)); }

/// Hashes of results by name. Results of one name must be added in the order of make_transforms.py.
class Hashes {
 public:
  template <class T>
  void add(const std::string& name, std::span<const T> values) {
    auto& hash = hashes_.try_emplace(name, 0xcbf29ce484222325u).first->second;
    for (const std::byte byte : std::as_bytes(values)) hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3u;
  }
  void add(const std::string& name, const image::Image& picture) {
    const std::int32_t shape[] = {static_cast<std::int32_t>(picture.height), static_cast<std::int32_t>(picture.width), picture.channels};
    add(name, std::span<const std::int32_t>(shape));
    add(name, std::span<const std::uint8_t>(picture.values));
  }
  /// Every hash against the table.
  void check() const {
    CHECK(!hashes_.empty());
    for (const auto& entry : hashes_) {
      const std::string& name = entry.first;
      const std::uint64_t hash = entry.second;
      INFO(name);
      const ExpectedHash* found = nullptr;
      for (const auto& expected : expected_transforms)
        if (name == expected.name) found = &expected;
      REQUIRE(found != nullptr);
      CHECK(hash == found->hash);
    }
  }
  std::size_t size() const { return hashes_.size(); }

 private:
  std::map<std::string, std::uint64_t> hashes_;
};

}  // namespace adatape::testing
