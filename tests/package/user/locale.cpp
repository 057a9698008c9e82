// With a locale that writes 1234567.5 as 1.234.567,5: messages, descriptions and reports keep a decimal point and group no digits.
#include <clocale>
#include <cstdio>
#include <locale>

#include "adatape/model/describe.hpp"
#include "adatape/testing/gradient_check.hpp"
#include "adatape/train/adamw.hpp"

namespace user::inline ADATAPE_NAMESPACE {

struct Large : adatape::model::ModelDefaults {
  static constexpr std::array<int, 3> image{8, 8, 1};
  static constexpr int patch_size = 4, patch_bank_size = 2, hidden_size = 12, num_heads = 2, split_tt = 3, mlp_dim = 1234568, num_layers = 2, num_classes = 5;
  static constexpr int num_tape_tokens = 4, tape_bank_size = 20, tt_mlp_dim = 8;
  static constexpr double threshold = 0.75;
};

/// Whether `text` has every part.
bool holds(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    if (text.find(part) == std::string::npos) return std::printf("wanted '%s' in: %s\n", part, text.c_str()), false;
  return true;
}

bool same_in_every_locale() {
  std::string message;
  try {
    adatape::require(false, 1234567, " and ", 0.5);
  } catch (const adatape::Error& error) {
    message = error.what();
  }
  adatape::gradcheck::GradientReport report;
  report.worst = 0.25;
  report.compared = 1234567;
  return holds(message, {"1234567 and 0.5"}) && holds(adatape::model::describe<Large>(), {"1234568", "0.75"}) && holds(report.summary(), {"0.25", "1234567"});
}

}  // namespace user

/// locale NAME: exit code 77 where the system has no locale of that name, or it writes no comma.
int main(int count, char** arguments) {
  if (count != 2 || std::setlocale(LC_ALL, arguments[1]) == nullptr || std::localeconv()->decimal_point[0] != ',') return 77;
  std::locale::global(std::locale(arguments[1]));
  return user::same_in_every_locale() ? 0 : 1;
}
