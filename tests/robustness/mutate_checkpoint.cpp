/// [--every N] [--keep FOLDER]: a valid checkpoint, damaged in every way there is: cut after every byte, every bit flipped, every value of its header and
/// of its metadata replaced by values that no writer would choose; with its checksums as they were, set right again, and without. --every N takes each N-th
/// of the cuts and flips. A load must give the values that the bytes hold, or Error with one line and parameters untouched. Faults go to FOLDER.
#include <cmath>
#include <fstream>

#include "checkpoint_info.hpp"
#include "target.hpp"
#include "tiny_model.hpp"

namespace {

using namespace adatape;
using namespace adatape::robustness;
using Bytes = std::vector<std::uint8_t>;
using Json = nlohmann::ordered_json;

class Mutations {
 public:
  Mutations(std::size_t every, std::filesystem::path keep) : every_(every), keep_(std::move(keep)) {
    std::filesystem::path folder = keep_ / ("checkpoint-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    fill(wanted_, 3);
    fill(untouched_, -7);
    io::save_checkpoint(folder / "whole", wanted_, tiny_metadata(3));
    std::ifstream stream(folder / "whole", std::ios::binary);
    whole_.assign(std::istreambuf_iterator<char>(stream), {});
    std::filesystem::remove_all(folder);
    parts_ = *Parts::of(whole_);
    header_ = Json::parse(parts_.header);
    open_ = *without_checksums(whole_);
  }

  int run() {
    check(whole_, wanted_, Answer::load, "the whole file");
    check(open_, wanted_, Answer::load, "the whole file without checksums");
    cuts();
    flips();
    section("values in the header", [&] { header_values(); });
    section("keys in the header", [&] { header_keys(); });
    section("text of the header", [&] { header_texts(); });
    section("metadata", [&] { metadata_values(); });
    std::printf("%zu files: %zu loaded with the right values, %zu refused with one line, %zu faults\n", loaded_ + refused_ + faults_, loaded_, refused_,
                faults_);
    return faults_ > 0 ? 1 : 0;
  }

 private:
  enum class Answer { load, refuse, either };

  template <class F>
  void section(const char* name, const F& f) {
    const auto before = loaded_ + refused_ + faults_;
    f();
    std::printf("%s: %zu files\n", name, loaded_ + refused_ + faults_ - before);
  }

  void fault(const Bytes& bytes, const std::string& what, const std::string& detail) {
    if (++faults_ > 20) return;
    std::printf("FAULT: %s: %s\n", what.c_str(), detail.substr(0, 400).c_str());
    std::ofstream(keep_ / ("mutation-" + std::to_string(faults_)), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  void check(const Bytes& bytes, const TinyParameters& wanted, Answer answer, const std::string& what) {
    file_.set(bytes);
    TinyParameters parameters = untouched_;
    try {
      const auto file = io::SafetensorsFile::open(file_.path());
      try {
        examples::CheckpointInfo::read(file);
        io::checkpoint_step(file);
      } catch (const Error& error) {
        if (const char* found = fault_of_message(error.what())) fault(bytes, what, std::string(found) + ": " + error.what());
      }
      io::load_checkpoint(file, parameters);
      if (answer == Answer::refuse) return fault(bytes, what, "loaded");
      if (!same_bits(parameters.flat(), wanted.flat())) return fault(bytes, what, "loaded with other values");
      ++loaded_;
    } catch (const Error& error) {
      if (answer == Answer::load) return fault(bytes, what, std::string("refused: ") + error.what());
      if (const char* found = fault_of_message(error.what())) return fault(bytes, what, std::string(found) + ": " + error.what());
      if (!same_bits(parameters.flat(), untouched_.flat())) return fault(bytes, what, "refused, but parameters changed");
      ++refused_;
    } catch (const std::exception& error) {
      fault(bytes, what, std::string("an exception that is no adatape::Error: ") + error.what());
    }
  }

  void cuts() {
    section("cut short", [&] {
      for (std::size_t size = 0; size < whole_.size(); size += every_) {
        check({whole_.begin(), whole_.begin() + static_cast<std::ptrdiff_t>(size)}, wanted_, Answer::refuse, "cut after " + std::to_string(size));
        check({open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(size)}, wanted_, Answer::refuse,
              "without checksums, cut after " + std::to_string(size));
      }
      auto longer = whole_;
      longer.push_back(0);
      check(longer, wanted_, Answer::refuse, "a byte too long");
    });
  }

  void flips() {
    const std::size_t data_start = whole_.size() - parts_.data.size();
    section("flipped bits", [&] {
      for (std::size_t bit = 0; bit < 8 * whole_.size(); bit += every_) {
        const auto flip = [&](Bytes bytes) {
          bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
          return bytes;
        };
        const auto what = "bit " + std::to_string(bit % 8) + " of byte " + std::to_string(bit / 8);
        const bool in_data = bit / 8 >= data_start;
        check(flip(whole_), wanted_, in_data ? Answer::refuse : Answer::either, what);
        // Without checksums a flip in the data is a value like any other, unless it is not finite.
        const auto values = in_data ? flipped(bit - 8 * data_start) : wanted_;
        check(flip(open_), values, !in_data ? Answer::either : is_finite(values) ? Answer::load : Answer::refuse, "without checksums, " + what);
      }
    });
  }

  /// The parameters with a bit of the data section flipped.
  TinyParameters flipped(std::size_t bit) const {
    TinyParameters out = wanted_;
    for (const auto& entry : TinyParameters::layout()) {
      const auto offsets = header_[std::string(entry.name())]["data_offsets"];
      const auto begin = offsets[0].get<std::size_t>(), end = offsets[1].get<std::size_t>();
      if (bit / 8 < begin || bit / 8 >= end) continue;
      const auto bytes = std::as_writable_bytes(out.values(entry));
      bytes[bit / 8 - begin] ^= static_cast<std::byte>(1u << bit % 8);
    }
    return out;
  }

  static bool is_finite(const TinyParameters& parameters) {
    return std::ranges::all_of(parameters.flat(), [](float value) { return std::isfinite(value); });
  }

  /// Values, as JSON text, that some reader somewhere did not expect.
  static std::vector<std::string> hostile_values() {
    std::vector<std::string> values{"null",
                                    "true",
                                    "false",
                                    "0",
                                    "-0",
                                    "-1",
                                    "1",
                                    "0.5",
                                    "1e0",
                                    "4.0",
                                    "1e400",
                                    "-1e400",
                                    "1e-400",
                                    "2147483647",
                                    "2147483648",
                                    "-2147483648",
                                    "4294967296",
                                    "9223372036854775807",
                                    "9223372036854775808",
                                    "-9223372036854775808",
                                    "18446744073709551615",
                                    "18446744073709551616",
                                    "99999999999999999999999999",
                                    "\"\"",
                                    "\"F32\"",
                                    "\"F16\"",
                                    "\"F64\"",
                                    "\"BOOL\"",
                                    "\"I64\"",
                                    "\"\\u0000\"",
                                    "\"\\ud834\\udd1e\"",
                                    "\"line\\nline\"",
                                    "\"\\u001b[2J\"",
                                    "[]",
                                    "{}",
                                    "[null]",
                                    "[0]",
                                    "[-1]",
                                    "[1,2,3]",
                                    "[[1],[2]]",
                                    "[4611686018427387904,0]",
                                    "[0,4611686018427387904]",
                                    "[4294967296,4294967296]",
                                    "[9223372036854775807]",
                                    "[1,1e5]",
                                    "[18446744073709551615,0]",
                                    "[0,18446744073709551615]",
                                    "[8,4]",
                                    "{\"a\":{\"a\":{}}}",
                                    "{\"a\":1,\"a\":2}"};
    for (const std::size_t depth : {std::size_t{30}, std::size_t{1000}, std::size_t{100'000}}) {
      values.push_back(std::string(depth, '[') + std::string(depth, ']'));
      std::string objects;
      for (std::size_t i = 0; i < depth; ++i) objects += "{\"a\":";
      values.push_back(objects + "1" + std::string(depth, '}'));
    }
    std::string ones = "[1";
    for (int i = 0; i < 5000; ++i) ones += ",1";
    values.push_back(ones + "]");
    values.push_back('"' + std::string(100'000, 'x') + '"');
    values.push_back(std::string(2000, '9'));
    return values;
  }

  /// `json` as text in which the value at `pointer` is `text`.
  static std::string with_value(Json json, const Json::json_pointer& pointer, const std::string& text) {
    const std::string mark = "<the value goes here>";
    json[pointer] = mark;
    auto out = json.dump();
    const auto at = out.find('"' + mark + '"');
    return out.replace(at, mark.size() + 2, text);
  }

  Bytes with_header(const std::string& header) const { return Parts{header, parts_.data}.bytes(); }

  /// Every pointer into `json` but that of the metadata's texts.
  static void collect(const Json& json, const Json::json_pointer& at, std::vector<Json::json_pointer>& out) {
    if (at != Json::json_pointer()) out.push_back(at);
    if (json.is_object())
      for (const auto& [key, value] : json.items()) collect(value, at / key, out);
    if (json.is_array())
      for (std::size_t i = 0; i < json.size(); ++i) collect(json[i], at / i, out);
  }

  void header_values() {
    std::vector<Json::json_pointer> places;
    collect(header_, Json::json_pointer(), places);
    const auto values = hostile_values();
    std::size_t number = 0;
    for (const auto& place : places)
      for (const auto& value : values) {
        if (number++ % every_ != 0) continue;
        const auto text = with_value(header_, place, value);
        const auto what = place.to_string() + " = " + value.substr(0, 60);
        check(with_header(text), wanted_, Answer::either, what);
        if (const auto open = without_checksums(with_header(text))) check(*open, wanted_, Answer::either, "without checksums, " + what);
      }
  }

  void header_keys() {
    std::vector<std::string> names;
    for (const auto& item : header_.items()) names.push_back(item.key());
    std::size_t number = 0;
    for (const auto& name : names) {
      auto json = header_;
      json.erase(name);
      check(with_header(json.dump()), wanted_, Answer::refuse, "without " + name);
      // Twice, the second time as it was or as something else.
      for (const auto& value : {header_[name].dump(), std::string("{}"), std::string("0")}) {
        auto text = header_.dump();
        text.insert(text.size() - 1, "," + Json(name).dump() + ":" + value);
        check(with_header(text), wanted_, Answer::refuse, name + " twice");
      }
      // The bytes of another tensor: only its checksum can tell.
      for (const auto& other : names) {
        if (name >= other || name == "__metadata__" || other == "__metadata__" || number++ % every_ != 0) continue;
        auto swapped = header_;
        std::swap(swapped[name]["data_offsets"], swapped[other]["data_offsets"]);
        check(with_header(swapped.dump()), wanted_, Answer::refuse, "bytes of " + name + " and " + other + " swapped");
        auto overlapping = header_;
        overlapping[name]["data_offsets"] = overlapping[other]["data_offsets"];
        check(with_header(overlapping.dump()), wanted_, Answer::refuse, name + " over " + other);
      }
      for (const auto& key : {"dtype", "shape", "data_offsets"}) {
        if (name == "__metadata__") continue;
        auto lacking = header_;
        lacking[name].erase(key);
        check(with_header(lacking.dump()), wanted_, Answer::refuse, name + " without " + key);
      }
    }
  }

  void header_texts() {
    const auto text = header_.dump();
    check(with_header(text), wanted_, Answer::load, "the header as it was");
    check(with_header(header_.dump(2) + "\n\t  "), wanted_, Answer::load, "the header on many lines");
    for (const auto& other : {std::string(), std::string("{}"), std::string("{"), std::string("null"), "[" + text + "]", text + text, text + "x", " " + text,
                              "\xef\xbb\xbf" + text, text + std::string(1, '\0'), std::string(1'000'000, '['), "{\"__metadata__\":" + std::string(200'000, '{'),
                              "/**/" + text, text.substr(0, text.size() - 1) + ",}", std::string(1000, ' ')})
      check(with_header(other), wanted_, Answer::refuse, "header: " + other.substr(0, 40));
    for (const std::uint64_t length :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{7}, ~std::uint64_t{0}, std::uint64_t{1} << 63, std::uint64_t{100'000'000},
          std::uint64_t{whole_.size()}, std::uint64_t{whole_.size()} - 8, std::uint64_t{whole_.size()} - 7}) {
      auto bytes = whole_;
      std::memcpy(bytes.data(), &length, sizeof(length));
      check(bytes, wanted_, Answer::refuse, "header length " + std::to_string(length));
    }
  }

  /// The file with metadata `key` set to `text`; its checksum right again if wanted.
  Bytes with_metadata(const std::string& key, const std::string& text, bool right) const {
    auto json = header_;
    auto& metadata = json["__metadata__"];
    metadata[key] = text;
    if (right) {
      io::Metadata all;
      for (const auto& [name, value] : metadata.items()) all[name] = value.get<std::string>();
      auto sums = Json::parse(metadata[std::string(io::kChecksumKey)].get<std::string>());
      sums["__metadata__"] = io::metadata_checksum(all);
      metadata[std::string(io::kChecksumKey)] = sums.dump();
    }
    return with_header(json.dump());
  }

  void metadata_values() {
    const auto values = hostile_values();
    for (const auto& [key, entry] : header_["__metadata__"].items()) {
      const auto text = entry.get<std::string>();
      const bool is_checksum = key == io::kChecksumKey;
      std::vector<std::string> texts = values;
      const auto json = Json::parse(text);
      std::vector<Json::json_pointer> places;
      collect(json, Json::json_pointer(), places);
      for (const auto& place : places)
        for (const auto& value : values) texts.push_back(with_value(json, place, value));
      for (std::size_t cut = 0; cut < text.size(); cut += every_) texts.push_back(text.substr(0, cut));
      for (std::size_t i = 0; i < texts.size(); i += i + every_ < texts.size() ? std::max<std::size_t>(1, every_ / 4) : 1) {
        const auto what = "metadata " + key + " = " + texts[i].substr(0, 80);
        check(with_metadata(key, texts[i], false), wanted_, is_checksum || texts[i] == text ? Answer::either : Answer::refuse, what);
        if (!is_checksum) check(with_metadata(key, texts[i], true), wanted_, Answer::either, "with a right checksum, " + what);
      }
    }
  }

  std::size_t every_;
  std::filesystem::path keep_;
  MemoryFile file_;
  TinyParameters wanted_, untouched_;
  Bytes whole_, open_;
  Parts parts_;
  Json header_;
  std::size_t loaded_ = 0, refused_ = 0, faults_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::size_t every = 1;
  std::filesystem::path keep = ".";
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--every") every = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::string_view(argv[i]) == "--keep") keep = argv[i + 1];
  }
  if (every == 0) every = 1;
  std::filesystem::create_directories(keep);
  return Mutations(every, keep).run();
}
