#include "event_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "../common/run_directory.hpp"
#include "adatape/io/atomic_file.hpp"

namespace adatape::examples {

namespace {

constexpr const char* kStem = "events.out.tfevents.";

template <class Unsigned>
std::string little_endian(Unsigned value) {
  std::string out;
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i)));
  return out;
}

/// Sums are stored masked, because a sum of data that hold their own sums is weak.
std::string masked_sum(std::string_view bytes) {
  const auto sum = crc32c(bytes);
  return little_endian((sum >> 15 | sum << 17) + 0xa282ead8u);
}

/// Protocol Buffers: a number in groups of seven bits, the lowest first.
std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 128; value >>= 7) out += static_cast<char>(static_cast<std::uint8_t>(value | 128));
  return out += static_cast<char>(value);
}

/// Wire types of Protocol Buffers.
enum Wire : unsigned { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

std::string key(unsigned field, Wire wire) { return varint(field << 3 | wire); }
std::string text_field(unsigned field, const std::string& text) { return key(field, kLength) + varint(text.size()) + text; }
std::string double_field(unsigned field, double value) { return key(field, kFixed64) + little_endian(std::bit_cast<std::uint64_t>(value)); }
std::string float_field(unsigned field, double value) { return key(field, kFixed32) + little_endian(std::bit_cast<std::uint32_t>(static_cast<float>(value))); }

double seconds_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// The machine's name as a part of a file name.
std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == 0) return "host";
  std::string host = name.data();
  for (char& c : host)
    if (c == '/') c = '_';
  return host;
}

}  // namespace

std::string framed_record(const std::string& data) {
  const auto length = little_endian(static_cast<std::uint64_t>(data.size()));
  return length + masked_sum(length) + data + masked_sum(data);
}

EventFile::EventFile(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code failure;
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder_, failure)) names.push_back(file.path().filename().string());
  for (const auto& name : names)
    if (const auto end = name.rfind(".tmp-"); name.starts_with(kStem) && end != name.npos) io::sweep_temporaries(folder_ / name.substr(0, end));
}

void EventFile::choose_name() {
  std::error_code failure;
  for (auto seconds = static_cast<std::int64_t>(seconds_now());; ++seconds) {
    path_ = folder_ / fmt::format("{}{}.{}", kStem, seconds, host_name());
    if (!std::filesystem::exists(path_, failure)) return;
  }
}

// Event: wall_time 1, step 2, file_version 3, summary 5. Summary: value 1. Value: tag 1, simple_value 2.
void EventFile::add(Index step, const Scalars& scalars) {
  if (content_.empty()) {
    choose_name();
    content_ = framed_record(double_field(1, seconds_now()) + text_field(3, "brain.Event:2"));
  }
  std::string summary;
  for (const auto& [tag, value] : scalars) summary += text_field(1, text_field(1, tag) + float_field(2, value));
  content_ += framed_record(double_field(1, seconds_now()) + key(2, kVarint) + varint(static_cast<std::uint64_t>(step)) + text_field(5, summary));
  write_whole(path_, content_);
}

}  // namespace adatape::examples
