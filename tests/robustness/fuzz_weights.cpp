/// Any bytes as a file of weights: as they are; as the pickle of a file of torch.save, in both forms; as an array of a NumPy archive, stored and deflated. What
/// can be read is read and taken for the weights of a model, which is unchanged where it refuses them.
#include "../weights/archive.hpp"
#include "adatape/weights/import.hpp"
#include "adatape/weights/open.hpp"
#include "target.hpp"
#include "tiny_model.hpp"

namespace {

using namespace adatape;
using namespace adatape::robustness;

/// Elements that are read of a tensor. A model reads none of another shape than its own.
constexpr std::size_t kMostElements = 1 << 16;

void read(const std::filesystem::path& path) {
  std::unique_ptr<weights::TensorSource> source;
  if (!answers("open_weights", [&] { source = weights::open_weights(path); })) return;
  if (source->tensors().empty()) finding("open_weights", "no tensors");
  for (const auto& item : source->tensors()) {
    const auto& name = item.first;  // clang 14 captures no structured binding
    const auto& tensor = item.second;
    if (!tensor.readable) continue;
    const auto elements = io::tensor_bytes(1, tensor.shape);
    if (!elements) finding("open_weights", "a readable tensor of a shape that has no size");
    if (*elements > kMostElements) continue;
    std::vector<double> values;
    if (answers("read", [&] { values = source->read(name); }) && values.size() != *elements) finding("read", "a wrong number of elements");
  }
  TinyParameters parameters;
  fill(parameters, 3);
  const auto before = parameters;
  weights::ImportReport report;
  const bool taken = answers("import_weights", [&] { report = weights::import_weights(*source, parameters); });
  if (!taken && !same_bits(parameters.flat(), before.flat())) finding("import_weights", "refused the file and changed the model");
  for (const auto& line : report.lines())
    if (taken && fault_of_message(line)) finding("lines", line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto try_file = [&](const std::string& content) {
    file.set({reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
    read(file.path());
  };
  const std::string storage(64, '\1');
  try_file(bytes);
  try_file(test::archive({{"x/data.pkl", bytes}, {"x/data/0", storage}}));
  const std::string legacy("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.", 25);
  try_file(legacy + bytes + "\x80\x02](" + test::text("0") + "e." + test::number(16, 8) + storage);
  try_file(test::archive({{"embedding/kernel.npy", bytes}}));
  try_file(test::archive({test::deflated_entry("embedding/kernel.npy", bytes)}));
  return 0;
}
