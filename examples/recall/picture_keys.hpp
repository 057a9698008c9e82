#pragma once
/// Pictures of Fashion-MNIST as keys: their first principal components.
#include <filesystem>
#include <vector>

#include "keys.hpp"

namespace adatape::examples {

/// Each picture of 28 x 28 pixels, from 0 to 1, is reduced to the mean over 2 x 2 of them: x, of 196 values. With the mean m and the covariance C of all
/// training pictures, l_i the largest eigenvalues of C and v_i their eigenvectors,
///     key_i = v_i . (x - m) / sqrt(l_i)          (principal components, whitened: Jolliffe, Principal Component Analysis, 2002)
/// Independent noise of deviation s on every pixel has deviation s / 2 on every x, and s / (2 sqrt(l_i)) on key_i: noise of the keys is noise of the pictures.
/// Training has the 60 000 pictures of the training set, tests have the 10 000 of the test set.
class PictureKeys : public RecallKeys {
 public:
  /// Reads Fashion-MNIST, the four files of `directory`. Throws Error as data::load_idx_dataset does, and for pictures of another size or too few of them.
  explicit PictureKeys(const std::filesystem::path& directory);

  /// Of the pictures.
  std::uint32_t checksum() const { return checksum_; }
  std::uint32_t count(bool test) const override { return static_cast<std::uint32_t>(set(test).size() / kValues); }
  void write(bool test, std::uint32_t number, Key key) const override {
    std::copy_n(set(test).begin() + std::ptrdiff_t{number} * kValues, kValues, key.begin());
  }
  double noise_of(int i) const override { return noise_[static_cast<std::size_t>(i)]; }

 private:
  const std::vector<float>& set(bool test) const { return test ? test_ : train_; }

  std::vector<float> train_, test_;  ///< [pictures, kValues]
  std::array<double, kValues> noise_{};
  std::uint32_t checksum_ = 0;
};

}  // namespace adatape::examples
