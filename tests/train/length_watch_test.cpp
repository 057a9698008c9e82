#include "adatape/train/length_watch.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace adatape;

namespace {

train::BatchReport of_length(double length) {
  train::BatchReport report;
  report.mean_tape_length = length;
  report.weight = 1;
  return report;
}

}  // namespace

TEST_CASE("LengthWatch speaks once, after so many steps in a row at the least length") {
  train::LengthWatch watch(1.5, 2, 4, 3);  // at least two tokens in each of two reads
  CHECK_FALSE(watch.add(of_length(4)));
  CHECK_FALSE(watch.add(of_length(4)));
  CHECK_FALSE(watch.add(of_length(4.01)));  // one of a hundred samples read one token more
  CHECK_FALSE(watch.add(of_length(4)));
  CHECK_FALSE(watch.add(of_length(4.0000000001)));
  const auto message = watch.add(of_length(4));
  REQUIRE(message);
  CHECK(message->find("the last 3 steps read the fewest tape tokens, 4:") != message->npos);
  CHECK(message->find("its delay and ramp") != message->npos);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(watch.add(of_length(4)));
}

TEST_CASE("LengthWatch names the cause where one bank token a step makes all lengths equal; a whole tau is its own least length") {
  train::LengthWatch watch(3, 1, 1, 1);
  CHECK_FALSE(watch.add(of_length(3.5)));
  const auto message = watch.add(of_length(3));
  REQUIRE(message);
  CHECK(message->find("k = floor(T / tau) = 1") != message->npos);
  CHECK(message->find("tokens, 3:") != message->npos);
}

TEST_CASE("LengthWatch: the smallest tau reads one token in each read, and steps without samples do not count") {
  for (const double tau : {1e-6, 1e-9}) {
    train::LengthWatch watch(tau, 2, 4, 2);
    CHECK_FALSE(watch.add(of_length(2)));
    const auto message = watch.add(of_length(2));
    REQUIRE(message);
    CHECK(message->find("tokens, 2:") != message->npos);
  }
  train::LengthWatch watch(1.5, 1, 4, 2);
  CHECK_FALSE(watch.add({}));
  CHECK_FALSE(watch.add({}));
  CHECK_FALSE(watch.add(of_length(2)));
  CHECK_FALSE(watch.add({}));
  CHECK(watch.add(of_length(2)));
}

TEST_CASE("LengthWatch refuses numbers that no run has") {
  for (const double tau : {0.0, -1.0, std::nan(""), HUGE_VAL}) CHECK_THROWS_WITH_AS(train::LengthWatch(tau, 1, 1), doctest::Contains("above 0"), Error);
  CHECK_THROWS_WITH_AS(train::LengthWatch(1, 2, 3, 0), "LengthWatch: wanted at least 1 read, 1 token a step and 1 step, found 2, 3 and 0", Error);
  CHECK_THROWS_AS(train::LengthWatch(1, 0, 1), Error);
  CHECK_THROWS_AS(train::LengthWatch(1, 1, 0), Error);
}
