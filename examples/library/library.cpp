/// The functions of adatape.h.
#include <cstring>

#include "adatape/core/version.hpp"
#include "adatape/simd/batch.hpp"
#include "guarded.hpp"
#include "handles.hpp"
#include "opened_model.hpp"

namespace {

using namespace adatape::examples;
using adatape::Index;
using adatape::require;

Handles<const OpenedModel>& models() {
  static Handles<const OpenedModel> open;
  return open;
}

void require_pointer(const void* pointer, const char* name) { require(pointer != nullptr, name, ": wanted a pointer, found NULL"); }

/// A struct of a caller whose header may be older or newer: members that the caller does not know are 0, those that the library does not know must be.
template <class Struct>
Struct read_struct(const Struct& of_caller, const char* name) {
  constexpr std::size_t most = 4096;  // more is a size that was never set
  const std::size_t size = of_caller.struct_size;
  require(sizeof size <= size && size <= most, name, ": wanted struct_size = sizeof(adatape_", name, "), found ", size);
  Struct found{};
  std::memcpy(&found, &of_caller, std::min(size, sizeof(Struct)));
  const auto* const bytes = reinterpret_cast<const unsigned char*>(&of_caller);
  for (std::size_t i = sizeof(Struct); i < size; ++i)
    require(bytes[i] == 0, name, ": wanted 0 in members that this version of the library does not have");
  return found;
}

adatape_settings settings_or_default(const adatape_settings* settings) { return settings == nullptr ? adatape_settings{} : read_struct(*settings, "settings"); }

}  // namespace

int32_t adatape_abi_version() { return ADATAPE_ABI_VERSION; }

const char* adatape_version() {
  static const std::string version = std::string(adatape::kVersion) + ", batches of " + std::to_string(adatape::simd::lanes<float>) + " floats";
  return version.c_str();
}

const char* adatape_last_error() { return LastError::text(); }

adatape_status adatape_open(const char* path, const char* storage, adatape_model* model) {
  const auto arguments = guarded(ADATAPE_BAD_ARGUMENT, [&] {
    require_pointer(path, "path");
    require_pointer(model, "model");
    const std::string_view name = storage == nullptr ? "" : storage;
    require(storage == nullptr || name == "f32" || name == "bf16" || name == "int8", "storage: wanted f32, bf16, int8 or NULL, found \"", name, '"');
  });
  if (arguments != ADATAPE_OK) return arguments;
  return guarded(ADATAPE_BAD_FILE, [&] { *model = models().add(std::make_shared<OpenedModel>(path, storage == nullptr ? "" : storage)); });
}

adatape_status adatape_close(adatape_model model) {
  return guarded(ADATAPE_BAD_ARGUMENT, [&] { models().remove(model); });
}

adatape_status adatape_get_facts(adatape_model model, adatape_facts* facts) {
  return guarded(ADATAPE_BAD_ARGUMENT, [&] {
    require_pointer(facts, "facts");
    const std::size_t size = read_struct(*facts, "facts").struct_size;
    auto found = models().find(model)->facts();
    found.struct_size = size;
    std::memcpy(facts, &found, std::min(size, sizeof found));
  });
}

adatape_status adatape_class_name(adatape_model model, int64_t label, char* name, size_t room, size_t* wanted) {
  return guarded(ADATAPE_BAD_ARGUMENT, [&] {
    const auto found = models().find(model)->class_name(label);
    const std::size_t size = found.size() + 1;
    require(name != nullptr || room == 0, "name: wanted a pointer to ", room, " bytes, found NULL");
    require(name == nullptr || room >= size, "name: wanted room for ", size, " bytes, found ", room);
    if (name != nullptr) std::memcpy(name, found.c_str(), size);
    if (wanted != nullptr) *wanted = size;
  });
}

adatape_status adatape_tokens_per_step(adatape_model model, const adatape_settings* settings, int64_t* tokens) {
  return guarded(ADATAPE_BAD_ARGUMENT, [&] {
    require_pointer(tokens, "tokens");
    *tokens = models().find(model)->tokens_per_step(settings_or_default(settings));
  });
}

adatape_status adatape_normalise(adatape_model model, const uint8_t* pixels, size_t count, float* input) {
  return guarded(ADATAPE_BAD_ARGUMENT, [&] {
    const auto found = models().find(model);
    const auto size = static_cast<std::size_t>(found->input_size());
    require(count % size == 0, "pixels: wanted a multiple of ", size, " elements, found ", count);
    if (count == 0) return;
    require_pointer(pixels, "pixels");
    require_pointer(input, "input");
    found->normalise({pixels, count}, input);
  });
}

adatape_status adatape_read_picture(adatape_model model, const char* path, uint8_t* pixels, size_t count) {
  std::shared_ptr<const OpenedModel> found;
  const auto arguments = guarded(ADATAPE_BAD_ARGUMENT, [&] {
    require_pointer(path, "path");
    require_pointer(pixels, "pixels");
    found = models().find(model);
    require(count == static_cast<std::size_t>(found->input_size()), "pixels: wanted ", found->input_size(), " elements, found ", count);
  });
  if (arguments != ADATAPE_OK) return arguments;
  return guarded(ADATAPE_BAD_FILE, [&] {
    const auto picture = found->read_picture(path);
    std::memcpy(pixels, picture.data(), picture.size());
  });
}

adatape_status adatape_predict(adatape_model model, const float* input, size_t count, const adatape_settings* settings, const adatape_answers* answers) {
  return guarded(ADATAPE_BAD_ARGUMENT, [&] {
    require_pointer(answers, "answers");
    if (count > 0) require_pointer(input, "input");
    models().find(model)->predict({input, count}, settings_or_default(settings), read_struct(*answers, "answers"));
  });
}
