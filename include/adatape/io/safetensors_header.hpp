#pragma once
/// The header of a safetensors file, checked once and completely, so that reading a tensor needs no check of its place.
#include "adatape/io/safetensors_json.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::io {

/// Parses `json`, the header of a file whose data section has `data_size` bytes. Throws Error beginning with `where` unless
/// - the header is JSON of the form in io/safetensors_json.hpp, within `limits`,
/// - the bytes of every tensor are those of its shape and type (where element_bytes knows the type),
/// - the tensors cover the data section without overlap and without a gap.
/// Throws std::bad_alloc where there is no memory.
inline SafetensorsHeader parse_safetensors_header(std::string_view json, std::size_t data_size, const std::string& where,
                                                  const SafetensorsLimits& limits = {}) {
  require(json.starts_with('{'), where, ": header must begin with '{'");
  require(json.find('\0') == json.npos, where, ": header contains a zero byte");  // the parser would take it for the end
  SafetensorsHeader header;
  detail::SafetensorsHeaderHandler handler(where, header, limits);
  nlohmann::json::sax_parse(json.data(), json.data() + json.size(), &handler);

  using Item = std::pair<const std::string, TensorInfo>;
  std::vector<const Item*> items;
  for (const auto& item : header.tensors) {
    const auto& [name, info] = item;
    require(info.begin <= info.end, where, ": tensor ", in_quotes(name), ": data_offsets [", info.begin, ", ", info.end, "] are in the wrong order");
    require(info.end <= data_size, where, ": tensor ", in_quotes(name), ": data_offsets [", info.begin, ", ", info.end, "] reach past the data of ", data_size,
            " bytes; is the file cut short?");
    if (const auto element = element_bytes(info.type)) {
      const auto bytes = tensor_bytes(*element, info.shape);
      require(bytes.has_value(), where, ": tensor ", in_quotes(name), ": shape ", shape_text(info.shape), " is too large");
      require(*bytes == info.end - info.begin, where, ": tensor ", in_quotes(name), ": ", info.type, " ", shape_text(info.shape), " takes ", *bytes,
              " bytes, data_offsets hold ", info.end - info.begin);
    }
    items.push_back(&item);
  }
  std::ranges::sort(items, {}, [](const Item* item) { return std::pair(item->second.begin, item->second.end); });
  std::size_t covered = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& [name, info] = *items[i];
    require(info.begin >= covered, where, ": tensors ", in_quotes(items[i == 0 ? 0 : i - 1]->first), " and ", in_quotes(name), " overlap");
    require(info.begin == covered, where, ": bytes ", covered, " to ", info.begin, " of the data, before tensor ", in_quotes(name), ", belong to no tensor");
    covered = info.end;
  }
  require(covered == data_size, where, ": the last ", data_size - covered, " bytes of the file belong to no tensor");
  return header;
}

}  // namespace adatape::io
