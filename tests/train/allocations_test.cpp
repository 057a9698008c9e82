#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "../model/own_layers.hpp"
#include "adatape/core/tensor_map.hpp"
#include "adatape/train/trainer.hpp"
#include "threads.hpp"

namespace {

std::atomic<long> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Every form of new that is not replaced here calls one of these.
void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) { return counted(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

// Arenas take their memory from the system. Sanitizers bring an mmap of their own.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ADATAPE_TEST_HAS_OWN_MMAP
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(ADATAPE_TEST_HAS_OWN_MMAP)
extern "C" void* mmap(void* address, std::size_t length, int protection, int flags, int file, off_t offset) noexcept {
  ++allocations;
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, length, protection, flags, file, offset));
}
#endif

using namespace adatape;
using namespace adatape::testing;

TEST_CASE_TEMPLATE("no memory comes from the heap or the system once a model is warm", Config, verify::LearnTokenTwoFfn, verify::InputTwoReads, verify::ActMixed,
                   verify::PonderNetUnshared, verify::VitSincos, OwnTape) {
  using Model = model::Classifier<Config>;
  const ModelProblem<Config, float> problem(5, 3);
  for (int count : {1, 2}) {
    CAPTURE(count);
    const Threads threads(count);
    train::ParameterRules rules;
    if (count == 2)
      rules = [](const LayoutEntry& entry) { return train::ParameterRule{.decays = entry.rank > 1, .trained = !entry.name().starts_with("output")}; };
    train::TrainingOptions options{.rules = rules, .clip_norm = 1, .settings = {.dropout = 0.1, .stochastic_depth = 0.2, .query_noise = 0.1}};
    train::Trainer<Model, float> trainer(options);
    options.products = Products::bf16;
    train::Trainer<Model, float> bf16_trainer(options);
    Arena arena;
    const auto step = [&] {
      trainer.step({problem.input, problem.labels, {}, problem.numbers});
      bf16_trainer.step({problem.input, problem.labels, {}, problem.numbers});
    };
    const model::Engine<Model> engine(problem.parameters);
    const model::Engine<Model, Bf16, float> bf16_engine(problem.parameters);
    const auto infer = [&] {
      engine.run(problem.input, arena);
      bf16_engine.run(problem.input, arena);
      if constexpr (Model::predictions > 1)
        for (const auto rule : {HaltingRule::sample, HaltingRule::sigmoid_expectation}) engine.run(problem.input, arena, {.halting = rule});
    };
    for (int i = 0; i < 5; ++i) {
      step();
      infer();
    }
    const long before = allocations;
    CHECK(before > 0);
    for (int i = 0; i < 50; ++i) {
      step();
      infer();
    }
    const long after = allocations;
    CHECK(after == before);
  }
}

TEST_CASE("no memory comes from the heap where a tensor becomes an input") {
  const std::vector<float> values(100 * 12);
  const Eigen::TensorMap<const Eigen::Tensor<float, 6, Eigen::RowMajor>> tensor(values.data(), 100, 2, 3, 2, 1, 1);
  const long before = allocations;
  const DenseSamples<float, 12> samples(tensor);
  CHECK(allocations == before);
  CHECK(samples.samples() == 100);
}
