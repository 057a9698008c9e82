#pragma once
/// The role "export" of a model.
#include "adatape/core/initialise.hpp"
#include "adatape/core/parallel.hpp"
#include "adatape/io/stored_checkpoint.hpp"
#include "adatape/model/smoothing.hpp"
#include "flat_samples.hpp"
#include "model_roles.hpp"

namespace adatape::examples {

template <class Config>
class WeightsOf : public ExportableWeights {
 public:
  explicit WeightsOf(const io::SafetensorsFile& file) { io::load_used_weights(file, parameters_); }
  explicit WeightsOf(std::uint64_t seed) { initialise(parameters_, seed); }

  std::span<float> values() override { return parameters_.flat(); }
  std::span<const LayoutEntry> layout() const override { return ModelParameters<Config>::layout(); }

  model::SmoothingReport smooth(Index samples, const Settings& settings, const FillInput& fill, const std::function<void(Index)>& seen) override {
    using Samples = FlatSamples<Config>;
    constexpr Index chunk = 16;  // so that `seen` is called every few seconds for large models
    std::vector<float> values;
    Arena arena;
    Index done = 0;
    const auto in_chunks = [&](const auto& use) {
      for (Index begin = 0; begin < samples; begin += chunk) {
        const Index count = std::min(chunk, samples - begin);
        values.resize(static_cast<std::size_t>(count * Samples::input_size));
        parallel_for(count, [&](Index i) { fill(begin + i, begin + i + 1, values.data() + i * Samples::input_size); });
        arena.reset();
        use(Samples::input(values, arena));
        seen(done += count);
      }
    };
    auto smoothed = model::smooth_channels(parameters_, in_chunks, settings);
    parameters_ = std::move(smoothed.parameters);
    return smoothed.report;
  }

  void store(std::string_view storage, const std::filesystem::path& path, const io::Metadata& metadata) const override {
    with_type_of(storage, [&]<class Stored>(StoredAs<Stored>) {
      if constexpr (std::is_same_v<Stored, float>)
        io::save_checkpoint(path, parameters_, metadata);
      else
        io::save_stored_checkpoint<Stored>(path, parameters_, metadata);
    });
  }

  Arena pack(std::string_view storage) const override {
    return with_type_of(storage, [&]<class Stored>(StoredAs<Stored>) { return pack_in_one_piece<model::Classifier<Config>, float, Stored>(parameters_); });
  }

 private:
  /// use(StoredAs<Stored>{}) with the type of that name.
  template <class Use>
  static auto with_type_of(std::string_view storage, const Use& use) {
    if (storage == storage_name<Bf16>()) return use(StoredAs<Bf16>{});
    if (storage == storage_name<std::int8_t>()) return use(StoredAs<std::int8_t>{});
    return use(StoredAs<float>{});
  }

  ModelParameters<Config> parameters_;
};

template <class Config>
std::unique_ptr<ExportableWeights> exportable_weights(const io::SafetensorsFile& file) {
  return std::make_unique<WeightsOf<Config>>(file);
}

template <class Config>
std::unique_ptr<ExportableWeights> initial_weights(std::uint64_t seed) {
  return std::make_unique<WeightsOf<Config>>(seed);
}

}  // namespace adatape::examples
