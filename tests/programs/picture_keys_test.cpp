#include <doctest/doctest.h>

#include <Eigen/Core>
#include <cmath>

#include "../io/files.hpp"
#include "recall/picture_keys.hpp"
#include "test_files.hpp"

using namespace adatape::examples;

namespace {

constexpr int kPixels = 28 * 28;

void write_set(const std::filesystem::path& directory, const std::string& stem, const std::vector<Bytes>& pictures) {
  Bytes pixels;
  for (const auto& picture : pictures) pixels.insert(pixels.end(), picture.begin(), picture.end());
  const auto count = static_cast<std::uint32_t>(pictures.size());
  write_idx(directory / (stem + "-images-idx3-ubyte"), {count, 28, 28}, pixels);
  write_idx(directory / (stem + "-labels-idx1-ubyte"), {count}, Bytes(count, 0));
}

Eigen::MatrixXd keys_of(const PictureKeys& keys, bool test) {
  Eigen::MatrixXd all(keys.count(test), PictureKeys::kValues);
  for (std::uint32_t n = 0; n < keys.count(test); ++n) {
    std::array<float, PictureKeys::kValues> key{};
    keys.write(test, n, key);
    for (int i = 0; i < PictureKeys::kValues; ++i) all(n, i) = static_cast<double>(key[static_cast<std::size_t>(i)]);
  }
  return all;
}

}  // namespace

TEST_CASE("keys of pictures: training keys have mean 0 and covariance 1, and noise_of is what noise of a pixel does to a key") {
  const adatape::test::TemporaryDirectory directory;
  std::vector<Bytes> train(400, Bytes(kPixels));
  std::uint32_t state = 1;
  for (std::size_t n = 0; n < train.size(); ++n)
    for (std::size_t p = 0; p < kPixels; ++p) {
      state = state * 1664525 + 1013904223;
      train[n][p] = static_cast<std::uint8_t>((state >> 24) / (1 + p % 28));
    }
  // Test picture 0 is dark; picture p + 1 has one bright pixel, p.
  std::vector<Bytes> test(kPixels + 1, Bytes(kPixels, 0));
  for (std::size_t p = 0; p < kPixels; ++p) test[p + 1][p] = 255;
  write_set(directory.path(), "train", train);
  write_set(directory.path(), "t10k", test);
  const PictureKeys keys(directory.path());

  const Eigen::MatrixXd trained = keys_of(keys, false), tested = keys_of(keys, true);
  REQUIRE(trained.rows() == 400);
  REQUIRE(tested.rows() == kPixels + 1);
  CHECK(trained.colwise().mean().cwiseAbs().maxCoeff<Eigen::PropagateNaN>() < 1e-4);
  const Eigen::MatrixXd covariance = trained.transpose() * trained / 400;
  CHECK((covariance - Eigen::MatrixXd::Identity(covariance.rows(), covariance.cols())).cwiseAbs().maxCoeff<Eigen::PropagateNaN>() < 1e-4);
  const Eigen::MatrixXd derivative = tested.bottomRows(kPixels).rowwise() - tested.row(0);  // of a key by each pixel
  for (int i = 0; i < PictureKeys::kValues; ++i) CHECK(derivative.col(i).norm() == doctest::Approx(keys.noise_of(i)).epsilon(1e-4));
}

TEST_CASE("keys of pictures: too few pictures, and pictures that do not differ, are refused") {
  const adatape::test::TemporaryDirectory directory;
  write_set(directory.path(), "train", std::vector<Bytes>(196, Bytes(kPixels)));
  write_set(directory.path(), "t10k", std::vector<Bytes>(197, Bytes(kPixels)));
  CHECK(adatape::test::error_of([&] { PictureKeys keys(directory.path()); }) == directory.path().string() + ": wanted more than 196 pictures, found 196");
  write_set(directory.path(), "train", std::vector<Bytes>(197, Bytes(kPixels)));
  CHECK(adatape::test::error_of([&] { PictureKeys keys(directory.path()); }) ==
        directory.path().string() + ": wanted pictures that differ in 16 directions, found fewer");
}
