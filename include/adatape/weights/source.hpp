#pragma once
/// The common view of a file of weights, whichever library wrote it: named tensors that are read as double.
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adatape/core/error.hpp"
#include "adatape/core/types.hpp"
#include "adatape/io/safetensors_info.hpp"
#include "adatape/io/text.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// What a file says about one of its tensors.
struct SourceTensor {
  std::string type;          ///< of an element: the name that safetensors has for it, such as "F32", or the file's own
  std::vector<Index> shape;  ///< empty: one element
  bool readable = true;      ///< whether the elements are floating-point numbers of a type that is read
};

/// The limits of all readers, which bound the memory that opening a file takes. Tensors are read only where they are asked for.
struct SourceLimits {
  std::size_t header = 16'000'000;  ///< bytes of a directory, a pickle or another description of tensors, and of all names of tensors and markers
  std::size_t tensors = 100'000;    ///< number of tensors, of markers, and of entries of an archive
  std::size_t values = 1'000'000;   ///< of a pickle
  std::size_t name = 1000;          ///< bytes of the name of a tensor
  std::size_t rank = 32;            ///< dimensions of a tensor
  int depth = 32;                   ///< of dictionaries inside one another
  std::size_t shared = 64'000'000;  ///< bytes to which deflated data inflate that hold more than the tensor that is read
};

/// An open file of weights. Keys of nested dictionaries are joined to the name of a tensor: by '.' in files of torch.save, by '/' in those of Flax. A name is a
/// name and nothing else: no file is ever written or opened by it. References are valid as long as this object. One thread reads at a time.
class TensorSource {
 public:
  /// Tensors by name.
  using Tensors = std::map<std::string, SourceTensor, std::less<>>;

  virtual ~TensorSource() = default;
  TensorSource(const TensorSource&) = delete;
  TensorSource& operator=(const TensorSource&) = delete;

  /// The path of the file as text for messages.
  const std::string& path() const { return path_; }
  /// The kind of file for messages, such as "a NumPy archive".
  std::string_view format() const { return format_; }
  /// Every tensor by name, in alphabetical order.
  const Tensors& tensors() const { return tensors_; }
  /// Whether there is a tensor of that name, readable or not.
  bool contains(std::string_view name) const { return tensors_.contains(name); }
  /// What stands in the place of a tensor and cannot be read: a text for a message by the name.
  const std::map<std::string, std::string, std::less<>>& markers() const { return markers_; }

  /// Shape and type of tensor `name`. Throws Error if there is none.
  const SourceTensor& info(std::string_view name) const {
    const auto found = tensors_.find(name);
    if (found != tensors_.end()) return found->second;
    const auto marker = markers_.find(name);
    require(marker == markers_.end(), path_, ": ", io::in_quotes(name), ": wanted a tensor, found ", marker == markers_.end() ? "" : marker->second);
    throw Error(path_ + ": tensor " + io::in_quotes(name) + " is missing");
  }

  /// The elements of tensor `name`, row-major, each with its exact value. Throws Error if there is no such tensor, if it is not readable, if the data cannot be
  /// read or are damaged, and if the file was written to since it was opened. Throws std::bad_alloc where there is no memory.
  std::vector<double> read(std::string_view name) const {
    const auto& tensor = info(name);
    require(tensor.readable, path_, ": tensor ", io::in_quotes(name), ": wanted a floating-point type that is read here, found ", io::in_quotes(tensor.type));
    return values(name);
  }

 protected:
  /// A source without tensors. `format` is a view that must outlive it, such as a literal.
  TensorSource(std::string path, std::string_view format) : path_(std::move(path)), format_(format) {}

  /// Adds a tensor. Throws Error for a second one of that name, a name or a rank above the limits, and for more tensors, or more bytes of names, than the
  /// limits have.
  void add(std::string name, SourceTensor tensor, const SourceLimits& limits) {
    count_name(name, limits);
    require(tensor.shape.size() <= limits.rank, path_, ": tensor ", io::in_quotes(name), ": more than ", limits.rank, " dimensions");
    require(tensors_.size() < limits.tensors, path_, ": more than ", limits.tensors, " tensors");
    const auto [at, is_new] = tensors_.try_emplace(std::move(name), std::move(tensor));
    require(is_new, path_, ": tensor ", io::in_quotes(at->first), " appears twice");
  }
  /// Notes what stands in the place of tensor `name`, as a text that follows "found". A second one of a name is not kept. Throws Error for a name above the
  /// limits, and for more markers, or more bytes of names, than the limits have.
  void add_marker(const std::string& name, std::string found, const SourceLimits& limits) {
    count_name(name, limits);
    require(markers_.size() < limits.tensors, path_, ": more than ", limits.tensors, " objects that are no tensors");
    markers_.try_emplace(name, std::move(found));
  }

  /// The elements of a tensor that is there and readable.
  virtual std::vector<double> values(std::string_view name) const = 0;

 private:
  /// A dictionary that stands in many places of a small file gives each of its tensors as many names.
  void count_name(const std::string& name, const SourceLimits& limits) {
    require(name.size() <= limits.name, path_, ": the name ", io::in_quotes(name), " has ", name.size(), " bytes, wanted at most ", limits.name);
    named_ += name.size();
    require(named_ <= limits.header, path_, ": the names of all tensors have more than ", limits.header, " bytes");
  }

  std::string path_;
  std::string_view format_;
  std::size_t named_ = 0;  ///< bytes of all names
  Tensors tensors_;
  std::map<std::string, std::string, std::less<>> markers_;
};

}  // namespace adatape::weights
