#include "rand_augment.hpp"

#include <charconv>

#include "adatape/io/text.hpp"

namespace adatape::examples {

namespace {

/// Takes the number that `text` begins with off the text. Throws Error if there is none from `least` to `most`.
template <class Number>
Number take_number(std::string_view& text, Number least, Number most, const std::string& whole) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && least <= value && value <= most, "RandAugment: wanted a number from ", least, " to ", most, " in ", io::in_quotes(whole),
          ", found ", io::in_quotes(text));
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

image::pillow::RandAugmentOptions parse_timm(std::string_view rest, const std::string& whole) {
  image::pillow::RandAugmentOptions options;
  const auto starts = [&](std::string_view key) {
    const bool found = rest.starts_with(key);
    if (found) rest.remove_prefix(key.size());
    return found;
  };
  while (!rest.empty()) {
    if (starts("-mstd"))
      options.magnitude_deviation = take_number(rest, 0.0, 1000.0, whole);
    else if (starts("-mmax"))
      options.magnitude_most = take_number(rest, 0.0, 100.0, whole);
    else if (starts("-m"))
      options.magnitude = take_number(rest, 0.0, 100.0, whole);
    else if (starts("-n"))
      options.layers = take_number(rest, 0, 100, whole);
    else if (starts("-p"))
      options.probability = take_number(rest, 0.0, 1.0, whole);
    else if (starts("-inc"))
      options.increasing = take_number(rest, 0, 1, whole) == 1;
    else
      throw Error("RandAugment: wanted -m, -n, -mstd, -mmax, -p or -inc and a number in " + io::in_quotes(whole) + ", found " + io::in_quotes(rest));
  }
  return options;
}

}  // namespace

RandAugment RandAugment::parse(const std::string& text) {
  RandAugment out;
  std::string_view rest = text;
  if (text == "0") return out;
  if (text.starts_with("rand-")) {
    out.timm = parse_timm(rest.substr(4), text);
    return out;
  }
  out.layers = take_number(rest, 1, 100, text);
  require(rest.starts_with(','), "RandAugment: wanted 0, LAYERS,MAGNITUDE (2,15) or timm's text (rand-m9-mstd0.5-inc1), found ", io::in_quotes(text));
  rest.remove_prefix(1);
  out.magnitude = take_number(rest, 0.0, 100.0, text);
  require(rest.empty(), "RandAugment: wanted nothing behind LAYERS,MAGNITUDE in ", io::in_quotes(text), ", found ", io::in_quotes(rest));
  return out;
}

}  // namespace adatape::examples
