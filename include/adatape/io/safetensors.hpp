#pragma once
/// Safetensors files, reading and writing.
#include "adatape/io/safetensors_reader.hpp"
#include "adatape/io/safetensors_writer.hpp"
