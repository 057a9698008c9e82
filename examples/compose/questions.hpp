#pragma once
/// The task of own_tokens.cpp. The tokens of a sample, 1 to 5, ask for a key, each in noise of its own. The sample's memory has 2 to 16 rows of a key and a
/// class. The answer is the class of the asked key.
#include <vector>

#include "adatape/adatape.hpp"

constexpr int kKey = 8, kClasses = 4;

/// A batch of questions. Equal numbers give equal batches.
struct Questions {
  std::vector<float> tokens, memory;
  std::vector<adatape::Index> token_offsets, memory_offsets;
  std::vector<std::int64_t> labels;

  void draw(std::uint64_t number, adatape::Index samples) {
    tokens.clear(), memory.clear(), labels.clear();
    token_offsets = memory_offsets = {0};
    for (adatape::Index b = 0; b < samples; ++b) {
      const adatape::Stream random(number, adatape::Purpose::data, 0, static_cast<std::uint64_t>(b));
      std::uint64_t draws = 0;
      const auto below = [&](std::uint64_t end) { return static_cast<adatape::Index>(random.below(draws++, end)); };
      const adatape::Index length = 1 + below(5), rows = 2 + below(15), asked = below(static_cast<std::uint64_t>(rows));
      const std::size_t first = memory.size();
      for (adatape::Index row = 0; row < rows; ++row) {
        for (int i = 0; i < kKey; ++i) memory.push_back(below(2) == 0 ? -1.f : 1.f);
        const adatape::Index label = below(kClasses);
        for (int c = 0; c < kClasses; ++c) memory.push_back(c == label ? 1.f : 0.f);
        if (row == asked) labels.push_back(label);
      }
      for (adatape::Index t = 0; t < length; ++t)
        for (int i = 0; i < kKey; ++i)
          tokens.push_back(memory[first + static_cast<std::size_t>(asked * (kKey + kClasses) + i)] + 0.3f * static_cast<float>(random.normal(1000 + draws++)));
      token_offsets.push_back(token_offsets.back() + length);
      memory_offsets.push_back(memory_offsets.back() + rows);
    }
  }
  adatape::SamplesWithBank<adatape::RaggedSamples<float, kKey, 1>, float, kKey + kClasses> input() const {
    return {{tokens, token_offsets}, {memory, memory_offsets}};
  }
};
