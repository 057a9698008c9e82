#pragma once
/// How the weights of other libraries are named and laid out, as data. One table serves reading and writing.
#include <array>
#include <span>
#include <string_view>

#include "adatape/io/position_grid.hpp"
#include "adatape/weights/target_names.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// How a tensor of a file becomes one of ours.
enum class Form : std::uint8_t {
  equal,       ///< the same shape
  flat,        ///< one axis, cut into the axes of ours
  linear,      ///< PyTorch's [outputs, inputs]: transposed, and cut into the axes of ours
  convolution  ///< PyTorch's [width, channels, rows, columns] as [rows, columns, channels, width]
};

/// A tensor of ours and where it comes from. '*' in a name stands for the number of a block.
struct Rule {
  std::string_view target;       ///< our name (weights/target_names.hpp)
  std::string_view source;       ///< the name in a file, behind the prefix of the file
  Form form = Form::equal;       ///< how the one becomes the other
  int inputs = 1;                ///< of Form::linear: the leading axes of the target that are inputs
  int part = 0;                  ///< the target is this part of the first axis of the source, counted from 0
  int parts = 1;                 ///< so many equal parts has the first axis of the source
  std::string_view scale{};      ///< LayerScale's gamma, which multiplies the last axis of the target where a file has it and the model does not
  bool zero_if_missing = false;  ///< whether a file may leave it out, as libraries do with biases that are switched off
};

/// A part of the names of a table that other files write in another way. Where `other` has no '*' and `part` has one, the file holds the tensors of all blocks
/// as one, along a first axis.
struct Renaming {
  std::string_view part;   ///< of a name of the table
  std::string_view other;  ///< what the file has in its place
};

/// How pictures are made for the models of a family, unless a model says otherwise.
struct Preprocessing {
  std::string_view statistics;       ///< "half": mean and deviation 0.5; "imagenet": those of ImageNet
  std::string_view fit;              ///< "stretch", "scenic" or "timm", as CheckpointInfo of the programs has them
  double crop_share = 0;             ///< share of a side that a crop keeps, above 0, at most 1; without effect for "stretch"
  std::string_view interpolation{};  ///< "bilinear" or "bicubic"; empty: what the fit has unless something else is said
};

/// A library, or a kind of its models, and the weights that it writes.
struct Family {
  std::string_view name;                          ///< by which callers ask for it, such as "timm"
  std::span<const Rule> rules;                    ///< the table: one for each tensor
  std::string_view anchor;                        ///< a name of the table by which a file of the family is recognised
  bool by_name_only = false;                      ///< whether names do not tell it apart from another family: it must be asked for
  std::span<const Renaming> renamings{};          ///< tried in this order, each by itself, where a file lacks the name of the table
  std::string_view head{};                        ///< what the names of heads have in common
  std::string_view gelu;                          ///< "erf" or "tanh"
  double epsilon = 1e-6;                          ///< of LayerNorm
  io::GridResampling positions{};                 ///< how the library resamples position embeddings
  bool sincos_if_missing = false;                 ///< whether a file without position embeddings is of a model with sincos_positions
  std::string_view registers_behind_positions{};  ///< registers of this name join the tokens behind the position embeddings, which have no rows for them
  Preprocessing pictures;                         ///< how pictures are made for its models
  std::span<const std::string_view> unused{};     ///< parts of names of tensors that take no part in classifying
  std::span<const Renaming> distilled{};          ///< beginnings of the names of the table that a distilled model has in another way
};

/// A part of the names of tensors that mean something that this library's models do not have.
struct ForeignPart {
  std::string_view part;     ///< of a name in a file
  std::string_view meaning;  ///< for a message: what such a tensor is
};
/// The parts that messages explain.
inline constexpr std::array<ForeignPart, 13> kForeignParts{{{"dist_token", "a distillation token"},
                                                            {"distillation_token", "a distillation token"},
                                                            {"head_dist", "a distillation head"},
                                                            {"reg_token", "register tokens"},
                                                            {"register_tokens", "register tokens"},
                                                            {"fc_norm", "a norm behind the pooling"},
                                                            {"pre_logits", "a layer before the head"},
                                                            {"norm_pre", "a norm before the blocks"},
                                                            {"q_norm", "a norm of queries"},
                                                            {"MAPHead", "attention pooling"},
                                                            {"attn_pool", "attention pooling"},
                                                            {"relative_position", "relative positions"},
                                                            {"mlp.w12", "a gated FFN"}}};

}  // namespace adatape::weights
