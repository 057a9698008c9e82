#pragma once
/// Many images through a model.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../common/agreement.hpp"
#include "../common/compiled_model.hpp"
#include "../common/progress.hpp"
#include "adatape/core/context.hpp"
#include "picture_set.hpp"
#include "pixels.hpp"

namespace adatape::examples {

/// The class of the largest of the first `classes` logits, of equal ones the first. The outputs behind them are not of the data.
inline Index predicted_class(std::span<const float> logits, Index classes) {
  const auto taking_part = logits.first(static_cast<std::size_t>(classes));
  return std::ranges::max_element(taking_part) - taking_part.begin();
}

/// Calls visit(i, result) for every image i of pixels [count, height, width, channels]; from several threads at once.
inline void infer_images(const TrainedModel& model, const ModelFacts& facts, double tau, std::span<const std::uint8_t> pixels, const PixelTable& table,
                         const VisitResult& visit) {
  const Index size = facts.input_size;
  const auto fill = [&](Index begin, Index end, float* input) {
    table.apply(pixels.subspan(static_cast<std::size_t>(begin * size), static_cast<std::size_t>((end - begin) * size)), input);
  };
  model.infer(static_cast<Index>(pixels.size()) / size, {.tau = tau}, fill, visit);
}

/// Calls visit(n, result) for picture numbers[n] of `set`, for every n; from several threads at once. A picture that cannot be read is an Error, unless there
/// is room in `broken`, [numbers.size()]: then broken[n] becomes 1, and what `visit` is given means nothing. Throws Interrupted where the process was asked to
/// stop before the last pictures were read.
inline void infer_pictures(const TrainedModel& model, double tau, const PictureSet& set, std::span<const Index> numbers, const PixelTable& table,
                           std::span<char> broken, const VisitResult& visit) {
  const Index size = set.picture_size();
  const auto fill = [&](Index begin, Index end, float* input) {
    image::Image room;
    if (stop_signal != 0) throw Interrupted{stop_signal};
    for (auto n = static_cast<std::size_t>(begin); n < static_cast<std::size_t>(end); ++n, input += size) try {
        table.apply(set.pixels(numbers[n], room), input);
      } catch (const Error&) {
        if (broken.empty()) throw;
        broken[n] = 1;
        std::fill_n(input, size, 0.0f);
      }
  };
  model.infer(std::ssize(numbers), {.tau = tau}, fill, visit);
}

/// What a model said of one labelled picture of a set.
struct TestedPicture {
  Index number = 0;  ///< in the set
  Index label = 0, predicted = 0;
  Index length = 0;  ///< tape tokens, or steps of adaptive computation
  double macs = 0;
  bool finite = true;  ///< false: the output is infinite or no number, and names no class
};

/// A model's result on labelled images.
struct TestResult {
  std::vector<TestedPicture> pictures;  ///< [count], in the set's order
  Index count = 0, correct = 0;
  Index broken = 0;  ///< pictures that could not be read and do not count
  double mean_length = 0, length_deviation = 0, mean_macs = 0;
  Index shortest = 0, longest = 0;

  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(count); }
  /// Throws Error that names the first picture whose output is not finite.
  void require_finite() const {
    const auto first = std::ranges::find(pictures, false, &TestedPicture::finite);
    if (first == pictures.end()) return;
    throw Error("test image " + std::to_string(first->number) + ": the model's output is not finite, so it names no class (are the weights too large?)");
  }
};

/// Removes element i of `values` where marks[i] is 1.
template <class T>
void remove_marked(const std::vector<char>& marks, std::vector<T>& values) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < marks.size(); ++i)
    if (marks[i] == 0) values[kept++] = values[i];
  values.resize(kept);
}

/// Each process of the group takes a share of the pictures, and says how far it is; `where` is what that line begins with. Called by all together; all get the
/// same result. The first `classes` outputs are those of the data. Throws Error in all processes for a picture that cannot be read, unless `skip_broken` and
/// there are others. Throws Interrupted in all processes where one of them was asked to stop.
inline TestResult test_model(ProcessGroup& group, const TrainedModel& model, double tau, const PictureSet& set, const PixelTable& table, Index classes,
                             bool skip_broken, const std::string& where) {
  const auto all = static_cast<std::size_t>(set.size());
  const auto mine = group.share(set.size());
  std::vector<Index> numbers(static_cast<std::size_t>(mine.size()));
  std::iota(numbers.begin(), numbers.end(), mine.first);
  std::vector<char> broken(skip_broken ? all : 0);
  const auto own_broken = skip_broken ? std::span(broken).subspan(static_cast<std::size_t>(mine.first), numbers.size()) : std::span<char>();
  std::vector<TestedPicture> pictures(all);
  Progress progress(mine.size(), 0, "img");
  SharedProgress shown(progress, 0, where);
  const auto visit = [&](Index n, const SampleResult& output) {
    const Index i = mine.first + n;
    const auto at = static_cast<std::size_t>(i);
    shown.count();
    if (skip_broken && broken[at] == 1) return;
    pictures[at] = {i, set.label(i), predicted_class(output.logits, classes), output.length, output.macs, output.finite};
  };
  const auto test = [&] {
    try {
      infer_pictures(model, tau, set, numbers, table, own_broken, visit);
    } catch (const Interrupted&) {  // all are told below
    }
  };
  work_together(group, test);
  if (const int signal = agreed_signal(group); signal != 0) throw Interrupted{signal};
  progress.clear();
  group.gather(std::span(pictures));
  if (skip_broken) {
    group.gather(std::span(broken));
    remove_marked(broken, pictures);
  }
  require(!pictures.empty(), "none of the ", all, " test images can be read; the first of them: ", set.name(0));
  const auto count = static_cast<double>(pictures.size());
  TestResult result{.pictures = {}, .count = std::ssize(pictures), .broken = set.size() - std::ssize(pictures)};
  double squares = 0;
  for (const auto& picture : pictures) {
    const auto length = static_cast<double>(picture.length);
    result.correct += picture.predicted == picture.label;
    result.mean_length += length / count;
    squares += length * length / count;
    result.mean_macs += picture.macs / count;
  }
  result.length_deviation = std::sqrt(std::max(0.0, squares - result.mean_length * result.mean_length));
  const auto [shortest, longest] = std::ranges::minmax(pictures, {}, &TestedPicture::length);
  result.shortest = shortest.length;
  result.longest = longest.length;
  result.pictures = std::move(pictures);
  return result;
}

}  // namespace adatape::examples
