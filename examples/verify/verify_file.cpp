#include "verify_file.hpp"

#include "configurations.hpp"
#include "golden_file.hpp"

namespace adatape::verify {

template <class T>
Report verify_file(const std::filesystem::path& path, Products products) {
  const GoldenFile golden(path);
  std::optional<Report> report;
  const auto try_one = [&]<class Config>(const Config&) {
    if (!report) report = verify_as<Config, T>(golden, products);
  };
  std::apply([&](const auto&... config) { (try_one(config), ...); }, Configurations{});
  require(report.has_value(), path.string(), ": configuration \"", golden.name(), "\" is not one that this program was compiled with");
  return *report;
}

template Report verify_file<double>(const std::filesystem::path&, Products);
template Report verify_file<float>(const std::filesystem::path&, Products);

}  // namespace adatape::verify
