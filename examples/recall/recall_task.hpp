#pragma once
/// Recall: a question and a memory. What do those rows say that have the asked key, or to which the asked key leads?
#include "../tasks/task.hpp"
#include "adatape/core/random.hpp"
#include "keys.hpp"

namespace adatape::examples {

/// What is asked of the memory.
enum class RecallQuestion : std::uint8_t {
  most,     ///< which class do most of the rows with the asked key name? A part of them often tells.
  largest,  ///< which is the largest class that a row with the asked key names? Only one of them names it.
  chain     ///< which class does the last row of the chain name that begins with the asked key? Each row before it names the key of the next one.
};

/// How samples are made.
struct RecallOptions {
  RecallQuestion question = RecallQuestion::most;
  Index rows = 0;           ///< of the memory
  Index visible = 0;        ///< the first rows, which a sample holds; the others are left out
  Index most_matches = 16;  ///< most, largest: rows that have the asked key, 1 to this many, all numbers equally likely
  Index most_hops = 3;      ///< chain: rows of a chain, 1 to this many, all numbers equally likely
  double noise = 0.3;       ///< deviation of the noise in which a question is asked: of a bit, or of a pixel
  std::uint64_t seed = 0;
};

/// A sample is [kQuestions + visible, kRow]: kQuestions tokens that ask, then the memory. A row is a key and a class, one-hot. A token that asks is the asked
/// key, each value in normal noise of its own, and no class. All keys are scaled to a mean square of 1, a question behind its noise.
///
/// In the first two questions the number of rows with the asked key, the difficulty, is uniform from 1 to most_matches; they stand anywhere. All other rows
/// have uniform other keys and uniform classes.
///  - RecallQuestion::most: each row with the asked key names the label with probability 1/2, else a uniform other class. This is drawn again until more of
///    them name the label than any other class.
///  - RecallQuestion::largest: the label L is uniform over all classes but 0, and n is uniform from 1 to L. One row with the asked key names L, and each of the
///    others names one of the classes 0 to n - 1. So who misses that one row can only guess a class above those that are named.
///  - RecallQuestion::chain: all rows have different keys, stand in random order, and form chains. The number of rows of a chain is uniform from 1 to
///    most_hops; the last chain may be cut off. The last row of a chain names a uniform class. Each other row has the key of the next row in place of a class.
///    The asked key is that of the first row of a chain, which is not cut off. Its number of rows is the difficulty. Nothing but the keys tells which class is
///    the answer.
/// A sample is a function of (keys, seed, training or test, step, number) alone. Where not all rows are visible, a model sees a random part of the memory.
class RecallTask : public Task {
 public:
  static constexpr int kKey = RecallKeys::kValues, kClasses = 16, kRow = kKey + kClasses, kQuestions = 4, kMostMatches = 60, kMostHops = 60;

  /// `keys` must outlive this object. visible <= rows. For chains 1 <= most_hops <= rows, and `keys` has as many keys as rows, in training
  /// and in tests. For the others 1 <= most_matches <= kMostMatches <= rows.
  RecallTask(const RecallKeys& keys, const RecallOptions& options) : keys_(keys), options_(options) {}

  TaskSample training_sample(std::uint64_t step, std::uint64_t number, std::span<float> input) const override { return draw(false, step, number, input); }
  TaskSample test_sample(std::uint64_t number, std::span<float> input) const override { return draw(true, 0, number, input); }

 private:
  TaskSample draw(bool test, std::uint64_t step, std::uint64_t number, std::span<float> input) const;
  /// `others`: a stream for what stands beside the rows with the asked key, for chains the order of the rows.
  TaskSample draw_matches(bool test, Draws& draws, const Stream& others, std::span<float> input) const;
  TaskSample draw_chains(bool test, Draws& draws, const Stream& others, std::span<float> input) const;
  void write_questions(bool test, std::uint32_t asked, Draws& draws, float* tokens) const;

  const RecallKeys& keys_;
  RecallOptions options_;
};

}  // namespace adatape::examples
