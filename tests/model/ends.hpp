#pragma once
/// Models with prefix tokens, and with norm, representation and heads behind the pooling, of every encoder.
#include "own_layers.hpp"

namespace adatape::testing {

template <class Base>
struct WithPrefix : Base {
  static constexpr nn::Pool classifier = nn::Pool::gap_without_prefix;
  static constexpr bool class_token = true;
  static constexpr int registers = 2;
};
using ActPrefix = WithPrefix<SmallSizes<verify::ActMixed>>;
using PonderPrefix = WithPrefix<SmallSizes<verify::PonderNetShared>>;
using GivenPrefix = WithPrefix<SmallSizes<verify::GivenTokens>>;
using TapePrefix = WithPrefix<SmallSizes<verify::LearnTwoReads>>;

/// The second head reads a token of a model that reads tape.
struct TapeDistilled : SmallSizes<verify::LearnTwoReads> {
  static constexpr bool distillation = true;
};
/// Layers of one's own at the other places: the norm behind the pooling, a head of a representation.
struct OwnEnd : OwnLayers<SmallSizes<verify::InputRegisters>> {};
struct OwnDistilled : OwnLayers<SmallSizes<verify::VitDistilled>> {};

}  // namespace adatape::testing
