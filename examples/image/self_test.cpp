#include "self_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "adatape/core/context.hpp"
#include "adatape/core/pages.hpp"
#include "adatape/io/checksum.hpp"
#include "adatape/io/json.hpp"
#include "registry.hpp"
#include "test_picture.hpp"

namespace adatape::examples {

namespace {

static_assert(std::endian::native == std::endian::little, "checksums of pictures are those of little-endian floats");

constexpr std::uint32_t kSeeds = 32;
constexpr Index kBeside = 8;
constexpr double kLargest = std::numeric_limits<float>::max();

Index tested_logits(const ModelFacts& facts) { return std::min(facts.classes, kMostTestedLogits); }

std::uint32_t checksum_of(const std::vector<float>& input) { return io::crc32(std::as_bytes(std::span(input))); }

/// The answers for a picture, and for `beside` pictures beside it.
std::vector<TestAnswer> answers_of(const TrainedModel& model, const ModelFacts& facts, const Settings& settings, const std::vector<float>& input,
                                   Index beside) {
  std::vector<TestAnswer> answers(static_cast<std::size_t>(1 + beside));
  const auto fill = [&](Index begin, Index end, float* to) {
    for (Index n = begin; n < end; ++n)
      for (std::size_t i = 0; i < input.size(); ++i) {
        const float step = n == 0 ? 0.0f : noise(static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(i)) < 128 ? -0x1p-12f : 0x1p-12f;
        *to++ = input[i] * (1 + step);
      }
  };
  model.infer(1 + beside, settings, fill, [&](Index n, const SampleResult& result) {
    auto& answer = answers[static_cast<std::size_t>(n)];
    const auto logits = result.logits.first(static_cast<std::size_t>(tested_logits(facts)));
    answer.logits.assign(logits.begin(), logits.end());
    answer.length = result.length;
    answer.finite = result.finite;
    for (const auto& token : result.tape) answer.tape.push_back(token.bank);
  });
  return answers;
}

/// How far logits may be apart, as a share of the largest.
double bound_of(std::string_view storage) { return storage == "f32" ? 1e-5 : storage == "bf16" ? 1e-2 : 2e-2; }

std::vector<Index> bank_tokens(const nlohmann::json& json, const ModelFacts& facts, const std::string& where) {
  require(json.is_array() && std::ssize(json) <= facts.bank_size, where, ": \"tape\": wanted arrays of at most ", facts.bank_size, " bank tokens, found ",
          io::found_text(json));
  std::vector<Index> tokens;
  for (const auto& token : json) tokens.push_back(io::json_integer<Index>(nlohmann::json{{"tape", token}}, "tape", where, 0, facts.bank_size - 1));
  return tokens;
}

}  // namespace

std::optional<SelfTest> SelfTest::of(const TrainedModel& model, const ModelFacts& facts, const Settings& settings, const PixelStatistics& pixels,
                                     std::string_view storage) {
  std::optional<SelfTest> found;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const auto input = test_input(seed, facts, pixels);
    auto answers = answers_of(model, facts, settings, input, facts.longest > 0 ? kBeside : 0);
    auto& own = answers.front();
    if (!own.finite) continue;
    const bool stable = std::ranges::all_of(answers, [&](const TestAnswer& other) { return other.finite && other.reads_like(own); });
    if (stable || !found)
      found = SelfTest{.seed = seed, .input_checksum = checksum_of(input), .storage = std::string(storage), .stable = stable, .answer = std::move(own)};
    if (stable) break;
  }
  return found;
}

std::string SelfTest::text() const {
  return io::json_text({{"seed", seed},
                        {"input_crc32", input_checksum},
                        {"storage", storage},
                        {"stable", stable},
                        {"logits", answer.logits},
                        {"length", answer.length},
                        {"tape", answer.tape}});
}

SelfTest SelfTest::read(const std::string& text, const ModelFacts& facts, std::string_view storage, const std::string& where) {
  const auto json = io::parse_json(text, where);
  SelfTest test{.seed = io::json_integer<std::uint32_t>(json, "seed", where),
                .input_checksum = io::json_integer<std::uint32_t>(json, "input_crc32", where),
                .storage = io::json_string(json, "storage", where),
                .stable = io::json_bool(json, "stable", where),
                .answer = {}};
  require(test.storage == storage, where, ": \"storage\": wanted ", io::in_quotes(storage), ", as the file stores kernels, found ",
          io::in_quotes(test.storage));
  const auto& logits = io::json_at(json, "logits", where);
  require(logits.is_array() && std::ssize(logits) == tested_logits(facts), where, ": \"logits\": wanted ", tested_logits(facts), " numbers, found ",
          io::found_text(logits));
  for (const auto& logit : logits)
    test.answer.logits.push_back(static_cast<float>(io::json_number(nlohmann::json{{"logits", logit}}, "logits", where, -kLargest, kLargest)));
  test.answer.length = io::json_integer<Index>(json, "length", where, 0, facts.longest);
  const auto& tape = io::json_at(json, "tape", where);
  const Index tokens = facts.reads_tape ? test.answer.length : 0;
  require(tape.is_array() && std::ssize(tape) == tokens, where, ": \"tape\": wanted ", tokens, " tape tokens, found ", io::found_text(tape));
  for (const auto& token : tape) test.answer.tape.push_back(bank_tokens(token, facts, where));
  return test;
}

double SelfTest::bound() const {
  double largest = 0;
  for (const float logit : answer.logits) largest = std::max(largest, std::abs(static_cast<double>(logit)));
  return bound_of(storage) * largest;
}

double SelfTest::check(const TrainedModel& model, const ModelFacts& facts, const Settings& settings, const PixelStatistics& pixels,
                       const std::string& where) const {
  const auto failed = where + ": the self-test failed: ";
  const auto input = test_input(seed, facts, pixels);
  require(checksum_of(input) == input_checksum, failed, "wanted a picture with the checksum ", input_checksum, ", found ", checksum_of(input),
          " (are mean and deviation those of the record?)");
  const auto found = answers_of(model, facts, settings, input, 0).front();
  require(found.finite, failed, "the logits are not finite");
  const std::string near = stable ? "" : " (choices of this model nearly tie, so another machine may take others)";
  require(found.length == answer.length, failed, "wanted ", facts.length_name, ' ', answer.length, ", found ", found.length, near);
  const auto [there, here] = std::ranges::mismatch(answer.tape, found.tape);
  require(there == answer.tape.end(), failed, "tape token ", there - answer.tape.begin(), " is read from other bank tokens", near);
  double difference = 0;
  for (std::size_t i = 0; i < found.logits.size(); ++i)
    difference = std::max(difference, std::abs(static_cast<double>(found.logits[i]) - static_cast<double>(answer.logits[i])));
  if (!(difference <= bound())) throw Error(fmt::format("{}largest difference of a logit {:.3g}, wanted at most {:.3g}", failed, difference, bound()));
  return difference;
}

SelfTestRecord self_test_record(std::span<const std::byte> packed, const CompiledModel& compiled, const Settings& settings, const PixelStatistics& pixels,
                                std::string_view storage) {
  Pages pages(packed.size());
  std::ranges::copy(packed, pages.data());
  const auto model = find_engine(compiled, storage, compiled.facts.name).map(std::move(pages));
  const auto test = SelfTest::of(*model, compiled.facts, settings, pixels, storage);
  if (!test) return {"", "the file has no self-test, because the logits of this model are not finite"};
  return {test->text(), test->stable ? "" : "choices of this model nearly tie, so the self-test of the file may fail on other machines"};
}

}  // namespace adatape::examples
