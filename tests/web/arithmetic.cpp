/// arithmetic: prints a fingerprint for each kind of arithmetic. Native code without fused multiply-add and WebAssembly must print the same (same_bits.sh).
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "../../examples/common/fingerprint.hpp"
#include "../../examples/image/models.hpp"
#include "adatape/core/random.hpp"
#include "adatape/model/classifier.hpp"
#include "adatape/model/engine.hpp"
#include "adatape/simd/bf16_packing.hpp"
#include "adatape/simd/math.hpp"
#include "adatape/simd/reduce.hpp"

namespace {

using namespace adatape;
using Floats = simd::Batch<float>;
using Integers = simd::Batch<std::int32_t>;

/// A NaN counts as one value: WebAssembly leaves its sign and payload open.
void print(const char* name, std::span<const float> values) {
  examples::Fingerprint fingerprint;
  for (const float value : values) fingerprint.add(std::uint64_t{std::isnan(value) ? 0x7fc00000u : std::bit_cast<std::uint32_t>(value)});
  std::printf("%s %016llx\n", name, static_cast<unsigned long long>(fingerprint.value()));
}

/// Draws of all magnitudes, then what is special.
std::vector<float> inputs(std::uint64_t seed) {
  std::vector<float> values;
  const Stream stream(seed, Purpose::data);
  for (std::uint64_t i = 0; i < 100000; ++i) {
    const float any = std::bit_cast<float>(stream.bits(2 * i));
    values.push_back(i % 2 == 0 ? any : static_cast<float>(20 * stream.uniform(2 * i + 1) - 10));
  }
  for (const float value : {0.f, -0.f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::denorm_min(), 0.5f, 1.5f, 2.5f, -0.5f})
    for (int i = 0; i < 4; ++i) values.push_back(value);
  values.resize(values.size() / 16 * 16);
  return values;
}

template <class F>
void compare(const char* name, const F& f) {
  const auto x = inputs(1), y = inputs(2);
  std::vector<float> out(x.size());
  for (std::size_t i = 0; i < x.size(); i += simd::lanes<float>) simd::store(out.data() + i, f(simd::load(x.data() + i), simd::load(y.data() + i)));
  print(name, out);
}

void compare_operations() {
  compare("add", [](Floats x, Floats y) { return x + y; });
  compare("subtract", [](Floats x, Floats y) { return x - y; });
  compare("multiply", [](Floats x, Floats y) { return x * y; });
  compare("divide", [](Floats x, Floats y) { return simd::divide(x, y); });
  compare("fma", [](Floats x, Floats y) { return simd::fma(x, y, x); });
  compare("min", [](Floats x, Floats y) { return simd::min(x, y); });
  compare("max", [](Floats x, Floats y) { return simd::max(x, y); });
  compare("clamp", [](Floats x, Floats) { return simd::clamp(x, -2.f, 3.f); });
  compare("sqrt", [](Floats x, Floats) { return simd::sqrt(x); });
  compare("abs", [](Floats x, Floats) { return simd::abs(x); });
  compare("negate", [](Floats x, Floats) { return -x; });
  compare("copysign", [](Floats x, Floats y) { return simd::copysign(x, y); });
  compare("select", [](Floats x, Floats y) { return simd::select(x < y, x, y); });
  compare("equal", [](Floats x, Floats) { return simd::select(x == x, x, simd::splat(7.f)); });
  compare("integers", [](Floats x, Floats) {
    const Integers rounded = simd::rounded_to_integers(simd::clamp(simd::select(x == x, x, simd::splat(0.f)), -2e9f, 2e9f));
    return simd::to_float(((rounded << 3) + Integers(5) - rounded) >> 2);
  });
  compare("exp", [](Floats x, Floats) { return simd::exp(x); });
  compare("tanh", [](Floats x, Floats) { return simd::tanh(x); });
  compare("sigmoid", [](Floats x, Floats) { return simd::sigmoid(x); });
  compare("erf", [](Floats x, Floats) { return simd::erf(x); });
  const auto values = inputs(3);
  std::vector<float> tame(values.size()), reduced;
  for (std::size_t i = 0; i < tame.size(); ++i) tame[i] = std::isfinite(values[i]) ? std::fmod(values[i], 10.f) : 1.f;
  for (Index n = 0; n < 70; ++n) reduced.push_back(simd::sum(tame.data(), n)), reduced.push_back(simd::max(tame.data(), n));
  print("reduce", reduced);
  std::vector<Bf16> packed(2 * 9 * 8);
  simd::pack_panel(tame.data(), 1, 17, 17, 7, packed.data());
  std::vector<float> widened;
  for (const Bf16 value : packed) widened.push_back(static_cast<float>(value));
  print("bf16", widened);
}

/// A whole model with the other GELU, its kernels stored as Stored.
template <class Stored>
void compare_model(const char* name) {
  struct Config : examples::AsInPyTorch<examples::AdatapeFashionTiny> {};
  using Model = model::Classifier<Config>;
  Parameters<Model, float> parameters;
  const Stream weights(4, Purpose::initialise), pixels(5, Purpose::data);
  for (std::size_t i = 0; i < parameters.flat().size(); ++i) parameters.flat()[i] = static_cast<float>(2 * weights.uniform(i) - 1);
  std::vector<float> input(9 * std::size_t{Model::input_size});
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(4 * pixels.uniform(i) - 2);
  Arena workspace;
  const auto output = model::Engine<Model, Stored, float>(parameters).run(input, workspace, {.tau = 2.5});
  std::vector<float> all(output.logits, output.logits + output.samples * Model::classes);
  for (const Index token : output.trace.read.front().indices) all.push_back(static_cast<float>(token));
  print(name, all);
}

}  // namespace

int main() {
  compare_operations();
  compare_model<float>("model");
  compare_model<Bf16>("model-bf16");
  compare_model<std::int8_t>("model-int8");
}
