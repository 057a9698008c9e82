#pragma once
/// Weights for an exporter: those of a checkpoint, or the parameters of a model.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "adatape/core/parameters.hpp"
#include "adatape/io/safetensors.hpp"
#include "adatape/onnx/description.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// The tensors of a checkpoint whose names begin with `prefix`, in float; kernels that are stored in bf16 or int8 too. The file must outlive the result.
/// Throws Error for a name that the file does not have, and as SafetensorsFile::read does.
inline Weights weights_of(const io::SafetensorsFile& file, std::string prefix = "") {
  return [&file, prefix = std::move(prefix)](const std::string& name) {
    const auto full = prefix + name;
    const auto& shape = file.info(full).shape;
    return Weight{file.read<float>(full), {shape.begin(), shape.end()}};
  };
}

/// The parameters of a model, rounded to float. They must outlive the result. Throws Error for a name that the model does not have.
template <class Model, class T>
Weights weights_of(const Parameters<Model, T>& parameters) {
  return [&parameters](const std::string& name) {
    const auto entries = Parameters<Model, T>::layout();
    const auto entry = std::ranges::find(entries, name, &LayoutEntry::name);
    require(entry != entries.end(), "ONNX: the model has no parameter ", name);
    const auto values = parameters.values(*entry);
    Weight weight{{}, {entry->dims.begin(), entry->dims.begin() + entry->rank}};
    std::ranges::transform(values, std::back_inserter(weight.values), [](T value) { return static_cast<float>(value); });
    return weight;
  };
}

}  // namespace adatape::onnx
