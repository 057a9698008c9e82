#include "picture_keys.hpp"

#include <Eigen/Dense>

#include "../tasks/idx_pictures.hpp"

namespace adatape::examples {

namespace {

constexpr Index kSide = kIdxPicture / 2, kReduced = kSide * kSide;
using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// [pictures, kReduced]. `checksum` is that of the split before, and becomes that of this one.
Rows read_pictures(const std::filesystem::path& directory, data::Split split, std::uint32_t& checksum) {
  const auto set = load_idx_pictures(directory, split);
  checksum = checksum_of(set, checksum);
  require(set.count > kReduced, directory.string(), ": wanted more than ", kReduced, " pictures, found ", set.count);
  Rows reduced(set.count, kReduced);
  for (Index n = 0; n < set.count; ++n)
    for (Index r = 0; r < kSide; ++r)
      for (Index c = 0; c < kSide; ++c) reduced(n, r * kSide + c) = block_mean(set.image(n), 2 * r, 2 * c, 2);
  return reduced;
}

std::vector<float> project(const Rows& pictures, const Eigen::RowVectorXf& mean, const Eigen::MatrixXf& components) {
  const Rows keys = (pictures.rowwise() - mean) * components;
  return {keys.data(), keys.data() + keys.size()};
}

}  // namespace

PictureKeys::PictureKeys(const std::filesystem::path& directory) {
  const Rows train = read_pictures(directory, data::Split::train, checksum_), test = read_pictures(directory, data::Split::test, checksum_);
  const Eigen::RowVectorXf mean = train.colwise().mean();
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(kReduced, kReduced);
  constexpr Index kPart = 4096;  // pictures that are centred at once
  for (Index begin = 0; begin < train.rows(); begin += kPart) {
    const Eigen::MatrixXd part = (train.middleRows(begin, std::min(kPart, train.rows() - begin)).rowwise() - mean).cast<double>();
    covariance += part.transpose() * part;
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance / static_cast<double>(train.rows()));
  const Eigen::VectorXd deviations = solver.eigenvalues().tail(kValues).reverse().cwiseSqrt();
  require(deviations.minCoeff() > 1e-6, directory.string(), ": wanted pictures that differ in ", kValues, " directions, found fewer");
  const Eigen::MatrixXf components = (solver.eigenvectors().rightCols(kValues).rowwise().reverse() * deviations.cwiseInverse().asDiagonal()).cast<float>();
  for (int i = 0; i < kValues; ++i) noise_[static_cast<std::size_t>(i)] = 0.5 / deviations[i];
  train_ = project(train, mean, components);
  test_ = project(test, mean, components);
}

}  // namespace adatape::examples
