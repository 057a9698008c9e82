#pragma once
/// Own tokens that the caller gives, any number a sample:  x = [prefix; given]  or  [prefix; given kernel + bias], where the configuration has prefix tokens.
#include <algorithm>

#include "adatape/core/samples.hpp"
#include "adatape/model/prefix_tokens.hpp"
#include "adatape/nn/dropout.hpp"
#include "adatape/nn/linear.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::model {

/// Tokens of width D = Config::hidden_size from given tokens of width token_width, through the dense layer `embedding`; token_width == 0: the given tokens have
/// width D and enter as they are. No positions are added: what a token needs to say, its place too, the caller puts into its values.
/// Functions that take an Arena or a Context throw std::bad_alloc where there is no memory.
template <class Config>
struct TokenEmbedding {
  static constexpr int D = Config::hidden_size;  ///< token width
  static_assert(Config::token_width >= 0, "TokenEmbedding: token_width must not be negative");
  static_assert(Config::positions == Positions::learned, "Classifier: fixed positions are for images");
  static constexpr bool has_dense = Config::token_width > 0;  ///< whether given tokens pass a dense layer
  using Prefix = PrefixTokens<Config>;                        ///< the tokens in front of the given ones
  static constexpr int count = 0;                             ///< 0: any number of own tokens
  static constexpr Index input_size = 0;                      ///< 0: any number of values
  /// The dense layer, token_width -> D. Without one only its input width, D, counts.
  using Project = nn::Linear<has_dense ? Config::token_width : D, D, nn::KernelInit::lecun_normal>;
  template <class T>
  using Samples = RaggedSamples<T, Project::in, 1>;  ///< given tokens, at least one a sample

  template <class T>
  struct Params {
    [[no_unique_address]] OptionalPart<has_dense, typename Project::template Params<T>, TokenEmbedding> project;
    [[no_unique_address]] typename Prefix::template Params<T> prefix;
    static constexpr auto fields() { return std::tuple(field("embedding", &Params::project), field("", &Params::prefix)); }
  };
  /// given must stay alive until backward is done.
  template <class T>
  struct Saved {
    Samples<T> given;
  };
  template <class T, class Stored = T>
  struct PackedWeights {
    [[no_unique_address]] OptionalPart<has_dense, typename Project::template PackedWeights<T, Stored>, TokenEmbedding> project;
    typename Prefix::template PackedWeights<T> prefix;
  };

  /// Multiply-accumulates of one sample with that many own tokens, prefix tokens included.
  static constexpr double macs(double tokens) { return has_dense ? Project::macs(tokens - Prefix::count) : 0; }
  /// Own tokens of all samples, prefix tokens included.
  template <class T>
  static Index rows(const Samples<T>& given) {
    return given.rows() + Prefix::count * given.samples();
  }
  /// The packing of the own tokens, in memory of the arena.
  template <class T>
  static Packing packing(const Samples<T>& given, Arena& arena) {
    const auto offsets = offsets_of(
        given.samples(), [&](Index b) { return given.length(b) + Prefix::count; }, arena);
    return {offsets, 0, offsets, Prefix::count};
  }

  /// Writes x, whose packing is that of packing(). Dropout acts on x in training.
  template <class T>
  static void forward(const Params<T>& p, const Samples<T>& given, Tokens<T, D> x, Saved<T>& saved, const Context& context) {
    saved.given = given;
    embed(p, given, x, context);
    nn::dropout_in_place(x, nn::DropoutPlace::position_embedding, context);
  }

  /// dx has the shape of x. dp is added to, and dgiven [rows of the whole input, token_width] unless it is null.
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, ConstTokens<T, D> dx, std::type_identity_t<T>* dgiven, Params<T>& dp,
                       const Context& context) {
    Arena::Scope scope(context.arena);
    const Index samples = saved.given.samples(), rows = saved.given.rows();
    dx = nn::dropout_gradient(dx, nn::DropoutPlace::position_embedding, context);
    const T* drows = dx.data;  // without the prefix tokens
    if constexpr (Prefix::count > 0) {
      T* row = context.arena.take<T>(rows * D);
      drows = row;
      for (Index b = 0; b < samples; ++b) {
        const T* const first = dx.row(dx.packing.begin(b));
        Prefix::add_gradient(first, dp.prefix);
        row = std::copy_n(first + Prefix::count * D, saved.given.length(b) * D, row);
      }
    }
    if constexpr (has_dense) Project::add_parameter_gradients(saved.given.data(), drows, rows, dp.project, context.products);
    if (!dgiven) return;
    T* const first = dgiven + saved.given.first_row() * Project::in;
    if constexpr (has_dense)
      Project::add_input_gradient(p.project, drows, rows, first, context.products);
    else
      ops::add(drows, rows * D, first);
  }

  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored = {}) {
    PackedWeights<T, Stored> packed{};
    if constexpr (has_dense) packed.project = Project::pack_weights(p.project, arena, stored);
    packed.prefix = Prefix::pack_weights(p.prefix, arena);
    return packed;
  }
  /// Writes x, without dropout and without keeping what backward needs.
  template <class T, class Stored>
  static void infer(const PackedWeights<T, Stored>& p, const Samples<T>& given, Tokens<T, D> x, const Context& context) {
    embed(p, given, x, context);
  }

 private:
  /// x = [prefix; given kernel + bias], with what the configuration has of it. Weights: Params or PackedWeights.
  template <class Weights, class T>
  static void embed(const Weights& p, const Samples<T>& given, Tokens<T, D> x, const Context& context) {
    Arena::Scope scope(context.arena);
    T* const rows = Prefix::count > 0 ? context.arena.take<T>(given.rows() * D) : x.data;
    if constexpr (has_dense)
      Project::apply(p.project, given.data(), given.rows(), rows, {.products = context.products});
    else
      std::copy_n(given.data(), given.rows() * D, rows);
    if constexpr (Prefix::count > 0)
      parallel_for(given.samples(), [&](Index b) {
        const Index first = x.packing.begin(b);
        std::copy_n(rows + (first - b * Prefix::count) * D, given.length(b) * D, Prefix::write(p.prefix, x.row(first)));
      });
  }
};

}  // namespace adatape::model
