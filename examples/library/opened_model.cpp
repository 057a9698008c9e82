#include "opened_model.hpp"

#include <algorithm>

#include "../image/image_source.hpp"
#include "../image/model_file.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/core/tokens_per_step.hpp"
#include "answers.hpp"
#include "guarded.hpp"

namespace adatape::examples {

namespace {

/// While it lives, the calling thread's loops have that many threads; 0: as many as before.
class Threads {
 public:
  explicit Threads(int threads) : before_(threads > 0 ? available_threads() : 0) {
    if (threads > 0) set_threads(threads);
  }
  ~Threads() {
    if (before_ > 0) set_threads(before_);
  }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

}  // namespace

OpenedModel::OpenedModel(const std::string& path, const std::string& storage) {
  const ModelFile file(path);
  info_ = CheckpointInfo::read(file.path(), file.metadata());
  compiled_ = &find_configuration(compiled_models(), info_, path);
  file.check();
  model_ = file.load(*compiled_, storage);
}

std::string OpenedModel::class_name(Index label) const {
  require(0 <= label && label < info_.class_count, "label: wanted 0 to ", info_.class_count - 1, ", found ", label);
  return info_.class_name(label);
}

adatape_facts OpenedModel::facts() const {
  const auto& facts = compiled_->facts;
  return {.struct_size = sizeof(adatape_facts),
          .input_size = facts.input_size,
          .height = facts.height,
          .width = facts.width,
          .channels = facts.channels,
          .classes = info_.class_count,
          .reads = std::ssize(facts.read_layers),
          .max_tape_tokens = static_cast<Index>(facts.largest_tau),
          .bank_size = facts.reads_tape ? facts.bank_size : 0,
          .bank_patch = facts.bank_patch,
          .bank_columns = facts.bank_columns,
          .tau = facts.threshold > 0 ? info_.tau : 0,
          .largest_tau = facts.threshold > 0 ? facts.largest_tau : 0,
          .softmax = info_.softmax};
}

Settings OpenedModel::settings_of(const adatape_settings& settings) const {
  const auto& facts = compiled_->facts;
  Settings found{
      .tau = settings.tau, .max_tape_tokens = settings.max_tape_tokens, .exact_tape_tokens = settings.exact_tape_tokens, .read_tape = settings.no_tape == 0};
  check(found);
  require(0 <= settings.threads && settings.threads <= most_threads, "settings: wanted 0 to ", most_threads, " threads, found ", settings.threads);
  require(found.tau <= facts.largest_tau, "settings: wanted tau of at most ", facts.largest_tau, ", found ", found.tau);
  for (const Index tokens : {found.max_tape_tokens, found.exact_tape_tokens})
    require(tokens <= static_cast<Index>(facts.largest_tau), "settings: wanted at most ", facts.largest_tau, " tape tokens, found ", tokens);
  if (found.tau == 0 && found.read_tape) found.tau = info_.tau;
  return found;
}

Index OpenedModel::tokens_per_step(const adatape_settings& settings) const {
  const auto& facts = compiled_->facts;
  const double tau = settings_of(settings).tau;
  if (!facts.reads_tape || settings.no_tape != 0) return 0;
  return facts.threshold > 0 ? adatape::tokens_per_step(static_cast<Index>(facts.largest_tau), tau > 0 ? tau : facts.threshold, facts.bank_size) : 1;
}

void OpenedModel::normalise(std::span<const std::uint8_t> pixels, float* input) const { PixelTable(info_.pixels).apply(pixels, input); }

std::vector<std::uint8_t> OpenedModel::read_picture(const std::string& path) const {
  const auto& facts = compiled_->facts;
  const auto format = image::read_format(path);
  require(format == image::Format::png || format == image::Format::jpeg, path, ": wanted a PNG or JPEG file, found ", image::format_name(format));
  return read_images({path}, facts.height, facts.width, info_.fit, false, {}, picture_options(facts.channels)).pixels;
}

void OpenedModel::predict(std::span<const float> input, const adatape_settings& wanted, const adatape_answers& answers) const {
  const auto settings = settings_of(wanted);
  const Index size = input_size(), values = std::ssize(input);
  require(values % size == 0, "input: wanted a multiple of ", size, " elements, found ", values);
  const auto& facts = compiled_->facts;
  Answers found({.samples = values / size,
                 .classes = info_.class_count,
                 .reads = std::ssize(facts.read_layers),
                 .tape_tokens = static_cast<Index>(facts.largest_tau),
                 .tokens_per_step = tokens_per_step(wanted)},
                answers);
  const Threads threads(wanted.threads);
  const auto fill = [&](Index begin, Index end, float* to) { std::copy_n(input.data() + begin * size, (end - begin) * size, to); };
  model_->infer(values / size, settings, fill, [&](Index i, const SampleResult& result) { found.keep(i, result); });
  found.write();
}

}  // namespace adatape::examples
