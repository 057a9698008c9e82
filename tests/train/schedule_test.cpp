#include "adatape/train/schedule.hpp"

#include <doctest/doctest.h>

using adatape::train::Decay;
using adatape::train::Schedule;
using doctest::Approx;

TEST_CASE("cosine schedule: warm-up, middle, end and past the end") {
  const Schedule schedule{Decay::cosine, 2.0, 10, 110};
  CHECK(schedule.rate(0) == 0);
  CHECK(schedule.rate(5) == Approx(1));
  CHECK(schedule.rate(10) == Approx(2));
  CHECK(schedule.rate(60) == Approx(1));
  CHECK(schedule.rate(35) == Approx(1 + std::sqrt(0.5)));
  CHECK(schedule.rate(110) == Approx(0));
  CHECK(schedule.rate(111) == schedule.rate(110));
  CHECK(schedule.rate(100000) == schedule.rate(110));
}

TEST_CASE("linear and constant schedules") {
  const Schedule linear{Decay::linear, 2.0, 10, 110}, constant{Decay::constant, 2.0, 10, 110};
  CHECK(linear.rate(5) == Approx(1));
  CHECK(linear.rate(60) == Approx(1));
  CHECK(linear.rate(110) == 0);
  CHECK(linear.rate(500) == 0);
  CHECK(constant.rate(0) == 0);
  CHECK(constant.rate(5) == Approx(1));
  CHECK(constant.rate(10) == 2);
  CHECK(constant.rate(1000) == 2);
}

TEST_CASE("schedules without warm-up, and with nothing but warm-up") {
  CHECK(Schedule{Decay::cosine, 3.0, 0, 10}.rate(0) == 3);
  CHECK(Schedule{Decay::cosine, 3.0, 0, 10}.rate(5) == Approx(1.5));
  CHECK(Schedule{Decay::linear, 3.0, 0, 1}.rate(0) == 3);
  CHECK(Schedule{Decay::linear, 3.0, 0, 1}.rate(1) == 0);
  const Schedule all_warmup{Decay::cosine, 3.0, 10, 10};
  CHECK(all_warmup.rate(9) == Approx(2.7));
  CHECK(all_warmup.rate(10) == 3);
  for (const auto decay : {Decay::cosine, Decay::linear}) {
    CHECK(Schedule{decay, 3.0, 10, 10}.rate(11) == 3);
    CHECK(Schedule{decay, 3.0, 10, 10}.rate(1000) == 3);
    for (const adatape::Index step : {5, 6, 10, 11, 1000}) CHECK(Schedule{decay, 3.0, 10, 5}.rate(step) == 1.5);
  }
  CHECK(Schedule{Decay::constant, 3.0, 10, 5}.rate(6) == Approx(1.8));
}
