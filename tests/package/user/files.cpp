// Writes a checkpoint of the small model with adatape::io, reads it into another, and compares the weights.
#include <cstdio>
#include <filesystem>

#include "adatape/data/idx.hpp"
#include "adatape/io/checkpoint.hpp"
#include "tiny.hpp"

int main(int, char** arguments) {
  adatape::Parameters<user::Model, float> saved, loaded;
  adatape::initialise(saved, 7);
  const std::filesystem::path path = std::string(arguments[0]) + ".safetensors";
  adatape::io::save_checkpoint(path, saved, {});
  adatape::io::load_checkpoint(path, loaded);
  std::filesystem::remove(path);
  std::printf("checkpoint is read back: %d\n", std::ranges::equal(saved.flat(), loaded.flat()));
  return std::ranges::equal(saved.flat(), loaded.flat()) ? 0 : 1;
}
