#pragma once
/// The self-test of a file: what the model says about one picture that anybody can make, recorded where the file was written and compared where it is used.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../common/compiled_model.hpp"
#include "pixels.hpp"

namespace adatape::examples {

/// The metadata entry of checkpoints and packed files; in ONNX files "adatape." stands before it.
inline constexpr const char* kSelfTestKey = "self_test";

/// Logits beyond these are not recorded: the text of a record is limited.
inline constexpr Index kMostTestedLogits = 10'000;

/// What a model said about a picture.
struct TestAnswer {
  std::vector<float> logits;             ///< [min(classes, kMostTestedLogits)]
  Index length = 0;                      ///< tape tokens, or steps of adaptive computation
  std::vector<std::vector<Index>> tape;  ///< the bank tokens of every tape token, in reading order
  bool finite = true;

  bool reads_like(const TestAnswer& other) const { return length == other.length && tape == other.tape; }
};

struct SelfTest {
  std::uint32_t seed = 0, input_checksum = 0;  ///< of test_input, and the CRC-32 of its bytes as little-endian floats
  std::string storage;                         ///< how the engine that computed the answer stored its kernels
  bool stable = true;                          ///< whether slightly different pictures are read alike
  TestAnswer answer;

  /// Takes the first of the seeds 0 to 31 whose picture is read like 8 pictures beside it: their values differ from its own by 2^-12 of themselves, a thousand
  /// times as much as rounding does. Where there is none, takes the first seed that gives finite logits, and is not stable. Nothing where no seed gives finite
  /// logits. Throws Error as the model does.
  static std::optional<SelfTest> of(const TrainedModel& model, const ModelFacts& facts, const Settings& settings, const PixelStatistics& pixels,
                                    std::string_view storage);

  /// The record as the text of a JSON object.
  std::string text() const;
  /// Reads a record of a model whose file stores kernels as `storage`. Throws Error that begins with `where` for whatever does not fit.
  static SelfTest read(const std::string& text, const ModelFacts& facts, std::string_view storage, const std::string& where);

  /// The largest difference of a logit that counts as the same on another machine: 1e-5 of the largest logit with f32, 1e-2 with bf16, 2e-2 with int8.
  double bound() const;
  /// Runs the test and returns the largest difference of a logit, at most bound(). Throws Error that begins with `where` if the picture is another one, if the
  /// tape or the number of steps is another one, or if the difference is larger.
  double check(const TrainedModel& model, const ModelFacts& facts, const Settings& settings, const PixelStatistics& pixels, const std::string& where) const;
};

/// What goes into a file, and what is said of it.
struct SelfTestRecord {
  std::string text;     ///< SelfTest::text; empty where there is none
  std::string warning;  ///< why there is none, or that it is not stable; empty: nothing is wrong

  /// Puts the text under kSelfTestKey, in place of an older one.
  void write(io::Metadata& metadata) const {
    metadata.erase(kSelfTestKey);
    if (!text.empty()) metadata[kSelfTestKey] = text;
  }
};

/// The self-test of weights that ExportableWeights::pack has packed with kernels stored as `storage`. Throws Error as CompiledEngine::map and SelfTest::of do.
SelfTestRecord self_test_record(std::span<const std::byte> packed, const CompiledModel& compiled, const Settings& settings, const PixelStatistics& pixels,
                                std::string_view storage);

}  // namespace adatape::examples
