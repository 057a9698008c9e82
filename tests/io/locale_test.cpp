#include <doctest/doctest.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <locale>

#include "adatape/data/idx.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/model/describe.hpp"
#include "files.hpp"

using namespace adatape;
using namespace adatape::io;
using namespace adatape::test;

namespace {

/// Writes 1234567.5 as 1.234.567,5.
struct German : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

/// While it lives, C++ streams and, where the system has such a locale, the functions of C write numbers as in German.
class GermanNumbers {
 public:
  GermanNumbers() : cxx_(std::locale::global(std::locale(std::locale::classic(), new German))), c_(std::setlocale(LC_ALL, nullptr)) {
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
      if (std::setlocale(LC_ALL, name) != nullptr) break;
    has_c = std::localeconv()->decimal_point[0] == ',';
  }
  GermanNumbers(const GermanNumbers&) = delete;
  GermanNumbers& operator=(const GermanNumbers&) = delete;
  ~GermanNumbers() {
    std::setlocale(LC_ALL, c_.c_str());
    std::locale::global(cxx_);
  }
  bool has_c = false;

 private:
  std::locale cxx_;
  std::string c_;
};

struct Config : model::ModelDefaults {
  static constexpr double threshold = 1.5;
  static constexpr int tape_bank_size = 1234567;
  static constexpr tape::BankType bank_type = tape::BankType::learn;
};

struct Numbers {
  template <class T>
  struct Params {
    Tensor<T, 2345> values;
    static constexpr auto fields() { return std::tuple(field("values", &Params::values)); }
  };
  static std::string description() { return R"({"act_epsilon": 0.25, "size": 1234567})"; }
};

}  // namespace

TEST_CASE("locale: files and messages have the same bytes in every locale") {
  const TemporaryDirectory directory;
  Parameters<Numbers, float> parameters;
  parameters->values.values[0] = 0.5f;
  const auto description = model::describe<Config>();
  save_checkpoint(directory / "classic", parameters, {{"step", "1234567"}});
  {
    const GermanNumbers german;
    MESSAGE("a C locale with a decimal comma: ", german.has_c);
    CHECK(model::describe<Config>() == description);
    CHECK(contains(description, "\"tape_bank_size\": 1234567,"));
    CHECK(contains(description, "\"threshold\": 1.5,"));
    save_checkpoint(directory / "german", parameters, {{"step", "1234567"}});
    Parameters<Numbers, float> read;
    load_checkpoint(directory / "classic", read);
    CHECK(read->values.values[0] == 0.5f);
    const auto file = SafetensorsFile::open(directory / "german");
    CHECK(checkpoint_step(file) == 1234567);
    CHECK(json_number(checkpoint_config(file), "act_epsilon", "f") == 0.25);
    const std::array<Index, 1> shape{2346};
    CHECK(contains(error_of([&] { file.require_shape("values", shape); }), "wanted shape [2346], found [2345]"));
    CHECK(error_of([&] { json_number(checkpoint_config(file), "size", "f", 0.5, 2345.25); }) == "f: \"size\": wanted a number from 0.5 to 2345.25, found 1234567");
    CHECK(contains(error_of([&] { parse_json(std::string(2000000, ' '), "f"); }), "JSON of 2000000 bytes, wanted at most 1048576"));
    write_file(directory / "idx", std::string("\0\0\x8\1\0\0\7\x27", 8) + std::string(1831, 'x'));
    CHECK(contains(error_of([&] { data::read_idx(directory / "idx", 1, 1500); }), "declares more than 1500 elements"));
    write_file(directory / "idx", std::string("\0\0\x8\1\0\0\7\x27", 8) + std::string(1832, 'x'));
    CHECK(contains(error_of([&] { data::read_idx(directory / "idx", 1); }), "wanted the end of the file after 1839 bytes, found more"));
  }
  CHECK(read_file(directory / "german") == read_file(directory / "classic"));
}
