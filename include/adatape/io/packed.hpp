#pragma once
/// Packed weights in files that are mapped: a process uses them where they are, and all processes that map a file share its memory (POSIX).
///     save_packed<Model, Bf16>("model.packed", parameters);
///     const auto file = PackedFile::open("model.packed");
///     const model::Engine<Model, Bf16, float> engine(map_packed<Model, Bf16>(file));
/// Such a file is for one version of the library and one instruction set. The checkpoint that it was made of is what one keeps.
/// Every function here throws std::bad_alloc where there is no memory.
#include "adatape/core/packed_weights.hpp"
#include "adatape/io/atomic_file.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/io/packed_header.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// Whether the file at `path` begins as a file of packed weights does. Throws Error as InputFile does.
inline bool is_packed_file(const std::filesystem::path& path) {
  InputFile input(path);
  std::array<char, detail::kPackedMagic.size()> magic{};
  if (input.size() < magic.size()) return false;
  input.read(std::as_writable_bytes(std::span(magic)));
  return magic == detail::kPackedMagic;
}

/// An open file of packed weights. Its header and its size were checked when it was opened. The weights were not read: a value that is damaged gives other
/// results, and nothing worse. check() compares them with their checksum.
class PackedFile {
 public:
  /// Opens the file at `path`. Throws Error
  ///  - as InputFile does for a file that cannot be opened or is not regular,
  ///  - if it is no file of packed weights, is of another format, or its header is damaged,
  ///  - if it was packed by another version of the library or for another instruction set,
  ///  - if it is shorter or longer than its header says.
  static PackedFile open(const std::filesystem::path& path) {
    PackedFile file(path);
    const std::string& where = file.path();
    auto& input = file.input_;
    detail::PackedStart start;
    require(input.size() >= sizeof(start), where, ": wanted the ", sizeof(start), " bytes at the start of a file of packed weights, found ", input.size());
    input.read(std::as_writable_bytes(std::span(&start, 1)));
    require(start.magic == detail::kPackedMagic, where, ": not a file of packed weights, which begins with other bytes");
    require(start.format == kPackedFormat, where, ": wanted format ", kPackedFormat, " of packed weights, found ", start.format,
            "; export the checkpoint again");
    require(start.length <= JsonLimits().bytes, where, ": header length ", start.length, " is above ", JsonLimits().bytes);
    require(start.length <= input.size() - sizeof(start), where, ": header of ", start.length, " bytes is cut short, the file has ",
            input.size() - sizeof(start), " bytes for it");
    std::string text(start.length, '\0');
    input.read(std::as_writable_bytes(std::span(text)));
    require(crc32(std::as_bytes(std::span(text))) == start.checksum, where, ": the header is damaged: its checksum is another one");
    file.header_ = detail::parse_packed_header(text, where);
    file.begin_ = detail::packed_begin(start.length);
    file.require_usable();
    return file;
  }

  /// The path as text for messages. Valid as long as this object.
  const std::string& path() const { return input_.path(); }
  /// What the file says about its weights. Valid as long as this object.
  const PackedHeader& header() const { return header_; }

  /// The packed weights, mapped; where the system does not map the file, read into memory. Valid when this object is gone. While they are in use, the file may
  /// be replaced or removed, but not be cut short or written to. Throws Error if the file cannot be read.
  Pages weights() const {
    if (auto mapped = Pages::of_file(input_.descriptor(), begin_, header_.bytes)) return std::move(*mapped);
    Pages read(header_.bytes);
    input_.read_at(begin_, {read.data(), read.size()});
    return read;
  }

  /// Reads all weights. Throws Error if their checksum is not that of the header, or if the file cannot be read.
  void check() const {
    std::vector<std::byte> part(std::min(header_.bytes, std::size_t{1} << 18));
    std::uint32_t sum = 0;
    for (std::size_t done = 0; done < header_.bytes; done += part.size()) {
      part.resize(std::min(part.size(), header_.bytes - done));
      input_.read_at(begin_ + done, part);
      sum = crc32(part, sum);
    }
    require(sum == header_.checksum, path(), ": the weights are damaged: their checksum is ", sum, ", wanted ", header_.checksum);
  }

 private:
  explicit PackedFile(const std::filesystem::path& path) : input_(path) {}

  void require_usable() const {
    require(header_.library == kVersion, path(), ": wanted weights packed by adatape ", kVersion, ", found ", in_quotes(header_.library),
            "; export the checkpoint again");
    require(header_.instruction_set == kInstructionSet, path(), ": wanted weights packed for the instruction set ", kInstructionSet, ", found ",
            in_quotes(header_.instruction_set), "; export the checkpoint again");
    const std::size_t room = input_.size() - std::min(input_.size(), begin_);
    require(room >= header_.bytes, path(), ": wanted ", header_.bytes, " bytes of weights, found ", room, "; is the file cut short?");
    require(room == header_.bytes, path(), ": the last ", room - header_.bytes, " bytes of the file belong to nothing");
  }

  InputFile input_;
  PackedHeader header_;
  std::size_t begin_ = 0;
};

/// Writes packed weights (the contents of pack_in_one_piece) to `path`, whole or not at all. storage and scalar: their storage_name. Throws Error for a header
/// above the limits of parse_json, and as AtomicFile does.
inline void write_packed(const std::filesystem::path& path, std::string_view storage, std::string_view scalar, const Metadata& metadata,
                         std::span<const std::byte> weights) {
  require(!weights.empty(), path.string(), ": cannot write packed weights of 0 bytes");
  const std::string text = detail::packed_header_text({.library = std::string(kVersion),
                                                       .instruction_set = std::string(kInstructionSet),
                                                       .storage = std::string(storage),
                                                       .scalar = std::string(scalar),
                                                       .bytes = weights.size(),
                                                       .checksum = crc32(weights),
                                                       .metadata = metadata});
  require(text.size() <= JsonLimits().bytes, path.string(), ": cannot write a header of ", text.size(), " bytes, wanted at most ", JsonLimits().bytes);
  const detail::PackedStart start{.length = static_cast<std::uint32_t>(text.size()), .checksum = crc32(std::as_bytes(std::span(text)))};
  const std::vector<std::byte> gap(detail::packed_begin(text.size()) - sizeof(start) - text.size());
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&start, 1)));
  file.write(std::as_bytes(std::span(text)));
  file.write(gap);
  file.write(weights);
  file.commit();
}

/// Packs the weights of a model as Engine<Model, Stored, T> does, and writes them with write_packed. `metadata` are as for save_checkpoint.
/// Throws Error, with an old file at `path` unchanged,
///  - if the entry "config" of `metadata` is not the configuration of the model,
///  - if a value is not finite,
///  - as pack_in_one_piece and write_packed do.
template <class Model, class Stored, class T>
void save_packed(const std::filesystem::path& path, const Parameters<Model, T>& parameters, const Metadata& metadata = {}) {
  const std::string where = path.string();
  const auto all = detail::with_configuration<Parameters<Model, T>>(metadata, where);
  detail::require_finite_tree(parameters, "", where);
  const auto packed = pack_in_one_piece<Model, T, Stored>(parameters);
  write_packed(path, storage_name<Stored>(), storage_name<T>(), all, packed.contents());
}

/// The weights of `file` for Engine<Model, Stored, T>. Throws Error if they are stored as other types, if the model has a description that is not that of
/// metadata "config" (only kRunTimeKeys may differ), and as PackedFile::weights does.
template <class Model, class Stored = float, class T = float>
Pages map_packed(const PackedFile& file) {
  const auto& header = file.header();
  require(header.storage == storage_name<Stored>() && header.scalar == storage_name<T>(), file.path(), ": wanted weights stored as ", storage_name<Stored>(),
          " and ", storage_name<T>(), ", found ", in_quotes(header.storage), " and ", in_quotes(header.scalar));
  if (const auto description = detail::description_of<Parameters<Model, T>>()) {
    const auto config = header.metadata.find("config");
    require(config != header.metadata.end(), file.path(), ": metadata \"config\" is missing");
    const std::string place = file.path() + ": metadata \"config\"";
    require_configuration(*description, parse_json(config->second, place), place);
  }
  return file.weights();
}

}  // namespace adatape::io
