#pragma once
/// The tokens in front of a sample's own patches, symbols or given tokens, the same for all samples: cls, dist and registers, in this order.
#include <algorithm>

#include "adatape/core/layer.hpp"
#include "adatape/model/config.hpp"
#include "adatape/ops/sums.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// Functions that take an Arena throw std::bad_alloc where there is no memory.
template <class Config>
struct PrefixTokens {
  static constexpr int D = Config::hidden_size;  ///< token width
  static constexpr int registers = Config::registers;
  static constexpr bool has_cls = Config::class_token || Config::classifier == nn::Pool::token;  ///< whether there is a token `cls`
  static constexpr bool has_dist = Config::distillation;                                         ///< whether there is a token `dist`
  static_assert(registers >= 0, "Classifier: registers must not be negative");
  static_assert(!has_dist || Config::classifier == nn::Pool::token, "Classifier: distillation needs classifier = token");
  static_assert(!has_dist || registers == 0, "Classifier: distillation and registers cannot be together");
  static constexpr int count = has_cls + has_dist + registers;  ///< prefix tokens of a sample

  template <class T>
  struct Params {
    [[no_unique_address]] OptionalPart<has_cls, Tensor<T, 1, 1, D>, PrefixTokens, 0> cls;
    [[no_unique_address]] OptionalPart<has_dist, Tensor<T, 1, 1, D>, PrefixTokens, 1> dist;
    [[no_unique_address]] OptionalPart<(registers > 0), Tensor<T, 1, registers, D>, PrefixTokens, 2> registered;
    static constexpr auto fields() {
      return std::tuple(field("cls", &Params::cls), field("dist", &Params::dist, Init::normal(0.02)),
                        field("registers", &Params::registered, Init::normal(0.02)));
    }
  };
  /// [count, D], a view into the arena given to pack_weights.
  template <class T>
  struct PackedWeights {
    const T* tokens = nullptr;
  };

  /// Writes the prefix tokens of one sample, [count, D]. Returns the end of what was written.
  ///@{
  template <class T>
  static T* write(const Params<T>& p, T* rows) {
    for_each_tensor(p, [&](const auto& tensor) { rows = std::copy_n(tensor.data(), tensor.size, rows); });
    return rows;
  }
  template <class T>
  static T* write(const PackedWeights<T>& p, T* rows) {
    return std::copy_n(p.tokens, count * D, rows);
  }
  ///@}
  /// dp += the gradient of the prefix tokens of one sample, [count, D].
  template <class T>
  static void add_gradient(const T* drows, Params<T>& dp) {
    for_each_tensor(dp, [&](auto& tensor) {
      ops::scalar::add(drows, tensor.size, tensor.data());
      drows += tensor.size;
    });
  }
  template <class T>
  static PackedWeights<T> pack_weights(const Params<T>& p, Arena& arena) {
    if constexpr (count > 0)
      return {arena.keep<T>(count * D, [&](T* rows) { write(p, rows); })};
    else
      return {};
  }

 private:
  template <class Tree, class Visit>
  static void for_each_tensor(Tree& tree, [[maybe_unused]] const Visit& visit) {
    if constexpr (has_cls) visit(tree.cls);
    if constexpr (has_dist) visit(tree.dist);
    if constexpr (registers > 0) visit(tree.registered);
  }
};

}  // namespace adatape::model
