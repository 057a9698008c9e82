/// Any bytes as a checkpoint: header, metadata, tensors, whole and partial loads. Bytes with checksums are read a second time with these passed over,
/// because no mutation gets past a checksum.
#include "checkpoint_info.hpp"
#include "adatape/io/fine_tuning.hpp"
#include "run_state.hpp"
#include "target.hpp"
#include "tiny_model.hpp"

namespace {

using namespace adatape;
using namespace adatape::robustness;

void read_tensors(const io::SafetensorsFile& file) {
  for (const auto& name : file.names()) {
    answers("read<float>", [&] { file.read<float>(name); });
    answers("read<double>", [&] { file.first_not_finite<double>(name); });
    answers("read<int64>", [&] { file.read<std::int64_t>(name); });
    answers("read<int8>", [&] { file.read<std::int8_t>(name); });
  }
}

/// A load that fails changes nothing; one that succeeds gives the values of the file.
template <class Load>
void load(const char* what, const io::SafetensorsFile& file, const Load& load) {
  TinyParameters parameters, untouched;
  fill(untouched, -7);
  fill(parameters, -7);
  if (!answers(what, [&] { load(parameters); })) {
    if (!same_bits(parameters.flat(), untouched.flat())) finding(what, "a load that failed changed parameters");
    return;
  }
  for (const auto& entry : TinyParameters::layout()) {
    const auto values = parameters.values(entry);
    const auto name = std::string(entry.name());
    const auto& before = untouched;
    const bool taken = file.contains(name) && std::ranges::equal(file.info(name).shape, std::span(entry.dims).first(static_cast<std::size_t>(entry.rank))) &&
                       file.info(name).dtype != io::DType::other && file.info(name).dtype != io::DType::I64;
    if (!taken ? !same_bits(values, before.values(entry)) : !same_bits(values, file.read<float>(name))) finding(what, "other values than the file's: " + name);
  }
}

/// As load, where the report says which tensors have the values of the file.
void fine_tune(const io::SafetensorsFile& file) {
  TinyParameters parameters, untouched;
  fill(untouched, -7);
  fill(parameters, -7);
  io::FineTuningReport report;
  if (!answers("load_for_fine_tuning", [&] { report = io::load_for_fine_tuning(file, parameters, {.unused = {"Transformer"}}); })) {
    if (!same_bits(parameters.flat(), untouched.flat())) finding("load_for_fine_tuning", "a load that failed changed parameters");
    return;
  }
  if (const char* fault = fault_of_message(report.summary())) finding(fault, report.summary());
  for (const auto& entry : TinyParameters::layout()) {
    const auto values = parameters.values(entry);
    const auto name = std::string(entry.name());
    const auto& before = untouched;
    const auto among = [&](const std::vector<std::string>& names) { return std::ranges::find(names, name) != names.end(); };
    if (among(report.taken) ? !same_bits(values, file.read<float>(name)) : among(report.fresh) && !same_bits(values, before.values(entry)))
      finding("load_for_fine_tuning", "other values than the report says: " + name);
  }
}

void read_everything(const std::filesystem::path& path) {
  std::optional<io::SafetensorsFile> file;
  if (!answers("open", [&] { file.emplace(io::SafetensorsFile::open(path)); })) return;
  read_tensors(*file);
  answers("checkpoint_step", [&] { io::checkpoint_step(*file); });
  for (const auto& entry : file->metadata()) answers("JSON of metadata", [&] { io::parse_json(entry.second, "metadata"); });
  answers("progress", [&] { examples::RunState::read(*file); });
  answers("recorded_step", [&] { examples::recorded_step(*file); });
  answers("CheckpointInfo", [&] {
    const auto info = examples::CheckpointInfo::read(*file);
    io::Metadata metadata;
    info.write(metadata);
    if (!std::isfinite(info.tau) || info.tau < 0) finding("CheckpointInfo", "a threshold that cannot be");
    for (Index label = 0; label < 4; ++label) info.class_name(label);
  });
  load("load_checkpoint", *file, [&](auto& parameters) { io::load_checkpoint(*file, parameters); });
  load("load_checkpoint with moments", *file, [&](auto& parameters) {
    TinyParameters moments;
    io::load_checkpoint(*file, parameters, io::Stored{"adamw/m/", moments});
  });
  load("load_matching", *file, [&](auto& parameters) {
    const auto report = io::load_matching(*file, parameters);
    if (const char* fault = fault_of_message(report.summary())) finding(fault, report.summary());
  });
  answers("has_classes_of", [&] { examples::CheckpointInfo{}.has_classes_of(*file); });
  fine_tune(*file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file;
  file.set({data, size});
  read_everything(file.path());
  if (const auto open = without_checksums({data, size})) {
    file.set(*open);
    read_everything(file.path());
  }
  return 0;
}

/// Mutates header and data each on their own and states the right length of the header; one in four times the bytes as they are.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  auto parts = Parts::of({data, size});
  if (!parts || seed % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
  std::vector<std::uint8_t> header(parts->header.begin(), parts->header.end());
  auto& changed = seed % 4 == 1 ? parts->data : header;
  const std::size_t before = changed.size();
  changed.resize(before + 256);
  changed.resize(LLVMFuzzerMutate(changed.data(), before, changed.size()));
  parts->header.assign(header.begin(), header.end());
  const auto bytes = parts->bytes();
  if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::ranges::copy(bytes, data);
  return bytes.size();
}
