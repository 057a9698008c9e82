#pragma once
/// Files of torch.save: the zip form (since PyTorch 1.6) and the legacy form before it. Nothing in them is executed.
#include "adatape/weights/pickle.hpp"
#include "adatape/weights/torch_tensors.hpp"
#include "adatape/weights/zip.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

/// The entries of an archive by their names. Views of the archive.
using EntryNames = std::map<std::string_view, const ZipEntry*>;

inline const ZipEntry* find_entry(const EntryNames& entries, std::string_view name) {
  const auto found = entries.find(name);
  return found == entries.end() ? nullptr : found->second;
}

/// The name before "data.pkl" of the one entry of that name; nothing if there is none.
inline std::optional<std::string> torch_root(const std::vector<ZipEntry>& entries) {
  for (const auto& entry : entries)
    if (entry.name == "data.pkl" || entry.name.ends_with("/data.pkl")) return entry.name.substr(0, entry.name.size() - 8);
  return std::nullopt;
}

/// The first 15 bytes of the legacy form: the pickle of 0x1950a86a20f9469cfc6c.
inline constexpr std::string_view kLegacyTorch("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);

}  // namespace detail

/// The tensors of a zip archive with these entries, of which `<root>data.pkl` is the pickle and `<root>data/<key>` are the storages. Keys of nested
/// dictionaries are joined by '.'. Objects other than tensors are markers. Throws Error
/// - as read_pickle and read_extent do for the pickle,
/// - where the root of the pickle is no dictionary, and for a tensor that does not fit its storage,
/// - for a storage that is missing or has other bytes than the pickle says, and for files of big-endian machines and TorchScript programs.
/// Throws std::bad_alloc where there is no memory.
inline std::unique_ptr<TensorSource> open_torch_zip(std::shared_ptr<const io::InputFile> file, const std::vector<ZipEntry>& entries,
                                                    const SourceLimits& limits = {}) {
  const auto root = detail::torch_root(entries);
  const auto& path = file->path();
  require(root.has_value(), path, ": wanted an entry data.pkl, as torch.save writes it");
  detail::EntryNames by_name;
  for (const auto& entry : entries) by_name.emplace(entry.name, &entry);
  require(!detail::find_entry(by_name, *root + "constants.pkl"), path,
          ": wanted a dictionary of tensors (torch.save of a state_dict), found a TorchScript program");
  if (const auto* order = detail::find_entry(by_name, *root + "byteorder")) {
    const auto bytes = read_extent(*file, order->extent, 16, path);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    require(text == "little", path, ": wanted little-endian tensors, found ", io::in_quotes(text));
  }
  const auto& extent = detail::find_entry(by_name, *root + "data.pkl")->extent;
  require(extent.size <= limits.header, path, ": a pickle of ", extent.size, " bytes, wanted at most ", limits.header);
  const auto pickle = read_pickle(read_extent(*file, extent, extent.size, path + ": data.pkl"), path, limits);
  auto storages = detail::torch_storages(pickle, path);
  auto source = std::make_unique<StridedSource>(std::move(file), "a file of torch.save");
  for (auto& [key, storage] : storages) {
    const auto* entry = detail::find_entry(by_name, *root + "data/" + key);
    require(entry != nullptr, source->path(), ": the data of storage ", io::in_quotes(key), " are missing");
    const auto bytes = io::tensor_bytes(storage.type->bytes, std::array{storage.elements});
    require(bytes == entry->extent.size, source->path(), ": storage ", io::in_quotes(key), ": wanted ", storage.elements, " elements of ", storage.type->name,
            ", found ", entry->extent.size, " bytes");
    storage.number = source->add_storage({entry->extent});
  }
  detail::TorchCollector(pickle, storages, *source, limits).collect();
  return source;
}

/// Whether the file begins as the legacy form does.
inline bool is_legacy_torch(std::span<const std::byte> begin) {
  return std::string_view(reinterpret_cast<const char*>(begin.data()), begin.size()).starts_with(detail::kLegacyTorch);
}

/// The tensors of the legacy form: pickles of a magic number, a version, facts of the system, the object, and the list of the keys of storages; then for each
/// key the number of elements and the elements. Throws Error as open_torch_zip does, std::bad_alloc where there is no memory.
inline std::unique_ptr<TensorSource> open_legacy_torch(std::shared_ptr<const io::InputFile> file, const SourceLimits& limits = {}) {
  std::vector<std::byte> bytes(std::min(file->size(), limits.header));
  file->read_at(0, bytes);
  std::size_t at = detail::kLegacyTorch.size();
  const auto next = [&] {
    auto pickle = read_pickle(std::span(bytes).subspan(at), file->path(), limits);
    at += pickle.size;
    return pickle;
  };
  const auto version = next(), system = next();
  require(version[version.root].integer == 1001, file->path(), ": wanted version 1001 of torch.save, found another one");
  for (std::size_t i = 0; i + 1 < system[system.root].items.size(); i += 2)
    require(system[system[system.root].items[i]].text != "little_endian" || system[system[system.root].items[i + 1]].integer == 1, file->path(),
            ": wanted tensors of a little-endian machine");
  const auto pickle = next(), keys = next();
  bytes = {};
  auto storages = detail::torch_storages(pickle, file->path());
  auto source = std::make_unique<StridedSource>(std::move(file), "a file of torch.save in the legacy form");
  std::size_t placed = 0;
  for (const auto ref : keys[keys.root].items) {
    const auto found = storages.find(keys[ref].text);
    require(found != storages.end(), source->path(), ": storage ", io::in_quotes(keys[ref].text), " is of a type that is not known, or of no tensor");
    auto& storage = found->second;
    require(!storage.number, source->path(), ": storage ", io::in_quotes(found->first), " has data twice");
    const auto size = io::tensor_bytes(storage.type->bytes, std::array{storage.elements});
    const std::size_t rest = source->file().size() - at;
    require(rest >= 8 && size && *size <= rest - 8, source->path(), ": the data of storage ", io::in_quotes(found->first), " are cut short");
    std::array<std::byte, 8> count{};
    source->file().read_at(at, count);
    require(number_at<std::int64_t>(count, 0) == storage.elements, source->path(), ": storage ", io::in_quotes(found->first), ": wanted ", storage.elements,
            " elements, found ", number_at<std::int64_t>(count, 0));
    storage.number = source->add_storage({{at + 8, *size, *size}});
    at += 8 + *size;
    ++placed;
  }
  require(placed == storages.size(), source->path(), ": the data of ", storages.size(), " storages are wanted, found those of ", placed);
  detail::TorchCollector(pickle, storages, *source, limits).collect();
  return source;
}

}  // namespace adatape::weights
