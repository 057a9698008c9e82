#include "model_file.hpp"

#include <algorithm>
#include <fstream>

#include "adatape/io/checksum.hpp"
#include "adatape/io/packed.hpp"
#include "registry.hpp"

namespace adatape::examples {

ModelFile::ModelFile(const std::filesystem::path& path) {
  if (io::is_packed_file(path))
    packed_ = std::make_shared<io::PackedFile>(io::PackedFile::open(path));
  else
    checkpoint_ = open_checkpoint(path);
}

const std::string& ModelFile::path() const { return packed_ ? packed_->path() : checkpoint_->path(); }

const io::Metadata& ModelFile::metadata() const { return packed_ ? packed_->header().metadata : checkpoint_->metadata(); }

const io::SafetensorsFile& ModelFile::checkpoint() const {
  require(!is_packed(), path(), ": wanted a checkpoint, found packed weights, which cannot be unpacked");
  return *checkpoint_;
}

std::string ModelFile::storage() const {
  if (packed_) return packed_->header().storage;
  const auto& tensors = checkpoint_->tensors();
  const auto has = [&](io::DType dtype) { return std::ranges::any_of(tensors, [=](const auto& tensor) { return tensor.second.dtype == dtype; }); };
  return std::string(has(io::DType::I8) ? storage_name<std::int8_t>() : has(io::DType::BF16) ? storage_name<Bf16>() : storage_name<float>());
}

void ModelFile::check() const {
  if (packed_) packed_->check();
}

std::uint64_t ModelFile::checksum() const {
  std::ifstream file(path(), std::ios::binary);
  std::vector<char> room(1 << 20);
  std::uint32_t sum = 0;
  while (file.read(room.data(), std::ssize(room)) || file.gcount() > 0)
    sum = io::crc32(std::as_bytes(std::span(room.data(), static_cast<std::size_t>(file.gcount()))), sum);
  require(file.eof(), path(), ": cannot be read");
  return sum;
}

std::unique_ptr<TrainedModel> ModelFile::load(const CompiledModel& compiled, const std::string& storage) const {
  const auto stored = this->storage();
  if (packed_ && !storage.empty() && storage != stored)
    throw UsageError("--storage: " + path() + " is packed for " + stored + ", export the checkpoint for " + storage);
  const auto& engine = find_engine(compiled, storage.empty() ? stored : storage, path());
  if (!packed_) return engine.load(*checkpoint_);
  require(packed_->header().scalar == storage_name<float>(), path(), ": wanted other weights as f32, found ", io::in_quotes(packed_->header().scalar));
  return engine.map(packed_->weights());
}

}  // namespace adatape::examples
