#pragma once
/// adatape/testing/gradient_check.hpp for doctest.
#include <doctest/doctest.h>

#include "adatape/testing/gradient_check.hpp"
#include "random_values.hpp"
#include "threads.hpp"

namespace adatape::testing {

using gradcheck::Evaluation, gradcheck::Situation, gradcheck::make_context, gradcheck::weighted_sum;

/// Fails the test unless every place agreed and nearly none was skipped.
inline void check_report(const gradcheck::GradientReport& report) {
  INFO(report.summary());
  CHECK(report.worst <= gradcheck::GradientReport::bound);
  CHECK(report.compared > 0);
  CHECK(50 * report.skipped <= report.compared);
}

struct GradientCheck : gradcheck::GradientCheck {
  using gradcheck::GradientCheck::GradientCheck;
  void finish() const { check_report(report()); }
};

/// Checks all parameters and the input of a layer on a ragged batch.
template <class L>
void check_layer_gradients(const RaggedPacking& ragged, const Situation& situation = {}) {
  check_report(gradcheck::check_layer<L>(ragged, situation));
}

}  // namespace adatape::testing
