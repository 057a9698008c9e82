#pragma once
/// A golden file: tensors, and the configuration in its metadata. golden_file.cpp has what looks into JSON, so that the models' files do not compile it.
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adatape/core/types.hpp"
#include "adatape/train/forward.hpp"

namespace adatape::verify {

class GoldenFile {
 public:
  /// Throws Error if the file is damaged or has no configuration.
  explicit GoldenFile(const std::filesystem::path& path);
  ~GoldenFile();

  /// metadata "name".
  const std::string& name() const;
  /// The names of all tensors.
  std::vector<std::string> names() const;
  bool contains(const std::string& name) const;
  std::vector<Index> shape(const std::string& name) const;
  std::vector<double> tensor(const std::string& name) const;
  /// Nothing if there is no such tensor.
  std::vector<std::int64_t> integers(const std::string& name) const;
  /// Tensor `name` into `out`. Throws Error unless it has that shape.
  void read(const std::string& name, std::span<const Index> shape, std::span<double> out) const;

  /// The steps of the training run that the file holds; 0: it holds one pass.
  int training_steps() const;
  /// The samples of the batches that are accumulated in one step; empty: one batch of all.
  std::vector<Index> accumulated() const;
  /// Everything the run-time side of a model needs to know.
  train::TrainingOptions options() const;
  /// Whether a model with that description (model::describe) is the file's: every key of the description agrees (the threshold is a run-time setting).
  bool matches(const std::string& description) const;

 private:
  struct Content;
  std::unique_ptr<const Content> content_;
};

}  // namespace adatape::verify
