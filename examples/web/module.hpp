#pragma once
/// What the page calls: one trained model, one image at a time. The same source is compiled to WebAssembly and, for comparison, for the machine's own
/// processor. Not for several threads. Natively the functions throw as model::Engine does. In WebAssembly nothing is caught: runtime.cpp tells the page, and
/// the module must not be called again.
#include <cstdint>

#if defined(__wasm__)
#define ADATAPE_EXPORT(name) __attribute__((export_name(#name))) name
#else
#define ADATAPE_EXPORT(name) name
#endif

extern "C" {

/// The model, the text of a JSON object: "config", its configuration as checkpoints have it; "weights", adatape_weight_count(); and "tensors", each with "name",
/// "shape" and "first", the place of its first value among the weights.
const char* ADATAPE_EXPORT(adatape_description)();

/// Room for the weights, adatape_weight_count() values: a model's parameters as they lie in memory (core/parameters.hpp), gaps included.
float* ADATAPE_EXPORT(adatape_weights)();
std::int32_t ADATAPE_EXPORT(adatape_weight_count)();
/// Makes an engine of the weights. Afterwards they may change without effect.
void ADATAPE_EXPORT(adatape_load)();

/// Room for the normalised pixels of one image, adatape_input_size() values, row by row.
float* ADATAPE_EXPORT(adatape_input)();
std::int32_t ADATAPE_EXPORT(adatape_input_size)();
/// Runs the image with the threshold tau; 0: the model's own. Throws also if nothing has been loaded.
void ADATAPE_EXPORT(adatape_run)(double tau);

// Of the last run. Pointers are valid until the next one.
const float* ADATAPE_EXPORT(adatape_logits)();
std::int32_t ADATAPE_EXPORT(adatape_classes)();
/// Tape tokens that were read, and the places for bank tokens of one of them.
std::int32_t ADATAPE_EXPORT(adatape_tape_length)();
std::int32_t ADATAPE_EXPORT(adatape_tokens_per_step)();
/// [tape length, tokens per step] bank tokens, largest score first, -1 for none; and their merge weights.
const std::int32_t* ADATAPE_EXPORT(adatape_indices)();
const float* ADATAPE_EXPORT(adatape_merge_weights)();
/// Multiply-accumulates.
double ADATAPE_EXPORT(adatape_macs)();
}
