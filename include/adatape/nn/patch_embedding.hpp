#pragma once
/// Tokens from images: the image is cut into patches that do not overlap, and one dense layer maps each patch to a token.
#include <cstring>

#include "adatape/nn/linear.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::nn {

/// The size of an image [height, width, channels] and of the patches that it is cut into, row by row. There is no padding: rows and columns at the
/// end that fill no patch are dropped.
struct PatchGrid {
  int height;        ///< of the image, in pixels
  int width;         ///< of the image, in pixels
  int channels;      ///< values of a pixel
  int patch_height;  ///< of each patch, in pixels
  int patch_width;   ///< of each patch, in pixels

  constexpr int rows() const { return height / patch_height; }                        ///< of patches
  constexpr int columns() const { return width / patch_width; }                       ///< of patches
  constexpr int count() const { return rows() * columns(); }                          ///< patches of an image
  constexpr int patch_size() const { return patch_height * patch_width * channels; }  ///< values of a patch
  constexpr Index input_size() const { return Index{height} * width * channels; }     ///< values of an image
};

/// Token (r, c) = patch(r, c) kernel + bias. The values of a patch are in the order row, column, channel. A sequence [S, C] is an image of height 1.
/// flat_kernel chooses the shape of the kernel in checkpoints: [patch values, D], else [patch height, patch width, channels, D].
/// All functions throw std::bad_alloc if there is no memory. Outputs overlap no input.
template <PatchGrid grid, int D, bool flat_kernel = false>
struct PatchEmbedding {
  static_assert(grid.patch_height > 0 && grid.patch_width > 0, "PatchEmbedding: a patch must be at least one pixel high and wide");
  static_assert(grid.count() > 0, "PatchEmbedding: the image must be at least as large as one patch");
  static constexpr int count = grid.count();   ///< tokens of an image
  static constexpr int out = D;                ///< width of a token
  using Dense = Linear<grid.patch_size(), D>;  ///< computes the tokens of patches

  template <class T>
  struct Params {
    std::conditional_t<flat_kernel, Tensor<T, grid.patch_size(), D>, Tensor<T, grid.patch_height, grid.patch_width, grid.channels, D>> kernel;
    Tensor<T, D> bias;
    static constexpr auto fields() { return std::tuple(field("kernel", &Params::kernel, Init::lecun_normal(grid.patch_size())), field("bias", &Params::bias)); }
  };
  template <class T>
  struct Saved {
    T* patches = nullptr;  ///< [samples * count, patch values]
  };

  template <class T, class Stored = T>
  using PackedWeights = typename Dense::template PackedWeights<T, Stored>;

  /// Multiply-accumulates for that many images.
  static constexpr double macs(double samples) { return Dense::macs(samples * count); }

  /// Writes tokens [samples * count, D] from images [samples, height, width, channels]. The patches are copied to the arena, so backward does not need images.
  template <class T>
  static void forward(const Params<T>& p, const T* images, Index samples, T* tokens, Saved<T>& saved, const Context& context) {
    saved.patches = embed(p, images, samples, tokens, context);
  }

  /// dkernel += patches^T dtokens,  dbias += sum_i dtokens_i. Unless dimages is null, adds dtokens kernel^T, the gradient of the patches, to the pixels of the
  /// patches in dimages [samples, height, width, channels]. dtokens is [samples * count, D].
  template <class T>
  static void backward(const Params<T>& p, const Saved<T>& saved, const T* dtokens, Index samples, std::type_identity_t<T>* dimages, Params<T>& dp,
                       const Context& context) {
    Dense::add_parameter_gradients(saved.patches, dtokens, samples * count, dp, context.products);
    if (!dimages) return;
    Arena::Scope scope(context.arena);
    T* dpatches = context.arena.take<T>(samples * count * grid.patch_size());
    Dense::input_gradient(p, dtokens, samples * count, dpatches, context.products);
    for_each_run(samples, [&](Index in_image, Index in_patches) { ops::scalar::add(dpatches + in_patches, run, dimages + in_image); });
  }

  /// The packed layer views memory of the arena. p may be destroyed afterwards.
  template <class T, class Stored = T>
  static PackedWeights<T, Stored> pack_weights(const Params<T>& p, Arena& arena, StoredAs<Stored> stored = {}) {
    return Dense::pack_weights(p, arena, stored);
  }
  /// The patches [samples * count, patch values] of images [samples, height, width, channels], in the arena.
  template <class T>
  static T* cut_patches(const T* images, Index samples, Arena& arena) {
    T* patches = arena.take<T>(samples * count * grid.patch_size());
    for_each_run(samples, [&](Index in_image, Index in_patches) { std::memcpy(patches + in_patches, images + in_image, run * sizeof(T)); });
    return patches;
  }
  /// tokens and images as in forward. Nothing is kept.
  template <class T, class Stored>
  static void infer(const PackedWeights<T, Stored>& p, const T* images, Index samples, T* tokens, const Context& context) {
    Arena::Scope scope(context.arena);
    embed(p, images, samples, tokens, context);
  }

 private:
  /// tokens = patches kernel + bias. Returns the patches, memory of the arena. Weights: Params or PackedWeights.
  template <class Weights, class T>
  static T* embed(const Weights& p, const T* images, Index samples, T* tokens, const Context& context) {
    T* const patches = cut_patches(images, samples, context.arena);
    Dense::apply(p, patches, samples * count, tokens, {.products = context.products});
    return patches;
  }
  /// Values of a line of a patch, which are contiguous in images and in patches.
  static constexpr Index run = Index{grid.patch_width} * grid.channels;
  /// Calls copy(offset in the images, offset in the patches) for every such line.
  template <class Copy>
  static void for_each_run(Index samples, const Copy& copy) {
    parallel_for(samples, [&](Index b) {
      for (Index r = 0; r < grid.rows(); ++r)
        for (Index c = 0; c < grid.columns(); ++c)
          for (Index y = 0; y < grid.patch_height; ++y) {
            const Index in_image = b * grid.input_size() + ((r * grid.patch_height + y) * grid.width + c * grid.patch_width) * grid.channels;
            const Index in_patches = ((b * count + r * grid.columns() + c) * grid.patch_height + y) * run;
            copy(in_image, in_patches);
          }
    });
  }
};

}  // namespace adatape::nn
