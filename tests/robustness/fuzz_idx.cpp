/// Any bytes as an IDX file, plain or gzip, with a limit of 65 536 elements.
#include <numeric>

#include "adatape/data/idx.hpp"
#include "target.hpp"

namespace {

using namespace adatape;
using namespace adatape::robustness;

constexpr std::uint64_t kLimit = 1 << 16;

void read(const std::filesystem::path& path, std::span<const std::uint8_t> bytes, Index rank) {
  data::IdxArray array;
  std::vector<Index> shape;
  const bool whole = answers("read_idx", [&] { array = data::read_idx(path, rank, kLimit); });
  const bool header = answers("read_idx_shape", [&] { shape = data::read_idx_shape(path, rank, kLimit); });
  if (whole && !header) finding("read_idx", "took what read_idx_shape refuses");
  if (!whole) return;
  const auto size = std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>());
  if (shape != array.shape || std::ssize(shape) != rank || std::ssize(array.values) != size || array.values.size() > kLimit) finding("read_idx", "wrong sizes");
  const bool packed = bytes[0] == 0x1f;
  const std::size_t start = 4 + 4 * static_cast<std::size_t>(rank);
  if (!packed && (bytes.size() != start + array.values.size() || !std::ranges::equal(bytes.subspan(start), array.values))) finding("read_idx", "wrong values");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file;
  file.set({data, size});
  for (Index rank = 1; rank <= 4; ++rank) read(file.path(), {data, size}, rank);
  return 0;
}
