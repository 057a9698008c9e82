#pragma once
/// Models of the recall task, named by kind, rows, width and blocks, and by what their kind needs besides.
#include <algorithm>
#include <string>

#include "../tasks/image_models.hpp"
#include "recall_task.hpp"

namespace adatape::examples {

/// In a model as wide as a row, tokens enter as they are: the reader compares question and rows from the first step. In others, question and rows each pass a
/// dense layer, and what they have in common must be learnt: AdaTape of width 64 with 1000 rows was at chance after 500 steps.
template <int rows, int hidden, int layers>
struct RecallModel : model::ModelDefaults {
  static constexpr model::Input input = model::Input::tokens;
  static constexpr int token_width = hidden == RecallTask::kRow ? 0 : RecallTask::kRow, bank_width = token_width;
  static constexpr int bank_rows = 0;
  static constexpr int hidden_size = hidden, num_heads = std::max(1, hidden / 16), mlp_dim = 2 * hidden, num_layers = layers,
                       num_classes = RecallTask::kClasses, split_tt = 2;

  static std::string name(const std::string& kind) { return kind + "-" + std::to_string(rows) + "-" + std::to_string(hidden) + "-" + std::to_string(layers); }
};

/// AdaTape. Its own tokens are the question. Its bank is the memory.
template <int rows, int hidden, int layers, int tape>
struct RecallAdaTape : RecallModel<rows, hidden, layers> {
  static constexpr int own_rows = RecallTask::kQuestions, bank_rows = rows;
  static constexpr tape::BankType bank_type = tape::BankType::given;
  static constexpr int num_tape_tokens = tape, tt_mlp_dim = 2 * hidden;
  static constexpr std::array<int, 1> add_tape_token_to_layers{0};
  static constexpr tape::PonderLoss loss_type = tape::PonderLoss::max;
  static std::string name() { return RecallModel<rows, hidden, layers>::name("adatape") + "-" + std::to_string(tape); }
};

/// The same with the fixed variant of the paper: the rows of the largest scores, in one step.
template <int rows, int hidden, int layers, int tape>
struct RecallFixed : RecallAdaTape<rows, hidden, layers, tape> {
  static constexpr bool dynamic = false;
  static std::string name() { return RecallModel<rows, hidden, layers>::name("fixed") + "-" + std::to_string(tape); }
};

/// The same as RecallAdaTape with a read before each block, for chains: a read finds the row whose key the row before it holds. Rows enter as they are,
/// without a tape FFN. So the blocks learn once for all reads what a row says. With an FFN of its own for each read fewer answers were right.
template <int rows, int hidden, int layers, int tape>
struct RecallManyReads : RecallAdaTape<rows, hidden, layers, tape> {
  static constexpr auto add_tape_token_to_layers = kEveryBlock<layers>;
  static constexpr int tt_mlp_dim = 0;
  static std::string name() { return RecallModel<rows, hidden, layers>::name("many-reads") + "-" + std::to_string(tape); }
};

/// A plain transformer. Its own tokens are the question and the rows that it sees. The head sees a class token: in a mean over all rows the few that matter
/// would count little.
template <int rows, int hidden, int layers>
struct RecallTransformer : RecallModel<rows, hidden, layers> {
  static constexpr int own_rows = RecallTask::kQuestions + rows;
  static constexpr nn::Pool classifier = nn::Pool::token;
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
  static std::string name() { return RecallModel<rows, hidden, layers>::name("transformer"); }
};

}  // namespace adatape::examples
