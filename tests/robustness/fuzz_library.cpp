/// Any bytes as calls of the C interface, with the model of a file that is whole, damaged or made of the bytes: wrong numbers of models, wrong pointers, sizes and
/// settings. A call that fails changes nothing that the caller gave, and says why in a line.
#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "adatape.h"
#include "adatape/core/initialise.hpp"
#include "adatape/io/checkpoint.hpp"
#include "models.hpp"
#include "target.hpp"

namespace {

using namespace adatape;
using namespace adatape::robustness;
using Model = model::Classifier<examples::AdatapeFashionTiny>;
using Bytes = std::vector<std::uint8_t>;

/// The bytes of a checkpoint such as adatape-train writes.
Bytes checkpoint() {
  Parameters<Model, float> parameters;
  initialise(parameters, 7);
  auto config = nlohmann::json::parse(Model::description());
  config["loss"] = "softmax";
  const auto path = std::filesystem::temp_directory_path() / ("fuzz_library." + std::to_string(::getpid()));
  io::save_checkpoint(path, parameters,
                      {{"config", config.dump()}, {"classes", R"(["zero","one","two"])"}, {"pixels", R"({"deviation":0.3,"mean":0.2})"}, {"step", "1"}});
  io::InputFile file(path);
  Bytes bytes(file.size());
  file.read(std::as_writable_bytes(std::span(bytes)));
  std::filesystem::remove(path);
  return bytes;
}

/// Reads choices from the input, and 0 behind its end.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool are_left() const { return !bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  std::int64_t number() {
    std::int64_t value = 0;
    for (int i = 0; i < 8; ++i) value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << 8 | byte());
    return value;
  }
  template <class T, std::size_t N>
  T one_of(const T (&values)[N]) {
    return values[byte() % N];
  }
  std::span<const std::uint8_t> take(std::size_t count) {
    const auto taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// A function of the interface, which may write to `outputs` only where it returns ADATAPE_OK. Whether it did.
template <class Call>
bool call(const char* name, const std::vector<std::span<std::byte>>& outputs, const Call& of) {
  std::vector<std::vector<std::byte>> before;
  for (const auto output : outputs) before.emplace_back(output.begin(), output.end());
  const adatape_status status = of();
  const std::string_view error = adatape_last_error();
  if (status == ADATAPE_OK) {
    if (!error.empty()) finding(name, "an error after a call that did not fail: " + std::string(error));
    return true;
  }
  if (status < ADATAPE_OK || status > ADATAPE_FAILED) finding(name, "a status that adatape.h does not have");
  if (status == ADATAPE_FAILED) finding(name, "a failure of an unknown kind: " + std::string(error));
  if (const char* fault = fault_of_message(error)) finding(name, std::string(fault) + ": " + std::string(error));
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (!std::ranges::equal(outputs[i], before[i])) finding(name, "a call that failed wrote: " + std::string(error));
  return false;
}

/// A struct of the interface in a place of 8 KiB: its size may be stated wrongly, and behind it there may be a member of a later version.
template <class Struct>
class Place {
 public:
  explicit Place(Choices& choices) {
    value().struct_size = choices.one_of({sizeof(Struct), sizeof(Struct), sizeof(Struct), sizeof(Struct) + 8, sizeof(Struct) - 8, std::size_t{0}, std::size_t{9000}});
    if (choices.byte() == 1) bytes_[sizeof(Struct)] = std::byte{1};
  }
  Struct& value() { return *std::launder(reinterpret_cast<Struct*>(bytes_.data())); }
  std::span<std::byte> bytes() { return bytes_; }

 private:
  alignas(Struct) std::array<std::byte, 8192> bytes_{};
};

class Run {
 public:
  explicit Run(std::span<const std::uint8_t> input) : choices_(input) {
    adatape_model model = 0;
    facts_.struct_size = sizeof facts_;
    if (adatape_open(whole().path().c_str(), nullptr, &model) != ADATAPE_OK || adatape_get_facts(model, &facts_) != ADATAPE_OK)
      finding("a whole file", adatape_last_error());
    open_.push_back(model);
    for (int calls = 0; choices_.are_left() && calls < 64; ++calls) next();
    for (const auto opened : open_) adatape_close(opened);
  }

 private:
  static const Bytes& content() {
    static const Bytes bytes = checkpoint();
    return bytes;
  }
  static const MemoryFile& whole() {
    static const MemoryFile file;
    [[maybe_unused]] static const bool filled = (file.set(content()), true);
    return file;
  }

  adatape_model any_model() {
    const auto choice = choices_.byte();
    if (choice < 240) return open_.empty() ? closed_ : open_[choice % open_.size()];
    return choice < 248 ? closed_ : static_cast<adatape_model>(choices_.number());
  }

  void open(const std::string& path) {
    static const char* const storages[] = {nullptr, nullptr, "f32", "bf16", "int8", "", "f64"};
    const char* const storage = choices_.one_of(storages);
    adatape_model model = 12345;
    const auto place = std::as_writable_bytes(std::span(&model, 1));
    if (!call("adatape_open", {place}, [&] { return adatape_open(choices_.byte() == 1 ? nullptr : path.c_str(), storage, &model); })) return;
    open_.push_back(model);
  }

  void open_another() {
    static const MemoryFile file;
    switch (choices_.byte() % 4) {
      case 0: return open(whole().path().string());
      case 1: file.set(choices_.take(4096)); break;
      case 2: {
        Bytes damaged = content();
        const auto at = static_cast<std::uint64_t>(choices_.number()) % damaged.size();
        damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ choices_.byte());
        file.set(damaged);
        break;
      }
      default: file.set(std::span(content()).first(static_cast<std::uint64_t>(choices_.number()) % content().size()));
    }
    if (open_.size() < 4) open(file.path().string());
  }

  void close() {
    const auto model = any_model();
    if (!call("adatape_close", {}, [&] { return adatape_close(model); })) return;
    if (std::erase(open_, model) != 1) finding("adatape_close", "closed a model that was not open");
    closed_ = model;
  }

  void facts() {
    Place<adatape_facts> place(choices_);
    const auto model = any_model();
    call("adatape_get_facts", {place.bytes()}, [&] { return adatape_get_facts(model, choices_.byte() == 1 ? nullptr : &place.value()); });
  }

  void class_name() {
    const auto model = any_model();
    const auto label = choices_.byte() < 200 ? choices_.byte() % 12 - 1 : choices_.number();
    std::array<char, 16> name{};
    std::size_t wanted = 99;
    const std::size_t room = choices_.byte() % (name.size() + 1);
    char* const to = choices_.byte() % 4 == 1 ? nullptr : name.data();
    if (call("adatape_class_name", {std::as_writable_bytes(std::span(name)), std::as_writable_bytes(std::span(&wanted, 1))},
             [&] { return adatape_class_name(model, label, to, room, &wanted); }) &&
        to != nullptr && (wanted > room || name[wanted - 1] != '\0'))
      finding("adatape_class_name", "no name that ends in its room");
  }

  Place<adatape_settings> settings() {
    Place<adatape_settings> place(choices_);
    auto& value = place.value();
    value.tau = choices_.one_of({0.0, 0.0, 0.5, 1.0, 3.0, 10.0, 11.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()});
    if (choices_.byte() == 1) value.tau = std::bit_cast<double>(choices_.number());
    value.max_tape_tokens = choices_.one_of<std::int64_t>({0, 0, 0, 1, 5, 10, 11, -1, INT64_MAX});
    value.exact_tape_tokens = choices_.one_of<std::int64_t>({0, 0, 0, 1, 10, 11, INT64_MIN});
    value.no_tape = choices_.one_of<std::int32_t>({0, 0, 0, 1, -1});
    value.threads = choices_.one_of<std::int32_t>({1, 1, 0, 2, -1, INT32_MAX});
    return place;
  }

  void tokens() {
    const auto model = any_model();
    auto place = settings();
    std::int64_t count = -9;
    if (call("adatape_tokens_per_step", {std::as_writable_bytes(std::span(&count, 1))}, [&] { return adatape_tokens_per_step(model, &place.value(), &count); }) &&
        (count < 0 || count > facts_.bank_size))
      finding("adatape_tokens_per_step", std::to_string(count));
  }

  std::size_t some_count() {
    const auto size = static_cast<std::size_t>(facts_.input_size);
    return choices_.one_of({size, size, size, 2 * size, std::size_t{0}, size - 1, size + 1, std::size_t{1}});
  }

  void normalise() {
    const auto model = any_model();
    const std::size_t count = some_count();
    const Bytes pixels(count, choices_.byte());
    std::vector<float> input(count, -3);
    const bool null = choices_.byte() == 1;
    call("adatape_normalise", {std::as_writable_bytes(std::span(input))}, [&] { return adatape_normalise(model, null ? nullptr : pixels.data(), count, input.data()); });
  }

  void read_picture() {
    static const MemoryFile file;
    const auto model = any_model();
    Bytes pixels(some_count(), 3);
    file.set(choices_.take(2048));
    call("adatape_read_picture", {std::as_writable_bytes(std::span(pixels))},
         [&] { return adatape_read_picture(model, file.path().c_str(), pixels.data(), pixels.size()); });
  }

  /// One array of the answers: wanted or not, with the right number of elements or another.
  template <class T>
  void array(std::vector<T>& values, std::int64_t elements, T*& pointer, std::size_t& count, std::vector<std::span<std::byte>>& outputs) {
    const auto choice = choices_.byte();
    values.assign(static_cast<std::size_t>(elements), T(-77));
    pointer = choice % 4 == 3 ? nullptr : values.data();
    count = choice < 230 ? values.size() : static_cast<std::size_t>(choices_.number());
    outputs.push_back(std::as_writable_bytes(std::span(values)));
  }

  void predict() {
    const auto model = any_model();
    const std::size_t count = some_count();
    auto place = settings();
    std::int64_t per_step = 0;
    if (adatape_tokens_per_step(model, &place.value(), &per_step) != ADATAPE_OK) per_step = 1;
    std::vector<float> input(count);
    const std::uint8_t start = choices_.byte();
    for (std::size_t i = 0; i < count; ++i) input[i] = static_cast<float>((start + i * 7) % 31) / 10 - 1;
    if (count > 0 && choices_.byte() == 1) input[count / 2] = choices_.one_of({std::numeric_limits<float>::quiet_NaN(), 1e38f, -std::numeric_limits<float>::infinity()});

    const std::int64_t samples = std::int64_t(count) / facts_.input_size, slots = samples * facts_.reads * facts_.max_tape_tokens * per_step;
    Place<adatape_answers> answers(choices_);
    auto& to = answers.value();
    std::vector<std::span<std::byte>> outputs;
    std::vector<float> logits, weights;
    std::vector<std::int64_t> lengths, indices, steps;
    std::vector<double> macs;
    array(logits, samples * facts_.classes, to.logits, to.logits_count, outputs);
    array(lengths, samples * facts_.reads, to.tape_length, to.tape_length_count, outputs);
    array(indices, slots, to.indices, to.indices_count, outputs);
    array(weights, slots, to.weights, to.weights_count, outputs);
    array(steps, samples, to.steps, to.steps_count, outputs);
    array(macs, samples, to.macs, to.macs_count, outputs);
    if (!call("adatape_predict", outputs, [&] { return adatape_predict(model, input.data(), count, &place.value(), &to); })) return;
    for (const auto length : lengths)
      if (to.tape_length != nullptr && (length < 0 || length > facts_.max_tape_tokens)) finding("adatape_predict", "a tape of " + std::to_string(length));
    for (const auto index : indices)
      if (to.indices != nullptr && (index < -1 || index >= facts_.bank_size)) finding("adatape_predict", "the bank token " + std::to_string(index));
  }

  void next() {
    switch (choices_.byte() % 10) {
      case 0: return open_another();
      case 1: return close();
      case 2: return facts();
      case 3: return class_name();
      case 4: return tokens();
      case 5: return normalise();
      case 6: return read_picture();
      default: return predict();
    }
  }

  Choices choices_;
  adatape_facts facts_{};
  std::vector<adatape_model> open_;
  adatape_model closed_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Run({data, size});
  return 0;
}
