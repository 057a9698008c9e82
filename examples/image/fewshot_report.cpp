#include <nlohmann/json.hpp>

#include "fewshot_run.hpp"

namespace adatape::examples {

std::string fewshot_json(const FewShotFlags& flags, const FewShotReport& report) {
  const bool scenic = flags.protocol.rule == fewshot::Rule::scenic;
  nlohmann::ordered_json json{{"checkpoint", flags.model},
                              {"model", report.model},
                              {"storage", report.storage},
                              {"data", flags.data.directory},
                              {"fit", report.fit},
                              {"rule", scenic ? "scenic" : "big_vision"},
                              {"seeds", flags.protocol.choices()},
                              {"features", report.features},
                              {"train_images", report.train_images},
                              {"chosen_images", report.chosen_images},
                              {"test_images", report.test_images},
                              {"classes", report.classes},
                              {"results", nlohmann::json::array()}};
  if (scenic) json["seeds"] = nullptr;
  for (const auto& result : report.results)
    json["results"].push_back(nlohmann::ordered_json{
        {"shots", result.shots}, {"l2", result.l2}, {"accuracy", result.mean()}, {"deviation", result.deviation()}, {"accuracies", result.accuracies}});
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace adatape::examples
