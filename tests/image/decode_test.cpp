/// Pictures of every kind against what Pillow reads from them (make_pictures.py made the files and the table), and what is refused.
#include "adatape/image/decode.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "../io/files.hpp"
#include "adatape/image/png_writer.hpp"

using namespace adatape::image;
using namespace adatape::test;
using adatape::Index;

namespace {

const std::filesystem::path pictures = std::filesystem::path(__FILE__).parent_path() / "pictures";

/// A picture as Pillow reads it. The hashes are FNV-1a, 64 bits; grey is "-" where none is stated.
struct Reading {
  Index width = 0, height = 0;
  std::string rgb, grey;
};

/// A line of pictures/expected.txt or pictures/damaged.txt.
struct Expected {
  std::string name;
  Reading stored, turned;  ///< turned: as EXIF data ask
};

std::vector<Expected> expected_pictures(const char* table = "expected.txt") {
  std::ifstream file(pictures / table);
  std::vector<Expected> out;
  for (Expected line; file >> line.name;) {
    for (Reading* reading : {&line.stored, &line.turned}) file >> reading->width >> reading->height >> reading->rgb >> reading->grey;
    REQUIRE(file);
    out.push_back(line);
  }
  return out;
}

std::string hash(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const std::uint8_t byte : bytes) value = (value ^ byte) * 0x100000001b3;
  std::ostringstream text;
  text << std::hex << value;
  return std::string(16 - text.str().size(), '0') + text.str();
}

std::span<const std::uint8_t> bytes_of(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

DecodeOptions options_for(int channels, bool turned = false) {
  DecodeOptions options;
  options.channels = channels;
  options.exif_orientation = turned;
  return options;
}

/// The text behind `where` of the Error that decode throws for `bytes`, in RGB and in grey, which must be the same line; empty if there is none.
std::string refusal(const std::string& bytes, DecodeOptions options = {}) {
  const std::string where = "some/where";
  std::string text[2];
  for (const int channels : {3, 1}) {
    options.channels = channels;
    text[channels / 2] = error_of([&] { decode(bytes_of(bytes), where, options); });
  }
  CHECK(text[0] == text[1]);
  if (text[0].empty()) return "";
  CHECK(text[0].starts_with(where + ": "));
  CHECK(text[0].find('\n') == std::string::npos);
  return text[0].substr(where.size() + 2);
}

std::string big_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> 8 * i & 255);
  return out;
}

/// The PNG or JPEG `bytes` with another size in its header.
std::string resized(std::string bytes, std::uint32_t height, std::uint32_t width) {
  if (bytes[0] != '\xff') return bytes.replace(16, 8, big_endian(width, 4) + big_endian(height, 4));
  const auto frame = std::min(bytes.find("\xff\xc0"), bytes.find("\xff\xc2"));
  REQUIRE(frame != std::string::npos);
  return bytes.replace(frame + 5, 4, big_endian(height, 2) + big_endian(width, 2));
}

/// A number of KiB from /proc/self/status.
long status_number(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name)) return std::atol(line.c_str() + name.size());
  FAIL("no line of that name");
  return 0;
}

}  // namespace

TEST_CASE("pictures: every kind has the values that Pillow reads") {
  const auto expected = expected_pictures();
  REQUIRE(expected.size() == 96);
  for (const auto& line : expected) {
    CAPTURE(line.name);
    for (const bool turned : {false, true}) {
      CAPTURE(turned);
      const auto& wanted = turned ? line.turned : line.stored;
      const auto rgb = read_image(pictures / line.name, options_for(3, turned)), grey = read_image(pictures / line.name, options_for(1, turned));
      CHECK(rgb.channels == 3);
      CHECK(grey.channels == 1);
      for (const auto& image : {rgb, grey}) {
        CHECK(image.height == wanted.height);
        CHECK(image.width == wanted.width);
        CHECK(std::ssize(image.values) == image.height * image.row_size());
      }
      CHECK(hash(rgb.values) == wanted.rgb);
      if (wanted.grey != "-") CHECK(hash(grey.values) == wanted.grey);
    }
  }
}

TEST_CASE("pictures: JPEG with missing or wrong data is refused, or read as Pillow reads it") {
  const auto expected = expected_pictures("damaged.txt");
  REQUIRE(expected.size() == 6);
  for (const auto& line : expected) {
    CAPTURE(line.name);
    const auto bytes = read_file(pictures / line.name);
    CHECK(contains(refusal(bytes), " JPEG: Corrupt JPEG data: "));
    for (const int channels : {3, 1}) {
      auto options = options_for(channels);
      options.accept_damage = true;
      const auto image = decode(bytes_of(bytes), "x", options);
      CHECK(image.height == line.stored.height);
      CHECK(image.width == line.stored.width);
      CHECK(hash(image.values) == (channels == 3 ? line.stored.rgb : line.stored.grey));
    }
  }
}

TEST_CASE("pictures: accepted damage is not an early end, another format or a damaged PNG") {
  DecodeOptions options;
  options.accept_damage = true;
  for (const char* name : {"rgb-420.jpg", "grey-progressive.jpg", "cmyk.jpg", "damaged-missing-rgb.jpg"}) {
    CAPTURE(std::string(name));
    const auto bytes = read_file(pictures / name);
    CHECK(refusal(bytes, options) == "");
    for (std::size_t size = 0; size + 2 <= bytes.size(); size += size < 60 || size + 20 >= bytes.size() ? 1 : 11) {
      CAPTURE(size);
      CHECK(refusal(bytes.substr(0, size), options) != "");
    }
  }
  auto png = read_file(pictures / "rgb8.png");
  png[200] = static_cast<char>(png[200] ^ 4);
  CHECK(contains(refusal(png, options), "damaged PNG"));
  CHECK(contains(refusal("\xff\xd8\xff\xd9", options), "damaged or unsupported JPEG"));
}

TEST_CASE("pictures: RGB without options; bytes and file give the same") {
  for (const char* name : {"rgb8.png", "rgb-420.jpg", "png-inside.jpg", "jpeg-inside.png"}) {
    const auto bytes = read_file(pictures / name);
    CHECK(decode(bytes_of(bytes), "x") == read_image(pictures / name));
    CHECK(decode(bytes_of(bytes), "x").channels == 3);
  }
  CHECK(read_format(pictures / "png-inside.jpg") == Format::png);
  CHECK(read_format(pictures / "jpeg-inside.png") == Format::jpeg);
}

TEST_CASE("pictures: what shows through transparent pixels of grey") {
  auto options = options_for(1);
  const auto white = read_image(pictures / "grey1-clear.png", options);  // level 0 is transparent
  options.background = 7;
  const auto dark = read_image(pictures / "grey1-clear.png", options);
  CHECK(std::ranges::all_of(white.values, [](auto value) { return value == 255; }));
  CHECK(std::ranges::count(dark.values, 7) > 0);
  CHECK(std::ranges::count(dark.values, 7) + std::ranges::count(dark.values, 255) == std::ssize(dark.values));
}

TEST_CASE("pictures: 16-bit grey is clipped in RGB and scaled in grey") {
  const auto rgb = read_image(pictures / "grey16.png"), grey = read_image(pictures / "grey16.png", options_for(1));
  const std::vector<int> wanted_rgb{0, 255, 255, 255, 255, 255}, wanted_grey{0, 1, 1, 1, 128, 255};  // of 0, 255, 256, 300, 32768, 65535
  for (std::size_t x = 0; x < 6; ++x) {
    for (std::size_t c = 0; c < 3; ++c) CHECK(rgb.values[3 * x + c] == wanted_rgb[x]);
    CHECK(grey.values[x] == wanted_grey[x]);
  }
}

TEST_CASE("pictures: a file that ends early is refused, wherever it ends") {
  for (const auto& line : expected_pictures()) {
    if (line.name.starts_with("behind")) continue;  // these have bytes behind the picture
    CAPTURE(line.name);
    const auto bytes = read_file(pictures / line.name);
    for (std::size_t size = 0; size < bytes.size(); size += size < 60 || size + 20 >= bytes.size() ? 1 : 11) {
      CAPTURE(size);
      const auto text = refusal(bytes.substr(0, size));
      CHECK(text != "");
      if (size >= 4) CHECK(contains(text, bytes[0] == '\xff' ? "JPEG" : "damaged PNG"));
    }
  }
}

TEST_CASE("pictures: any one byte changed gives an error that names the file, or a picture") {
  for (const char* name : {"palette4.png", "grey16-interlaced.png", "turn6.png", "turn-twice.jpg", "cmyk.jpg", "grey-progressive.jpg"}) {
    const auto good = read_file(pictures / name);
    for (std::size_t at = 0; at < good.size(); at += at < 100 ? 1 : 5)
      for (const int flip : {1, 0x80, 0xff}) {
        auto bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ flip);
        auto options = options_for(3, true);
        options.max_pixels = 100'000;
        const auto text = error_of([&] { decode(bytes_of(bytes), "name", options); });
        CHECK((text.empty() || text.starts_with("name: ")));
      }
  }
  auto bytes = read_file(pictures / "rgb8.png");
  bytes[200] = static_cast<char>(bytes[200] ^ 4);
  CHECK(contains(refusal(bytes), "damaged PNG"));
}

TEST_CASE("pictures: empty, foreign and unknown files") {
  CHECK(refusal("") == "wanted a JPEG or PNG picture, found no bytes");
  CHECK(refusal("no picture") == "wanted a JPEG or PNG picture, found something else");
  CHECK(refusal("\xff\xd8") == "wanted a JPEG or PNG picture, found something else");
  for (const auto& [ending, name] : {std::pair{"bmp", "BMP"}, {"gif", "GIF"}, {"webp", "WebP"}, {"tiff", "TIFF"}, {"ppm", "PNM"}}) {
    const auto path = pictures / (std::string("foreign.") + ending);
    CHECK(error_of([&] { read_image(path); }) == path.string() + ": wanted a JPEG or PNG picture, found " + name);
  }
  CHECK(contains(refusal("\xff\xd8\xff\xd9"), "damaged or unsupported JPEG"));
  CHECK(contains(refusal("\x89PNG\n\x1a\n" + std::string(60, '\0')), "damaged PNG"));
  CHECK(contains(refusal(std::string("\x89PNG")), "damaged PNG: the header is missing"));
}

TEST_CASE("pictures: files that cannot be read") {
  const TemporaryDirectory directory;
  CHECK(contains(error_of([&] { read_image(directory / "none"); }), (directory / "none").string() + ": cannot open: No such file"));
  CHECK(error_of([&] { read_image(directory.path()); }) == directory.path().string() + ": wanted a file, found a directory");
  CHECK(contains(error_of([&] { read_image("/dev/null"); }), "/dev/null: wanted a regular file"));
  const auto path = directory / "picture.png";
  write_file(path, "");
  CHECK(error_of([&] { read_image(path); }) == path.string() + ": wanted a JPEG or PNG picture, found no bytes");
  // A sparse file, larger than any picture within the limit can be: not even read.
  std::filesystem::resize_file(path, (std::uintmax_t{1} << 24) + 801);
  auto options = options_for(3);
  options.max_pixels = 100;
  CHECK(error_of([&] { read_image(path, options); }) == path.string() + ": 16778017 bytes, wanted at most 16778016 for a picture of 100 pixels");
}

TEST_CASE("pictures: sizes are checked at the header, before memory is taken") {
  for (const char* name : {"rgb8.png", "palette2.png", "grey16-interlaced.png", "rgb-420.jpg", "grey-progressive.jpg", "cmyk.jpg"}) {
    CAPTURE(std::string(name));
    const auto bytes = read_file(pictures / name);
    DecodeOptions options;
    options.max_pixels = 23 * 17;
    CHECK(refusal(bytes, options) == "");
    options.max_pixels = 23 * 17 - 1;
    CHECK(refusal(bytes, options) == "wanted at most 390 pixels (max_pixels), found 23 x 17");
    std::ofstream("/proc/self/clear_refs") << 5;  // Linux then counts the peak anew
    const long before = status_number("VmHWM:");
    CHECK(refusal(resized(bytes, 30'000, 30'000)) == "wanted at most 89478485 pixels (max_pixels), found 30000 x 30000");
    CHECK(refusal(resized(bytes, 1, 65'500), options) == "wanted at most 390 pixels (max_pixels), found 65500 x 1");
    CHECK(refusal(resized(bytes, 0, 17)) != "");
    CHECK(refusal(resized(bytes, 17, 0)) != "");
    CHECK(status_number("VmHWM:") - before < 16 << 10);
  }
  const auto png = read_file(pictures / "rgb8.png");
  CHECK(refusal(resized(png, 1, 65'536)) == "pictures of 65536 x 1 pixels are not supported: wanted sides of 1 to 65535");
  CHECK(contains(refusal(resized(png, 0x7fffffff, 0x7fffffff)), "not supported"));
  CHECK(contains(refusal(resized(png, 0xffffffff, 1)), "not supported"));
}

TEST_CASE("pictures: hostile parts of files") {
  const auto png = read_file(pictures / "rgb8.png"), jpeg = read_file(pictures / "grey-progressive.jpg");
  REQUIRE(!png.empty());
  REQUIRE(!jpeg.empty());
  // A chunk of 2 GiB that the file does not hold: libpng would take its memory first.
  const long before = status_number("VmPeak:");
  CHECK(refusal(png.substr(0, 33) + big_endian(0x7fffffff, 4) + "eXIf" + png.substr(33)) == "damaged PNG: the file ends too early");
  CHECK(status_number("VmPeak:") - before < 1 << 20);
  // Each scan of a progressive file costs a pass over all coefficients.
  const auto scan = jpeg.find("\xff\xda");
  auto next = jpeg.find('\xff', scan + 2);
  while (jpeg[next + 1] == '\0') next = jpeg.find('\xff', next + 2);
  auto whole = jpeg.substr(scan, next - scan);
  whole[9] = '\0';  // all bits of a coefficient at once, so that libjpeg takes the same scan again
  std::string many = jpeg.substr(0, scan);
  for (int i = 0; i < 400; ++i) many += whole;
  CHECK(contains(refusal(many + jpeg.substr(next)), "more than 100 scans"));
}

TEST_CASE("pictures: wrong options") {
  const auto path = pictures / "rgb8.png";
  CHECK(error_of([&] { read_image(path, options_for(2)); }) == "DecodeOptions: wanted 1 or 3 channels, found 2");
  auto options = options_for(3);
  options.max_pixels = 0;
  CHECK(error_of([&] { read_image(path, options); }) == "DecodeOptions: wanted max_pixels of at least 1, found 0");
  options.max_pixels = std::numeric_limits<Index>::max();
  CHECK(error_of([&] { read_image(path, options); }) == "");
}

TEST_CASE("pictures: many threads decode at once") {
  const auto expected = expected_pictures();
  std::vector<std::string> found[4];
  std::vector<std::thread> threads;
  for (auto& hashes : found)
    threads.emplace_back([&] {
      for (const auto& line : expected) hashes.push_back(hash(read_image(pictures / line.name).values));
    });
  for (auto& thread : threads) thread.join();
  for (const auto& hashes : found)
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(hashes[i] == expected[i].stored.rgb);
}

TEST_CASE("formats: what the first bytes say") {
  using namespace std::string_literals;
  const std::pair<std::string, Format> starts[] = {{"\xff\xd8\xff\xe0", Format::jpeg},
                                                   {"\x89PNG\r\n\x1a\n", Format::png},
                                                   {"BM12", Format::bmp},
                                                   {"P6\n2 2", Format::pnm},
                                                   {"P1 #", Format::pnm},
                                                   {"P3\n", Format::pnm},
                                                   {"P7\n", Format::unknown},
                                                   {"P6x", Format::unknown},
                                                   {"RIFF1234WEBPVP8 ", Format::webp},
                                                   {"RIFF1234WAVE", Format::unknown},
                                                   {"II*\0____"s, Format::tiff},
                                                   {"MM\0*____"s, Format::tiff},
                                                   {"II+\0____"s, Format::tiff},
                                                   {"GIF89a", Format::gif},
                                                   {"GIF87a", Format::gif},
                                                   {"\0\0\0\x18"s + "ftypheic", Format::heif},
                                                   {"\0\0\x08\x03"s, Format::idx},
                                                   {"\0\0\x0d\x01"s, Format::idx},
                                                   {"\0\0\x01\0"s, Format::unknown},
                                                   {"\x1f\x8b\x08", Format::gzip},
                                                   {"", Format::unknown},
                                                   {"\xff\xd8", Format::unknown},
                                                   {"\0\0"s, Format::unknown},
                                                   {"text that is long enough", Format::unknown}};
  for (const auto& entry : starts) {
    const std::string& start = entry.first;
    const Format format = entry.second;
    CAPTURE(start);
    CHECK(format_of(bytes_of(start)) == format);
    for (std::size_t size = 0; size < start.size(); ++size) {
      const auto shorter = format_of(bytes_of(start.substr(0, size)));
      CHECK((shorter == format || shorter == Format::unknown));
    }
  }
  CHECK(format_name(Format::webp) == "WebP");
  CHECK(format_name(Format::unknown) == "something else");
}

TEST_CASE("exif: a directory cut anywhere, and values that are none") {
  const std::string tiff = "MM" + big_endian(42, 2) + big_endian(8, 4) + big_endian(1, 2) + big_endian(0x0112, 2) + big_endian(3, 2) + big_endian(1, 4) +
                           big_endian(6, 2) + big_endian(0, 2);
  for (std::size_t size = 0; size <= tiff.size(); ++size) CHECK(exif_orientation(bytes_of(tiff.substr(0, size))) == (size == tiff.size() ? 6 : 1));
  for (const std::uint32_t value : {0u, 1u, 2u, 8u, 9u, 0xffffu}) {
    const int wanted = value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    CHECK(exif_orientation(bytes_of(tiff.substr(0, 18) + big_endian(value, 2) + tiff.substr(20))) == wanted);
  }
  CHECK(exif_orientation(bytes_of(tiff.substr(0, 4) + big_endian(0xffffffff, 4) + tiff.substr(8))) == 1);  // a directory outside
  CHECK(exif_orientation(bytes_of(tiff.substr(0, 14) + big_endian(2, 4) + tiff.substr(18))) == 1);         // two values
  CHECK(exif_orientation(bytes_of(tiff.substr(0, 8) + big_endian(0xffff, 2) + tiff.substr(10))) == 6);     // fewer entries than stated
  Image image(2, 3, 1);
  CHECK(upright(image, 0) == image);
  CHECK(upright(image, 9) == image);
  CHECK(upright(image, 6).height == 3);
}

TEST_CASE("PNG writer: what is written is read again") {
  const TemporaryDirectory directory;
  for (const int channels : {1, 3}) {
    auto image = read_image(pictures / "rgba8.png", options_for(channels));
    write_png(directory / "written.png", image);
    CHECK(read_image(directory / "written.png", options_for(channels)) == image);
    write_png(directory / "written.png", Image(1, 1, channels));
    CHECK(read_image(directory / "written.png", options_for(channels)) == Image(1, 1, channels));
    image.values.pop_back();
    const auto path = directory / "wrong.png";
    CHECK(contains(error_of([&] { write_png(path, image); }), path.string() + ": cannot encode as PNG: wanted [height, width, 1 or 3] values, found "));
    CHECK(!std::filesystem::exists(path));
  }
  CHECK(contains(error_of([&] { write_png(directory / "written.png", Image()); }), "cannot encode as PNG"));
  CHECK(contains(error_of([&] { write_png(directory / "no" / "such.png", Image(1, 1, 3)); }), "such.png: cannot open its directory"));
  CHECK(directory.file_count() == 1);
}
