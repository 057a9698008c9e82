#pragma once
/// Models of the clutter task, named by kind, pixels of a side of the canvas, width and blocks, and by what their kind needs besides.
#include <string>

#include "../tasks/image_models.hpp"

namespace adatape::examples {

template <int pixels, int hidden, int layers>
struct ClutterModel : SquareImageModel<pixels, 10, hidden, layers> {
  static_assert(pixels >= 28, "ClutterModel: a canvas holds a whole picture of 28 x 28 pixels");
  static std::string name(const std::string& kind) { return kind + "-" + std::to_string(pixels) + "-" + std::to_string(hidden) + "-" + std::to_string(layers); }
};

/// AdaTape. Its own tokens are a glance: 4 x 4 patches of the canvas at 1/4 of its size (56 pixels: 2 x 2). Its bank is the patches of `patch` x `patch` pixels
/// of the canvas. It reads before the second block: the mean of the own tokens, which asks, says where something lies only if a block came before.
template <int pixels, int hidden, int layers, int patch, int tape>
struct ClutterAdaTape : ClutterModel<pixels, hidden, layers> {
  static constexpr int image_reduction = 4, patch_size = pixels / image_reduction / (pixels >= 112 ? 4 : 2);
  static constexpr int patch_bank_size = patch, num_tape_tokens = tape, tt_mlp_dim = 2 * hidden;
  static constexpr std::array<int, 1> add_tape_token_to_layers{1};
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
  static std::string name() { return own_name("adatape"); }

 protected:
  static std::string own_name(const std::string& kind) {
    return ClutterModel<pixels, hidden, layers>::name(kind) + "-" + std::to_string(patch) + "-" + std::to_string(tape);
  }
};

/// The same with the fixed variant of the paper: the patches of the largest scores, in one step.
template <int pixels, int hidden, int layers, int patch, int tape>
struct ClutterFixed : ClutterAdaTape<pixels, hidden, layers, patch, tape> {
  static constexpr bool dynamic = false;
  static std::string name() { return ClutterFixed::own_name("fixed"); }
};

/// The same as ClutterAdaTape with a read before each block. A later read asks with what the earlier ones found.
template <int pixels, int hidden, int layers, int patch, int tape>
struct ClutterManyReads : ClutterAdaTape<pixels, hidden, layers, patch, tape> {
  static constexpr auto add_tape_token_to_layers = kEveryBlock<layers>;
  static std::string name() { return ClutterManyReads::own_name("many-reads"); }
};

/// A plain ViT whose patches have `patch` x `patch` pixels.
template <int pixels, int hidden, int layers, int patch>
struct ClutterVit : ClutterModel<pixels, hidden, layers> {
  static constexpr int patch_size = patch;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
  static std::string name() { return ClutterModel<pixels, hidden, layers>::name("vit") + "-" + std::to_string(patch); }
};

}  // namespace adatape::examples
