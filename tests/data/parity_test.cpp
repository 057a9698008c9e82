#include "adatape/data/parity.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "../io/files.hpp"

using adatape::Index;
using adatape::data::ParityTask;

TEST_CASE("parity: rows are one-hot over (-1, 0, 1) and the label is the number of ones mod 2") {
  std::array<int, 3> symbols{};
  int odd = 0;
  for (const Index length : {1, 2, 7, 32}) {
    const ParityTask task{length, 5};
    std::vector<float> one_hot(static_cast<std::size_t>(length * 3));
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const int label = task.sample<float>(3, i, one_hot);
      int ones = 0;
      for (std::size_t row = 0; row < static_cast<std::size_t>(length); ++row) {
        const std::array values{one_hot[3 * row], one_hot[3 * row + 1], one_hot[3 * row + 2]};
        int symbol = -1;
        for (int s = 0; s < 3; ++s) {
          const float value = values[static_cast<std::size_t>(s)];
          REQUIRE((value == 0 || value == 1));
          if (value == 1) {
            REQUIRE(symbol == -1);
            symbol = s;
          }
        }
        REQUIRE(symbol >= 0);
        ++symbols[static_cast<std::size_t>(symbol)];
        ones += symbol - 1 == 1;
      }
      REQUIRE(label == ones % 2);
      odd += label;
    }
  }
  for (const int count : symbols) CHECK(count == doctest::Approx(28000).epsilon(0.02));  // 84 000 symbols, standard deviation 137
  CHECK(odd == doctest::Approx(3556).epsilon(0.05));                                     // 2000 (1 - 3^-length) / 2 of each length
}

TEST_CASE("parity: a sample follows from seed, set, step and number alone") {
  const auto draw = [](std::uint64_t seed, std::uint32_t set, std::uint64_t step, std::uint64_t number) {
    std::vector<double> one_hot(96);
    ParityTask{32, seed, set}.sample<double>(step, number, one_hot);
    return one_hot;
  };
  const auto sample = draw(1, 0, 2, 3);
  draw(9, 9, 9, 9);
  CHECK(draw(1, 0, 2, 3) == sample);
  CHECK(draw(2, 0, 2, 3) != sample);
  CHECK(draw(1, 1, 2, 3) != sample);
  CHECK(draw(1, 0, 3, 3) != sample);
  CHECK(draw(1, 0, 2, 4) != sample);
  std::vector<float> narrow(96);
  ParityTask{32, 1}.sample<float>(2, 3, narrow);
  CHECK(std::equal(narrow.begin(), narrow.end(), sample.begin()));
}

TEST_CASE("parity: symbols behind the first `random` are 0, and the others stay as they are") {
  const auto draw = [](adatape::Index random) {
    std::vector<float> one_hot(96);
    const int label = ParityTask{.length = 32, .seed = 1, .random = random}.sample<float>(2, 3, one_hot);
    return std::pair(label, one_hot);
  };
  const auto whole = draw(0).second;
  CHECK(draw(32).second == whole);
  for (adatape::Index random : {1, 7, 31}) {
    const auto [label, found] = draw(random);
    int ones = 0;
    bool right = true;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const bool is_random = static_cast<adatape::Index>(i) < 3 * random;
      right = right && found[i] == (is_random ? whole[i] : i % 3 == 1 ? 1.f : 0.f);
      ones += i % 3 == 2 && found[i] == 1 ? 1 : 0;
    }
    CHECK(right);
    CHECK(label == ones % 2);
  }
}

TEST_CASE("parity: misuse") {
  std::vector<float> room(95);
  CHECK(adatape::test::error_of([&] { ParityTask{32}.sample<float>(0, 0, room); }) == "parity: wanted room for [32, 3] values, found 95");
  CHECK(adatape::test::error_of([&] { ParityTask{0}.sample<float>(0, 0, room); }) == "parity: wanted a length of at least 1, found 0");
  room.resize(96);
  CHECK(adatape::test::error_of([&] { ParityTask{.length = 32, .random = 33}.sample<float>(0, 0, room); }) ==
        "parity: wanted 0 to 32 random symbols, found 33");
}
