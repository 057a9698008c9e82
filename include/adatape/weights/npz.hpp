#pragma once
/// NumPy archives: .npy files in a zip archive, stored or deflated. The name of a tensor is that of its entry without ".npy".
#include "adatape/weights/npy.hpp"
#include "adatape/weights/strided_source.hpp"
#include "adatape/weights/zip.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// The tensors of an archive with these entries. Arrays of Python objects are listed and never read. Throws Error
/// - for an entry that is no .npy file, and for a damaged header,
/// - where an entry does not have the bytes that its header says.
/// Throws std::bad_alloc where there is no memory.
inline std::unique_ptr<TensorSource> open_npz(std::shared_ptr<const io::InputFile> file, const std::vector<ZipEntry>& entries,
                                              const SourceLimits& limits = {}) {
  auto source = std::make_unique<StridedSource>(std::move(file), "a NumPy archive");
  for (const auto& [entry, extent] : entries) {
    const std::string where = source->path() + ": entry " + io::in_quotes(entry);
    require(entry.ends_with(".npy"), where, ": wanted a .npy array");
    const auto header = parse_npy_header(read_extent(source->file(), extent, kMostNpyHeader, where), where, limits);
    StridedTensor tensor{npy_dtype(header.descr), header.shape, contiguous_strides(header.shape, header.fortran_order), 0, 0, header.size};
    const bool known = tensor.dtype != io::DType::other;
    if (known) {
      const auto bytes = io::tensor_bytes(tensor.dtype, header.shape);
      require(bytes.has_value(), where, ": shape ", io::shape_text(header.shape), " is too large");
      require(*bytes == extent.size - header.size, where, ": ", header.descr, " ", io::shape_text(header.shape), " takes ", *bytes, " bytes, the entry has ",
              extent.size - header.size);
    }
    tensor.storage = source->add_storage({extent});
    source->add_strided(entry.substr(0, entry.size() - 4), known ? std::string(io::name_of(tensor.dtype)) : header.descr, std::move(tensor), limits);
  }
  return source;
}

}  // namespace adatape::weights
