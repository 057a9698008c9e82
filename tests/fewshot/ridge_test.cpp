#include "adatape/fewshot/ridge.hpp"

#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>

#include "../io/files.hpp"
#include "../random_values.hpp"
#include "../threads.hpp"
#include "fewshot_problem.hpp"
#include "ridge_table.hpp"

using adatape::Index;
using adatape::RowMatrix;
using adatape::fewshot::accuracy;
using adatape::fewshot::Features;
using adatape::fewshot::Ridge;
using adatape::fewshot::RidgeClassifier;
using adatape::fewshot::Side;
using adatape::test::error_of;
using namespace adatape::testing;

namespace {

double distance(const Matrix& a, const Matrix& b) { return (a - b).cwiseAbs().maxCoeff<Eigen::PropagateNaN>() / std::max(1.0, b.cwiseAbs().maxCoeff()); }

/// Weights by the definition with its column of 100, from the eigenvectors of X'X. In long double, because the column makes the largest eigenvalue 1e4 N: in
/// double the eigenvectors would give errors of about 2e-16 1e4 N / l2, which is 2e-8 for 9 images and l2 = 1e-3.
Matrix weights_by_eigenvectors(const Matrix& features, const Labels& labels, Index classes, double l2) {
  using Wide = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  const Wide x = features.cast<long double>();
  const Eigen::RowVector<long double, Eigen::Dynamic> mean = x.colwise().mean();
  const Eigen::RowVector<long double, Eigen::Dynamic> deviation = ((x.rowwise() - mean).array().square().colwise().mean().sqrt() + 1e-5L).matrix();
  Wide columns(x.rows(), x.cols() + 1), targets = Wide::Constant(x.rows(), classes, -1);
  columns << (x.rowwise() - mean).array().rowwise() / deviation.array(), Wide::Constant(x.rows(), 1, 100);
  for (Index n = 0; n < x.rows(); ++n) targets(n, labels[static_cast<std::size_t>(n)]) = 1;
  const Eigen::SelfAdjointEigenSolver<Wide> eigen(columns.transpose() * columns);
  const Eigen::Vector<long double, Eigen::Dynamic> inverse = (eigen.eigenvalues().array() + l2).inverse();
  const Wide weights = eigen.eigenvectors() * inverse.asDiagonal() * eigen.eigenvectors().transpose() * (columns.transpose() * targets);
  return weights.cast<double>();
}

}  // namespace

TEST_CASE("ridge: weights and predictions are those of numpy") {
  for (const auto& expected : ridge_cases) {
    CAPTURE(expected.seed);
    const auto x = problem_features(expected.seed, 0, expected.train, expected.features, expected.classes);
    const auto test = problem_features(expected.seed, expected.train, expected.test, expected.features, expected.classes);
    const auto labels = problem_labels(0, expected.train, expected.classes);
    const Eigen::Map<const Matrix> weights(expected.weights.data(), expected.features + 1, expected.classes);
    const Ridge ridge(x, labels, expected.classes);
    CHECK(ridge.is_dual() == expected.dual);
    for (const auto side : {Side::smaller, Side::primal, Side::dual}) {
      const auto classifier = Ridge(x, labels, expected.classes, side).solve(expected.l2);
      CHECK(distance(classifier.weights, weights) < 1e-9);
      CHECK(classifier.predict(test) == Labels(expected.predictions.begin(), expected.predictions.end()));
    }
  }
}

TEST_CASE("ridge: primal, dual and eigenvectors agree, with fewer images than features and with more") {
  for (const Index images : {9, 40, 300})
    for (const double l2 : {1e-3, 1.0, 1024.0}) {
      CAPTURE(images);
      CAPTURE(l2);
      const auto x = problem_features(7, 0, images, 21, 5);
      const auto labels = problem_labels(0, images, 5);
      const auto primal = Ridge(x, labels, 5, Side::primal).solve(l2), dual = Ridge(x, labels, 5, Side::dual).solve(l2);
      CHECK(distance(primal.weights, dual.weights) < 1e-10);
      CHECK(distance(primal.weights, weights_by_eigenvectors(x, labels, 5, l2)) < 1e-10);
    }
}

TEST_CASE("ridge: a scaled and shifted feature leaves the predictions") {
  const auto x = problem_features(8, 0, 30, 12, 4), test = problem_features(8, 30, 200, 12, 4);
  const auto labels = problem_labels(0, 30, 4);
  Eigen::RowVectorXd scale(12), shift(12);
  for (Index f = 0; f < 12; ++f) {
    scale[f] = std::ldexp(1.0, static_cast<int>(f % 5));
    shift[f] = 3.0 * static_cast<double>(f) - 10;
  }
  const auto changed = [&](const Matrix& m) -> Matrix { return ((m.array().rowwise() * scale.array()).rowwise() + shift.array()).matrix(); };
  for (const double l2 : {1.0, 1024.0}) CHECK(Ridge(x, labels, 4).solve(l2).predict(test) == Ridge(changed(x), labels, 4).solve(l2).predict(changed(test)));
  // What a wrong scale does is noticed.
  Matrix wrong = test;
  wrong.col(0).array() *= -50;
  CHECK(Ridge(x, labels, 4).solve(1).predict(test) != Ridge(x, labels, 4).solve(1).predict(wrong));
}

TEST_CASE("ridge: a feature that is constant in training has no weight, whatever it is in the test") {
  auto x = problem_features(9, 0, 24, 10, 4), test = problem_features(9, 24, 50, 10, 4);
  const auto labels = problem_labels(0, 24, 4);
  x.col(3).setConstant(0.1);  // the sum of 24 of them is not 2.4
  test.col(3).setConstant(0.1);
  for (const auto side : {Side::primal, Side::dual}) {
    const auto classifier = Ridge(x, labels, 4, side).solve(1e-3);
    CHECK(classifier.mean[3] == 0.1);
    CHECK(classifier.deviation[3] == 1e-5);
    CHECK((classifier.weights.row(3).array() == 0).all());
    auto huge = test;
    for (Index i = 0; i < 50; ++i) huge(i, 3) = i % 2 == 0 ? 1e30 : -1e30;
    CHECK(classifier.predict(test) == classifier.predict(huge));
  }
}

TEST_CASE("ridge: one image of each class is told from the others with a small l2, and a large l2 gives the means of the classes") {
  const auto x = problem_features(10, 0, 8, 20, 9);
  const auto labels = balanced_labels(8, 8);
  CHECK(accuracy(Ridge(x, labels, 8).solve(1e-3).predict(x), labels) == 1);
  const double l2 = 1e12;
  for (const auto side : {Side::primal, Side::dual}) {
    const auto classifier = Ridge(x, labels, 8, side).solve(l2);
    const Matrix z = ((x.rowwise() - classifier.mean).array().rowwise() / classifier.deviation.array()).matrix();
    CHECK(distance(classifier.weights.topRows(20) * l2, 2 * z.transpose()) < 1e-9);
  }
}

TEST_CASE("ridge: with equally many images of each class the bias is the same for all, so that no prediction needs it") {
  const auto x = problem_features(11, 0, 40, 12, 5), test = problem_features(11, 40, 100, 12, 5);
  const auto labels = balanced_labels(40, 5);
  auto classifier = Ridge(x, labels, 5).solve(1024);
  const double bias = 100 * (2 * 8 - 40) / (1e4 * 40 + 1024);
  for (Index c = 0; c < 5; ++c) CHECK(classifier.weights(12, c) == doctest::Approx(bias).epsilon(1e-14));
  const auto predictions = classifier.predict(test);
  classifier.weights.row(12).setZero();
  CHECK(classifier.predict(test) == predictions);
}

TEST_CASE("ridge: several l2 from one matrix are those of several matrices, and chosen images those of a matrix of them") {
  const auto x = problem_features(12, 0, 30, 8, 4);
  const auto labels = problem_labels(0, 30, 4);
  const std::vector<Index> chosen{4, 2, 9, 17, 3, 20, 21, 28, 11, 5};
  Matrix rows(10, 8);
  Labels of_rows;
  for (Index n = 0; n < 10; ++n) {
    const Index i = chosen[static_cast<std::size_t>(n)];
    rows.row(n) = x.row(i);
    of_rows.push_back(labels[static_cast<std::size_t>(i)]);
  }
  const Ridge once(x, labels, chosen, 4);
  for (const double l2 : {1024.0, 1e-3, 1.0}) CHECK((once.solve(l2).weights.array() == Ridge(rows, of_rows, 4).solve(l2).weights.array()).all());
}

TEST_CASE("ridge: float features, rows that lie apart and a Ref give the same bits as their doubles") {
  const Matrix x = problem_features(13, 0, 20, 8, 4).cast<float>().cast<double>();
  const auto labels = problem_labels(0, 20, 4);
  const RowMatrix<float> single = x.cast<float>();
  Matrix wide = Matrix::Constant(20, 13, 1e9);
  wide.leftCols(8) = x;
  const Eigen::Ref<const Matrix, 0, Eigen::OuterStride<>> part(wide.leftCols(8));
  const auto weights = Ridge(x, labels, 4).solve(1).weights;
  CHECK((Ridge(single, labels, 4).solve(1).weights.array() == weights.array()).all());
  CHECK((Ridge(part, labels, 4).solve(1).weights.array() == weights.array()).all());
  CHECK(Ridge(x, labels, 4).solve(1).predict(single) == Ridge(x, labels, 4).solve(1).predict(part));
}

TEST_CASE("ridge: any number of threads gives the same bits") {
  const auto labels = problem_labels(0, 400, 20);
  const auto test = problem_features(14, 400, 700, 90, 20);
  for (const Index images : {60, 400}) {  // dual and primal
    const auto x = problem_features(14, 0, images, 90, 20);
    const auto of_images = std::span(labels).first(static_cast<std::size_t>(images));
    std::vector<Matrix> weights;
    std::vector<Labels> predictions;
    for (const int threads : {1, 2, 3, 8}) {
      const Threads scope(threads);
      const auto classifier = Ridge(x, of_images, 20).solve(1);
      weights.push_back(classifier.weights);
      predictions.push_back(classifier.predict(test));
    }
    for (std::size_t i = 1; i < weights.size(); ++i) {
      CHECK((weights[i].array() == weights[0].array()).all());
      CHECK(predictions[i] == predictions[0]);
    }
  }
}

TEST_CASE("ridge: predictions are the largest scores, and of equal ones the first") {
  const auto x = problem_features(15, 0, 60, 30, 23), test = problem_features(15, 60, 150, 30, 23);
  const auto classifier = Ridge(x, problem_labels(0, 60, 23), 23).solve(1);
  const Matrix z = ((test.rowwise() - classifier.mean).array().rowwise() / classifier.deviation.array()).matrix();
  const Matrix scores = (z * classifier.weights.topRows(30)).rowwise() + 100 * classifier.weights.row(30);
  const auto predictions = classifier.predict(test);
  for (Index i = 0; i < 150; ++i) {
    Index best = 0;
    scores.row(i).maxCoeff(&best);
    CHECK(predictions[static_cast<std::size_t>(i)] == best);
  }
  RidgeClassifier tied{.mean = Eigen::RowVectorXd::Zero(2), .deviation = Eigen::RowVectorXd::Ones(2), .weights = Matrix::Zero(3, 20)};
  tied.weights.row(2) << 0, 1, 2, 3, 3, 1, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0;
  CHECK(tied.predict(Matrix(Matrix::Ones(3, 2))) == Labels{3, 3, 3});
  CHECK(classifier.predict(Matrix(0, 30)).empty());
}

TEST_CASE("ridge: misuse and values that are not finite") {
  auto x = problem_features(16, 0, 10, 4, 4);
  auto labels = problem_labels(0, 10, 4);
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(error_of([&] { Ridge(x, std::span(labels).first(9), 4); }) == "ridge: wanted a label for each of the 10 images, found 9 labels");
  CHECK(error_of([&] { Ridge(x, labels, std::vector<Index>{}, 4); }) == "ridge: wanted at least 1 training image, found none");
  CHECK(error_of([&] { Ridge(x, labels, std::vector<Index>{0, 10}, 4); }) == "ridge: wanted images from 0 to 9, found 10");
  CHECK(error_of([&] { Ridge(x, labels, 2); }) == "ridge: wanted labels from 0 to 1, found 2 of image 2");
  CHECK(error_of([&] { Ridge(Matrix(10, 0), labels, 4); }) == "ridge: wanted at least 1 feature and 1 class, found 0 and 4");
  const Ridge ridge(x, labels, 4);
  for (const double l2 : {0.0, -1.0, infinity, nan}) CHECK(error_of([&] { ridge.solve(l2); }).starts_with("ridge: wanted a finite l2 greater than 0, found "));
  const auto classifier = ridge.solve(1);
  CHECK(error_of([&] { classifier.predict(Matrix(Matrix::Ones(2, 5))); }) == "ridge: wanted images of 4 features, found 5");
  for (const double bad : {nan, infinity, -infinity}) {
    auto test = problem_features(16, 0, 300, 4, 4);
    test(250, 2) = test(77, 3) = bad;
    for (const int threads : {1, 4}) {
      const Threads scope(threads);
      CHECK(error_of([&] { classifier.predict(test); }).ends_with("as feature 3 of image 77"));
    }
    auto changed = x;
    changed(7, 1) = bad;
    CHECK(error_of([&] { Ridge(changed, labels, 4); }).ends_with("as feature 1 of image 7"));
    CHECK(Ridge(changed, labels, std::vector<Index>{0, 1, 2}, 4).is_dual());  // image 7 is not chosen
  }
  auto large = x;
  large(3, 2) = 1e200;
  CHECK(error_of([&] { Ridge(large, labels, 4); }) == "ridge: wanted features whose deviation is finite, found inf as deviation of feature 2");
  auto test = x;
  test(5, 1) = 1e308;
  auto narrow = classifier;
  narrow.deviation[1] = 1e-5;
  CHECK(error_of([&] { narrow.predict(test); }) == "ridge: wanted features small enough for finite scores, found image 5 with scores that are not finite");
  CHECK(error_of([&] { accuracy(Labels{}, Labels{}); }) == "accuracy: wanted at least 1 label and as many predictions, found 0 and 0");
  CHECK(error_of([&] { accuracy(Labels{1}, Labels{1, 2}); }) == "accuracy: wanted at least 1 label and as many predictions, found 2 and 1");
}
