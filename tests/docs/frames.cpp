// What stands around the blocks of C++ in docs/*.md (blocks.py). Each block has a namespace of its own.
#include <cstdio>
#include <string>
#include <vector>
#include "adatape/adatape.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/io/stored_checkpoint.hpp"
#include "adatape/io/training.hpp"
#include "adatape/mpi/exchange.hpp"
#include "adatape/mpi/session.hpp"
#include "small_model.hpp"

//// deployment.md 1
void smooth(const Parameters<Model, float>& parameters, const Input& input) {
@block@
}

//// deployment.md 2
void pack(const Parameters<Model, float>& parameters) {
@block@
}

//// design.md 1
using MyLayer = nn::LayerNorm<8>;
void check() {
@block@
}

//// design.md 2
@block@
using Check = Parameters<Model, float>;

//// design.md 3
template <int D, int heads, int mlp_dim>
using MyBlock = nn::EncoderBlock<D, heads, mlp_dim>;
@block@
using Check = Parameters<model::Classifier<MyConfig>, float>;

//// design.md 4
@block@
using Check = Parameters<model::Classifier<Ponders>, float>;

//// design.md 5
struct Ponders : Mine {
  static constexpr model::Encoder encoder = model::Encoder::pondernet;
};
void draw(const model::Engine<model::Classifier<Ponders>>& engine, const Input& input, Arena& workspace, std::span<const std::uint64_t> numbers) {
@block@
}

//// distributed.md 1
const Index samples = 32;
const Input input;
const std::vector<std::int64_t> labels;
@block@

//// distributed.md 2
void save(train::Trainer<Model, float, train::CrossEntropy, train::AdamW, mpi::Exchange>& trainer, const mpi::Session& session) {
@block@
}

//// distributed.md 3
void load(train::Trainer<Model, float, train::CrossEntropy, train::AdamW, mpi::Exchange>& trainer) {
@block@
}

//// fewshot.md 1
void evaluate(const RowMatrix<float>& train, const RowMatrix<float>& test, const std::vector<std::int64_t>& train_labels,
              const std::vector<std::int64_t>& test_labels, Index classes) {
@block@
}

//// interchange.md 1
void import_and_export(std::uint64_t seed) {
@block@
}

//// onnx.md 1
void save(const train::Trainer<Model>& trainer) {
@block@
}
