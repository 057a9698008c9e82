/// Any bytes as a file of packed weights, and as the header of one whose start, weights and checksum fit: no mutation gets past the checksum of a header. Then
/// with weights that the bytes have damaged: an engine may compute anything from them, but must keep to its memory.
/// SET, VERSION and BYTES in a header stand for what this build packs for, so that the same inputs serve every instruction set.
#include "adatape/io/packed.hpp"
#include "adatape/model/engine.hpp"
#include "checkpoint_info.hpp"
#include "target.hpp"
#include "tiny_model.hpp"

namespace {

using namespace adatape;
using namespace adatape::robustness;

TinyParameters filled_parameters() {
  TinyParameters parameters;
  fill(parameters, 1);
  for (float& value : parameters.flat()) value /= 8;
  return parameters;
}

std::vector<float> logits_of(const model::Engine<TinyModel>& engine) {
  const std::vector<float> image(static_cast<std::size_t>(TinyModel::input_size), 0.5f);
  Arena arena;
  const auto output = engine.run(image, arena);
  return {output.logits, output.logits + TinyModel::classes};
}

/// `whole`: whether the weights are those of filled_parameters().
void read(const std::filesystem::path& path, bool whole) {
  std::optional<io::PackedFile> file;
  bool is_packed = false;
  answers("is_packed_file", [&] { is_packed = io::is_packed_file(path); });
  if (!answers("open", [&] { file.emplace(io::PackedFile::open(path)); })) return;
  if (!is_packed) finding("open", "took what is_packed_file does not");
  answers("check", [&] { file->check(); });
  answers("CheckpointInfo", [&] { examples::CheckpointInfo::read(file->path(), file->header().metadata); });
  std::optional<model::Engine<TinyModel>> engine;
  if (!answers("map_packed", [&] { engine.emplace(io::map_packed<TinyModel>(*file)); })) return;
  static const auto wanted = logits_of(model::Engine<TinyModel>(filled_parameters()));
  const auto found = logits_of(*engine);
  if (whole && !same_bits(found, wanted)) finding("map_packed", "other logits than those of the weights");
}

/// A file with this header.
std::vector<std::uint8_t> with_header(std::string header, std::span<const std::byte> weights) {
  const auto put = [&](std::string_view place, const std::string& text) {
    if (const auto at = header.find(place); at != header.npos) header.replace(at, place.size(), text);
  };
  put("SET", std::string(kInstructionSet));
  put("VERSION", std::string(kVersion));
  put("\"BYTES\"", std::to_string(weights.size()));
  const io::detail::PackedStart start{.length = static_cast<std::uint32_t>(header.size()), .checksum = io::crc32(std::as_bytes(std::span(header)))};
  std::vector<std::uint8_t> file(io::detail::packed_begin(header.size()) + weights.size());
  std::memcpy(file.data(), &start, sizeof(start));
  std::ranges::copy(header, file.begin() + sizeof(start));
  std::memcpy(file.data() + io::detail::packed_begin(header.size()), weights.data(), weights.size());
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file;
  static const auto packed = pack_in_one_piece<TinyModel, float, float>(filled_parameters());
  file.set({data, size});
  read(file.path(), false);
  file.set(with_header({reinterpret_cast<const char*>(data), size}, packed.contents()));
  read(file.path(), true);
  std::vector<std::byte> damaged(packed.contents().begin(), packed.contents().end());
  for (std::size_t i = 0; i < damaged.size() && size > 0; ++i) damaged[i] ^= std::byte{data[i * 7 % size]};
  file.set(with_header({reinterpret_cast<const char*>(data), size}, damaged));
  read(file.path(), false);
  return 0;
}
