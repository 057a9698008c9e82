#pragma once
/// Models of the scenes task, named by kind, cells, width and blocks, and by what their kind needs besides.
#include <string>

#include "../tasks/image_models.hpp"

namespace adatape::examples {

template <int cells, int hidden, int layers>
struct SceneModel : SquareImageModel<8 * cells, 4, hidden, layers> {
  static std::string name(const std::string& kind) { return kind + "-" + std::to_string(cells) + "-" + std::to_string(hidden) + "-" + std::to_string(layers); }
};

/// AdaTape. Its own tokens are a glance: four patches of the scene at 1/8 (28 cells) or 1/4 (8 cells) of its size. Its bank is the cells.
template <int cells, int hidden, int layers, int tape>
struct SceneAdaTape : SceneModel<cells, hidden, layers> {
  static constexpr int image_reduction = cells >= 16 ? 8 : 4, patch_size = 8 * cells / image_reduction / 2;
  static constexpr int patch_bank_size = 8, num_tape_tokens = tape, tt_mlp_dim = 2 * hidden;
  static constexpr std::array<int, 1> add_tape_token_to_layers{0};
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
  static std::string name() { return SceneModel<cells, hidden, layers>::name("adatape") + "-" + std::to_string(tape); }
};

/// The same with the fixed variant of the paper: the cells of the largest scores, in one step.
template <int cells, int hidden, int layers, int tape>
struct SceneFixed : SceneAdaTape<cells, hidden, layers, tape> {
  static constexpr bool dynamic = false;
  static std::string name() { return SceneModel<cells, hidden, layers>::name("fixed") + "-" + std::to_string(tape); }
};

/// The same as SceneAdaTape with a read before each block.
template <int cells, int hidden, int layers, int tape>
struct SceneManyReads : SceneAdaTape<cells, hidden, layers, tape> {
  static constexpr auto add_tape_token_to_layers = kEveryBlock<layers>;
  static std::string name() { return SceneModel<cells, hidden, layers>::name("many-reads") + "-" + std::to_string(tape); }
};

/// The same as SceneAdaTape with a class token, which asks the bank (query_type) and which the head sees.
template <int cells, int hidden, int layers, int tape>
struct SceneTokenQuery : SceneAdaTape<cells, hidden, layers, tape> {
  static constexpr nn::Pool classifier = nn::Pool::token, query_type = nn::Pool::token;
  static std::string name() { return SceneModel<cells, hidden, layers>::name("token-query") + "-" + std::to_string(tape); }
};

/// The same as SceneAdaTape with a given bank: `rows` cells of the scene, chosen at random. With the number of tape tokens that reads them all it reads at
/// random. With all cells it differs from SceneAdaTape in that a bank token does not know where its cell stands.
template <int cells, int hidden, int layers, int tape, int rows>
struct SceneGivenBank : SceneAdaTape<cells, hidden, layers, tape> {
  static constexpr tape::BankType bank_type = tape::BankType::given;
  static constexpr int bank_width = 64, bank_rows = rows;
  static_assert(rows <= cells * cells, "SceneGivenBank: a bank has at most all cells of a scene");
  static std::string name() { return SceneModel<cells, hidden, layers>::name("given-bank") + "-" + std::to_string(tape) + "-" + std::to_string(rows); }
};

/// A plain ViT whose patches have `patch` x `patch` pixels.
template <int cells, int hidden, int layers, int patch>
struct SceneVit : SceneModel<cells, hidden, layers> {
  static constexpr int patch_size = patch;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
  static std::string name() { return SceneModel<cells, hidden, layers>::name("vit") + "-" + std::to_string(patch); }
};

/// That ViT with a learned bank: what it reads says nothing of the scene, but which tokens it reads depends on the scene.
template <int cells, int hidden, int layers, int patch, int tape>
struct SceneLearnedBank : SceneVit<cells, hidden, layers, patch> {
  static constexpr tape::BankType bank_type = tape::BankType::learn;
  static constexpr int tape_bank_size = 64, num_tape_tokens = tape, tt_mlp_dim = 2 * hidden;
  static constexpr std::array<int, 1> add_tape_token_to_layers{0};
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
  static std::string name() { return SceneModel<cells, hidden, layers>::name("learned-bank") + "-" + std::to_string(patch) + "-" + std::to_string(tape); }
};

/// A Universal Transformer with ACT, of at most `steps` steps.
template <int cells, int hidden, int steps, int patch>
struct SceneUniversal : SceneModel<cells, hidden, steps> {
  static constexpr model::Encoder encoder = model::Encoder::act;
  static constexpr int patch_size = patch, act_max_steps = steps;
  static std::string name() { return SceneModel<cells, hidden, steps>::name("ut-act") + "-" + std::to_string(patch); }
};

/// The same block with PonderNet, which chooses its number of steps for each scene too.
template <int cells, int hidden, int steps, int patch>
struct ScenePonderNet : SceneUniversal<cells, hidden, steps, patch> {
  static constexpr model::Encoder encoder = model::Encoder::pondernet;
  static std::string name() { return SceneModel<cells, hidden, steps>::name("pondernet") + "-" + std::to_string(patch); }
};

}  // namespace adatape::examples
