/// Any bytes as a picture of at most 16 384 pixels, grey and RGB. The checksums of a PNG's chunks are set right after a mutation, so that what is in them
/// is read.
#include <zlib.h>

#include "adatape/image/decode.hpp"
#include "target.hpp"

namespace {

using namespace adatape;
using namespace adatape::robustness;

constexpr Index kMaxPixels = 1 << 14;

void read(const std::filesystem::path& path, const image::DecodeOptions& options) {
  answers("read_image", [&] {
    const auto picture = image::read_image(path, options);
    const bool good = picture.height > 0 && picture.width > 0 && picture.height * picture.width <= kMaxPixels && picture.channels == options.channels;
    if (!good || std::ssize(picture.values) != picture.height * picture.row_size()) finding("read_image", "wrong sizes");
  });
}

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

/// Chunk: length [4], type [4], data [length], CRC-32 of type and data [4].
void set_checksums(std::span<std::uint8_t> png) {
  constexpr std::size_t signature = 8;
  for (std::size_t at = signature; at + 12 <= png.size();) {
    const std::size_t length = big_endian(png.data() + at);
    if (length > png.size() - at - 12) return;
    const auto sum = ::crc32_z(0, png.data() + at + 4, length + 4);
    for (std::size_t i = 0; i < 4; ++i) png[at + 8 + length + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
    at += length + 12;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file;
  file.set({data, size});
  read(file.path(), {.channels = 1, .max_pixels = kMaxPixels});
  read(file.path(), {.channels = 1, .background = 0, .exif_orientation = true, .max_pixels = kMaxPixels});
  read(file.path(), {.exif_orientation = true, .max_pixels = kMaxPixels});
  read(file.path(), {.accept_damage = true, .max_pixels = kMaxPixels});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  const std::size_t result = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 != 0 && result > 8 && data[0] == 0x89) set_checksums({data, result});
  return result;
}
