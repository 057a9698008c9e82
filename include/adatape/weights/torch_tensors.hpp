#pragma once
/// The tensors of what torch.save wrote: dictionaries of tensors, whose elements lie in storages outside of the pickle.
#include <array>
#include <functional>

#include "adatape/weights/pickle_value.hpp"
#include "adatape/weights/strided_source.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// The class of a storage and its elements. Those of DType::other and I64 are not read.
struct TorchType {
  std::string_view global;  ///< the class, as PickleValue has it
  std::string_view name;    ///< the type of an element, as safetensors calls it
  io::DType dtype;          ///< the type of an element here
  std::size_t bytes;        ///< of an element
};
/// The classes of storages that are known.
inline constexpr std::array<TorchType, 9> kTorchTypes{{{"torch FloatStorage", "F32", io::DType::F32, 4},
                                                       {"torch DoubleStorage", "F64", io::DType::F64, 8},
                                                       {"torch HalfStorage", "F16", io::DType::F16, 2},
                                                       {"torch BFloat16Storage", "BF16", io::DType::BF16, 2},
                                                       {"torch LongStorage", "I64", io::DType::I64, 8},
                                                       {"torch IntStorage", "I32", io::DType::other, 4},
                                                       {"torch ShortStorage", "I16", io::DType::other, 2},
                                                       {"torch ByteStorage", "U8", io::DType::other, 1},
                                                       {"torch BoolStorage", "BOOL", io::DType::other, 1}}};

/// A storage that a pickle names.
struct TorchStorage {
  const TorchType* type = nullptr;      ///< one of kTorchTypes
  Index elements = 0;                   ///< number of elements, at least 0
  std::optional<std::size_t> number{};  ///< in the StridedSource; nothing until its data are found
};
/// Storages by their keys in the pickle.
using TorchStorages = std::map<std::string, TorchStorage, std::less<>>;

namespace detail {

using Kind = PickleValue::Kind;

/// All storages of a pickle by key: persistent objects ('storage', class, key, place, elements[, view]). Those of a class that is not known are left out.
/// Throws Error beginning with `where` for an id of another form, and for two that contradict each other.
inline TorchStorages torch_storages(const Pickle& pickle, const std::string& where) {
  TorchStorages storages;
  for (const auto& value : pickle.values) {
    if (value.kind != Kind::persistent) continue;
    const auto& id = pickle[value.items[0]];
    const auto is = [&](std::size_t i, Kind kind) { return pickle[id.items[i]].kind == kind; };
    require(id.kind == Kind::tuple && id.items.size() >= 5 && id.items.size() <= 6 && is(0, Kind::text) && pickle[id.items[0]].text == "storage" &&
                is(1, Kind::global) && is(2, Kind::text) && is(4, Kind::integer) && (id.items.size() == 5 || is(5, Kind::none)),
            where, ": the pickle names an object outside of it that is no storage of a tensor");
    const auto type = std::ranges::find(kTorchTypes, pickle[id.items[1]].text, &TorchType::global);
    if (type == kTorchTypes.end()) continue;
    const auto& key = pickle[id.items[2]].text;
    const Index elements = pickle[id.items[4]].integer;
    const auto [at, is_new] = storages.try_emplace(key, TorchStorage{&*type, elements});
    require(elements >= 0 && (is_new || (at->second.type == &*type && at->second.elements == elements)), where,
            ": the pickle contradicts itself about storage ", io::in_quotes(key));
  }
  return storages;
}

/// Puts the tensors of a pickle into a source. The storages have their numbers.
class TorchCollector {
 public:
  TorchCollector(const Pickle& pickle, const TorchStorages& storages, StridedSource& source, const SourceLimits& limits)
      : pickle_(pickle), storages_(storages), source_(source), limits_(limits) {}

  void collect() { visit_dictionary(pickle_[pickle_.root], "", 1); }

 private:
  void visit_dictionary(const PickleValue& value, const std::string& prefix, int depth) {
    require(value.kind == Kind::dictionary, source_.path(), ": wanted a dictionary of tensors, found ", found(value));
    require(depth <= limits_.depth, source_.path(), ": dictionaries are nested more than ", limits_.depth, " deep");
    for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
      require(++visited_ <= limits_.values, source_.path(), ": more than ", limits_.values, " entries in dictionaries");
      const auto &key = pickle_[value.items[i]], &item = pickle_[value.items[i + 1]];
      if (key.kind != Kind::text && key.kind != Kind::integer) continue;
      const auto name = prefix + (key.kind == Kind::text ? key.text : std::to_string(key.integer));
      require(name.size() <= limits_.name, source_.path(), ": the name ", io::in_quotes(name), " has ", name.size(), " bytes, wanted at most ", limits_.name);
      if (item.kind == Kind::dictionary)
        visit_dictionary(item, name + ".", depth + 1);
      else if (!add_tensor(item, name) && item.kind == Kind::call)
        source_.add_marker(name, found(item), limits_);
    }
  }

  std::string found(const PickleValue& value) const {
    if (value.kind != Kind::call && value.kind != Kind::global) return "something else";
    return "an object of " + io::in_quotes(value.kind == Kind::global ? value.text : pickle_[value.items[0]].text) + ", which is not built here";
  }

  /// A call of this function with at least so many arguments: its arguments.
  const std::vector<PickleRef>* arguments_of(const PickleValue& value, std::string_view function, std::size_t count) const {
    if (value.kind != Kind::call || pickle_[value.items[0]].text != function) return nullptr;
    const auto& arguments = pickle_[value.items[1]];
    return arguments.kind == Kind::tuple && arguments.items.size() >= count ? &arguments.items : nullptr;
  }
  /// The numbers of a tuple; nothing if it holds something else.
  std::optional<std::vector<Index>> numbers(const PickleValue& tuple) const {
    if (tuple.kind != Kind::tuple || tuple.items.size() > limits_.rank) return std::nullopt;
    std::vector<Index> out;
    for (const auto ref : tuple.items) {
      if (pickle_[ref].kind != Kind::integer) return std::nullopt;
      out.push_back(pickle_[ref].integer);
    }
    return out;
  }

  /// _rebuild_tensor_v2(storage, offset, size, stride, ...), and _rebuild_parameter(tensor, ...) around it. False if `value` is none of them.
  bool add_tensor(const PickleValue& value, const std::string& name) {
    for (const std::string_view parameter : {"torch._utils _rebuild_parameter", "torch._utils _rebuild_parameter_with_state"})
      if (const auto* of = arguments_of(value, parameter, 1)) return add_strided(pickle_[(*of)[0]], name);
    return add_strided(value, name);
  }
  bool add_strided(const PickleValue& value, const std::string& name) {
    const auto* arguments = arguments_of(value, "torch._utils _rebuild_tensor_v2", 4);
    if (!arguments) arguments = arguments_of(value, "torch._utils _rebuild_tensor", 4);
    if (!arguments || pickle_[(*arguments)[0]].kind != Kind::persistent) return false;
    const auto& id = pickle_[pickle_[(*arguments)[0]].items[0]];
    const auto& offset = pickle_[(*arguments)[1]];
    const auto shape = numbers(pickle_[(*arguments)[2]]), strides = numbers(pickle_[(*arguments)[3]]);
    require(shape && strides && offset.kind == Kind::integer, source_.path(), ": tensor ", io::in_quotes(name), ": offset, shape or strides are no numbers");
    const auto storage = storages_.find(pickle_[id.items[2]].text);
    const bool known = storage != storages_.end() && storage->second.type->global == pickle_[id.items[1]].text;
    const auto type = known ? std::string(storage->second.type->name) : pickle_[id.items[1]].text;
    source_.add_strided(
        name, type, {known ? storage->second.type->dtype : io::DType::other, *shape, *strides, offset.integer, known ? storage->second.number.value() : 0, 0},
        limits_);
    return true;
  }

  const Pickle& pickle_;
  const TorchStorages& storages_;
  StridedSource& source_;
  const SourceLimits& limits_;
  std::size_t visited_ = 0;
};

}  // namespace detail

}  // namespace adatape::weights
