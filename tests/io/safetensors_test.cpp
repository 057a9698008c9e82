#include "adatape/io/safetensors.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "files.hpp"

using namespace adatape::io;
using namespace adatape::test;
using adatape::Bf16, adatape::Index;

namespace {

std::string file_bytes(const std::string& header, std::size_t data_size) {
  std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_size, '\0');
}

/// The error of opening a file of these bytes, without the path; empty if it is valid.
std::string open_error(const TemporaryDirectory& directory, const std::string& bytes) {
  const auto path = directory / "file.safetensors";
  write_file(path, bytes);
  const auto message = error_of([&] { SafetensorsFile::open(path); });
  if (message.empty()) return "";
  REQUIRE(message.starts_with(path.string() + ": "));
  REQUIRE(message.find('\n') == std::string::npos);
  return message.substr(path.string().size() + 2);
}

/// Reads everything in the file, to see the sanitizers agree that it is all there.
void read_all(const SafetensorsFile& file) {
  for (const auto& [name, info] : file.tensors()) {
    if (info.dtype == DType::I64)
      file.read<std::int64_t>(name);
    else
      if (info.dtype != DType::other) file.read<double>(name), file.first_not_finite<float>(name);
  }
}

/// Every dtype, a scalar, an empty tensor and metadata.
void write_sample(const std::filesystem::path& path) {
  const std::vector<double> f64{1, -2, 0.1, 1e300, -0.0, std::numeric_limits<double>::denorm_min()};
  const std::vector<float> f32{1.5f, -0.1f};
  const std::vector<Float16> f16{Float16(0.5f), Float16(-65504), Float16(0x1p-24f)};
  const std::vector<Bf16> bf16{Bf16(3.0f)};
  const std::vector<std::int64_t> i64{-1, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
  write_safetensors(path,
                    {tensor_view("bf16", {}, std::span(bf16)),
                     tensor_view("f16", {3}, std::span(f16)),
                     tensor_view("f32", {1, 2}, std::span(f32)),
                     tensor_view("f64", {2, 3}, std::span(f64)),
                     tensor_view("i64", {3, 1}, std::span(i64)),
                     {"none", DType::F32, {4, 0, 2}, nullptr}},
                    {{"config", "{\"a\": \"\\u00e9\n\"}"}, {"step", "7"}, {"", "é"}});
}

}  // namespace

TEST_CASE("safetensors: every dtype, rank 0, empty tensors and metadata survive a round trip") {
  const TemporaryDirectory directory;
  write_sample(directory / "a");
  const auto file = SafetensorsFile::open(directory / "a");
  CHECK(file.names() == std::vector<std::string>{"bf16", "f16", "f32", "f64", "i64", "none"});
  CHECK(file.metadata() == Metadata{{"config", "{\"a\": \"\\u00e9\n\"}"}, {"step", "7"}, {"", "é"}});
  CHECK(file.metadata("step") == "7");
  CHECK(error_of([&] { file.metadata("seed"); }) == (directory / "a").string() + ": metadata \"seed\" is missing");

  const auto f64 = file.read<double>("f64");
  CHECK(f64 == std::vector<double>{1, -2, 0.1, 1e300, -0.0, std::numeric_limits<double>::denorm_min()});
  CHECK(std::signbit(f64[4]));
  CHECK(file.read<float>("f64")[2] == 0.1f);
  CHECK(file.read<float>("f32") == std::vector<float>{1.5f, -0.1f});
  CHECK(file.read<double>("f32") == std::vector<double>{1.5, -0.1f});
  CHECK(file.read<float>("f16") == std::vector<float>{0.5f, -65504.0f, 0x1p-24f});
  CHECK(file.read<double>("f16") == std::vector<double>{0.5, -65504.0, 0x1p-24});
  CHECK(file.read<float>("bf16") == std::vector<float>{3});
  CHECK(file.read<std::int64_t>("i64") == std::vector<std::int64_t>{-1, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()});
  CHECK(file.read<float>("none").empty());

  CHECK(file.info("bf16").shape.empty());
  CHECK(file.info("none").shape == std::vector<Index>{4, 0, 2});
  CHECK(file.info("i64").dtype == DType::I64);
  for (const auto& [name, info] : file.tensors()) CHECK(info.begin % bytes_of(info.dtype) == 0);
  CHECK(file.contains("f16"));
  CHECK_FALSE(file.contains("f8"));
}

TEST_CASE("safetensors: equal input gives equal bytes, and data start on a multiple of 8") {
  const TemporaryDirectory directory;
  write_sample(directory / "a");
  write_sample(directory / "b");
  const auto bytes = read_file(directory / "a");
  CHECK(bytes == read_file(directory / "b"));
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);

  write_safetensors(directory / "c", {});
  CHECK(read_file(directory / "c") == file_bytes("{}      ", 0));
  const std::vector<float> one{1};
  write_safetensors(directory / "d", {tensor_view("x", {1}, std::span(one))}, {{"k", "v"}});
  // Checksums as Python's zlib.crc32 has them: of b"1:k1:v" and of the four bytes of 1.0.
  CHECK(read_file(directory / "d").substr(8) ==
        R"({"__metadata__":{"adatape.crc32":"{\"__metadata__\":3224641625,\"x\":2896259690}","k":"v"},)"
        "\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}" + std::string("\0\0\x80\x3f", 4));
}

TEST_CASE("safetensors: reading a tensor as what it is not") {
  const TemporaryDirectory directory;
  write_sample(directory / "a");
  const auto file = SafetensorsFile::open(directory / "a");
  const std::string where = (directory / "a").string() + ": ";
  std::vector<float> room(6);
  const std::array<Index, 2> right{2, 3}, wrong{3, 2};
  file.read_into("f64", std::span(room), right);
  CHECK(room[1] == -2);
  CHECK(error_of([&] { file.read_into("f64", std::span(room), wrong); }) == where + "tensor \"f64\": wanted shape [3, 2], found [2, 3]");
  CHECK(error_of([&] { file.read_into("f64", std::span(room).first(5), right); }) == where + "tensor \"f64\": 6 elements do not fit a buffer of 5");
  CHECK(error_of([&] { file.read<float>("none at all"); }) == where + "tensor \"none at all\" is missing");
  CHECK(error_of([&] { file.read<float>("i64"); }) == where + "tensor \"i64\": wanted a floating-point type, found I64");
  CHECK(error_of([&] { file.read<std::int64_t>("f16"); }) == where + "tensor \"f16\": wanted I64, found F16");
  CHECK(error_of([&] { file.read<std::uint8_t>("i64"); }) == where + "tensor \"i64\": element 0 is -1, out of range");
  CHECK(file.first_not_finite<float>("f64") == 3);
  CHECK_FALSE(file.first_not_finite<double>("f64").has_value());
}

TEST_CASE("safetensors: what cannot be written is refused before anything is touched") {
  const TemporaryDirectory directory;
  const auto path = directory / "a";
  write_file(path, "old");
  const std::vector<float> values{1, 2};
  const auto view = tensor_view("x", {2}, std::span(values));
  const auto error = [&](std::vector<TensorView> tensors, const Metadata& metadata = {}) {
    return error_of([&] { write_safetensors(path, std::move(tensors), metadata); });
  };
  CHECK(error({view, view}) == path.string() + ": cannot write tensor \"x\" twice");
  CHECK(contains(error({{"__metadata__", DType::F32, {2}, values.data()}}), "the name is reserved"));
  CHECK(contains(error({{"x", DType::F32, {-1}, values.data()}}), "shape [-1] is negative or too large"));
  CHECK(contains(error({{"x", DType::F32, {Index{1} << 40, Index{1} << 40}, values.data()}}), "negative or too large"));
  CHECK(contains(error({{"x", DType::F32, {2}, nullptr}}), "it has no data"));
  CHECK(contains(error({{"\xff", DType::F32, {2}, values.data()}}), "not UTF-8"));
  CHECK(contains(error({view}, {{"k", "\xc3"}}), "not UTF-8"));
  CHECK(contains(error_of([&] { tensor_view("x", {3}, std::span(values)); }), "tensor \"x\": shape [3] does not hold 2 elements"));
  CHECK(contains(error_of([&] { write_safetensors(directory / "none/a", {view}); }), "cannot open its directory"));
  CHECK(read_file(path) == "old");
  CHECK(directory.file_count() == 1);
}

TEST_CASE("safetensors: malformed files, each with its error") {
  const TemporaryDirectory directory;
  CHECK(open_error(directory, "") == "the file is empty");
  CHECK(open_error(directory, "abc") == "wanted the 8 bytes of a header length, found a file of 3");
  CHECK(open_error(directory, std::string(8, '\0')) == "header must begin with '{'");
  CHECK(open_error(directory, "{\"a\": 1}........") == "header length 9021026962656797307 is above 16000000; is this a safetensors file?");
  CHECK(open_error(directory, std::string("\x40\0\0\0\0\0\0\0{}", 10)) == "header of 64 bytes is cut short, the file has 2 bytes for it");
  CHECK(error_of([&] { SafetensorsFile::open(directory.path()); }) == directory.path().string() + ": wanted a file, found a directory");
  CHECK(contains(error_of([&] { SafetensorsFile::open(directory / "none"); }), "cannot open: No such file or directory"));

  struct Case {
    std::string header;
    std::size_t data_size;
    std::string error;
  };
  const std::string x = R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const std::vector<Case> cases{
      {"{" + x + "}", 8, ""},
      {"{" + x + "}   \n", 8, ""},
      {"{}", 0, ""},
      {R"({"__metadata__":{}})", 0, ""},
      {R"({"x":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}})", 4, ""},
      {R"({"x":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]}})", 0, ""},
      {R"({"e":{"dtype":"F32","shape":[0],"data_offsets":[8,8]},)" + x + "}", 8, ""},
      // JSON
      {"", 0, "header must begin with '{'"},
      {" {}", 0, "header must begin with '{'"},
      {"[]", 0, "header must begin with '{'"},
      {"\xef\xbb\xbf{}", 0, "header must begin with '{'"},
      {"{", 0, "header is not valid JSON at its byte 2"},
      {"{}{}", 0, "header is not valid JSON at its byte 3"},
      {"{" + x + ",}", 8, "header is not valid JSON at its byte"},
      {"{\"\xff\":1}", 0, "header is not valid JSON at its byte 3"},
      {"{} // comment", 0, "header is not valid JSON at its byte"},
      {std::string("{}\0garbage", 10), 0, "header contains a zero byte"},
      // keys
      {"{" + x + "," + x + "}", 8, "header: key \"x\" appears twice"},
      {R"({"x":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, "header: tensor \"x\": key \"dtype\" appears twice"},
      {R"({"x":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}})", 8, "header: tensor \"x\": key \"shape\" appears twice"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"data_offsets":[0,8]}})", 8, "header: tensor \"x\": key \"data_offsets\" appears twice"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}})", 8, "header: tensor \"x\": unknown key \"more\""},
      {R"({"x":{"shape":[2],"data_offsets":[0,8]}})", 8, "header: tensor \"x\": key \"dtype\" is missing"},
      {R"({"x":{"dtype":"F32","data_offsets":[0,8]}})", 8, "header: tensor \"x\": key \"shape\" is missing"},
      {R"({"x":{"dtype":"F32","shape":[2]}})", 8, "header: tensor \"x\": key \"data_offsets\" is missing"},
      {R"({"x":{}})", 0, "header: tensor \"x\": key \"dtype\" is missing"},
      {R"({"__metadata__":{},"__metadata__":{}})", 0, "header: key \"__metadata__\" appears twice"},
      {R"({"__metadata__":{"k":"1","k":"1"}})", 0, "header: key \"k\" of __metadata__ appears twice"},
      // types
      {R"({"__metadata__":{"k":1}})", 0, "header: \"__metadata__\": wanted a string, found a number"},
      {R"({"__metadata__":{"k":null}})", 0, "header: \"__metadata__\": wanted a string, found null"},
      {R"({"__metadata__":{"k":{}}})", 0, "header: \"__metadata__\": wanted a string, found an object"},
      {R"({"__metadata__":{"k":[]}})", 0, "header: \"__metadata__\": wanted a string, found an array"},
      {R"({"__metadata__":"text"})", 0, "header: \"__metadata__\": wanted an object, found a string"},
      {R"({"x":1})", 0, "header: \"x\": wanted an object with dtype, shape and data_offsets, found a number"},
      {R"({"x":[]})", 0, "header: \"x\": wanted an object with dtype, shape and data_offsets, found an array"},
      {R"({"x":{"dtype":32}})", 0, "header: \"x\": wanted dtype: a string, found a number"},
      {R"({"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})", 8, ""},
      {R"({"x":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}})", 8, ""},  // a type that nobody knows: its size cannot be checked
      {R"({"x":{"dtype":"U8","shape":[7],"data_offsets":[0,8]}})", 8, "tensor \"x\": U8 [7] takes 7 bytes, data_offsets hold 8"},
      {R"({"x":{"dtype":"F32","shape":[4611686018427387904,0],"data_offsets":[0,0]}})", 0, ""},
      {R"({"x":{"dtype":"F32","shape":[0,4611686018427387904],"data_offsets":[0,0]}})", 0, ""},
      {R"({"x":{"dtype":"F32","shape":2}})", 8, "header: \"x\": wanted shape: an array, found a number"},
      {R"({"x":{"dtype":"F32","shape":[[2]]}})", 8, "header: \"x\": wanted shape: unsigned integers, found an array"},
      {R"({"x":{"dtype":"F32","shape":[-2]}})", 8, "header: \"x\": wanted shape: unsigned integers, found -2"},
      {R"({"x":{"dtype":"F32","shape":[2.0]}})", 8, "header: \"x\": wanted shape: unsigned integers, found 2.0"},
      {R"({"x":{"dtype":"F32","shape":["2"]}})", 8, "header: \"x\": wanted shape: unsigned integers, found a string"},
      {R"({"x":{"dtype":"F32","shape":[true]}})", 8, "header: \"x\": wanted shape: unsigned integers, found a boolean"},
      {R"({"x":{"dtype":"F32","shape":[18446744073709551615]}})", 8, "header: tensor \"x\": dimension 18446744073709551615 is too large"},
      {R"({"x":{"dtype":"F32","shape":[18446744073709551616]}})", 8, "header: \"x\": wanted shape: unsigned integers, found 18446744073709551616"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":{}}})", 8, "header: \"x\": wanted data_offsets: an array, found an object"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[-1,7]}})", 8, "header: \"x\": wanted data_offsets: unsigned integers, found -1"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8e0]}})", 8, "header: \"x\": wanted data_offsets: unsigned integers, found 8e0"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}})", 8, "header: tensor \"x\": wanted 2 data_offsets, found 1"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}})", 8, "header: tensor \"x\": wanted 2 data_offsets, found more"},
      // offsets
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8, "tensor \"x\": data_offsets [8, 0] are in the wrong order"},
      {"{" + x + "}", 7, "tensor \"x\": data_offsets [0, 8] reach past the data of 7 bytes; is the file cut short?"},
      {"{" + x + "}", 9, "the last 1 bytes of the file belong to no tensor"},
      {"{}", 3, "the last 3 bytes of the file belong to no tensor"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,18446744073709551615]}})", 8,
       "tensor \"x\": data_offsets [18446744073709551608, 18446744073709551615] reach past the data of 8 bytes; is the file cut short?"},
      {R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8, "tensor \"x\": F32 [3] takes 12 bytes, data_offsets hold 8"},
      {R"({"x":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}})", 8, "tensor \"x\": F64 [2] takes 16 bytes, data_offsets hold 8"},
      {R"({"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0, "tensor \"x\": shape [4611686018427387904, 4] is too large"},
      {R"({"x":{"dtype":"F32","shape":[2305843009213693953,8],"data_offsets":[0,32]}})", 32, "tensor \"x\": shape [2305843009213693953, 8] is too large"},
      {"{" + x + R"(,"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12, "tensors \"x\" and \"y\" overlap"},
      {"{" + x + R"(,"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, "tensors \"x\" and \"y\" overlap"},
      {"{" + x + R"(,"e":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}})", 8, "tensors \"x\" and \"e\" overlap"},
      {"{" + x + R"(,"y":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}})", 16, "bytes 8 to 12 of the data, before tensor \"y\", belong to no tensor"},
      {R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "bytes 0 to 4 of the data, before tensor \"x\", belong to no tensor"},
      {R"({"a\nb":1})", 0, R"(header: "a\x0ab": wanted an object with dtype, shape and data_offsets, found a number)"},
  };
  for (const auto& [json, data_size, error] : cases) {
    const std::string& header = json;
    CAPTURE(header);
    const auto found = open_error(directory, file_bytes(header, data_size));
    if (error.ends_with("byte"))
      CHECK(found.starts_with(error));
    else
      CHECK(found == error);
  }
}

TEST_CASE("safetensors: every flipped bit of the data is found, and the tensor named") {
  const TemporaryDirectory directory;
  write_sample(directory / "a");
  const auto bytes = read_file(directory / "a");
  const auto names = SafetensorsFile::open(directory / "a").names();
  CHECK(SafetensorsFile::open(directory / "a").has_checksums());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  for (std::size_t bit = 8 * (8 + length); bit < 8 * bytes.size(); ++bit) {
    auto changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    write_file(directory / "b", changed);
    const auto file = SafetensorsFile::open(directory / "b");
    const std::size_t at = bit / 8 - 8 - length;
    for (const auto& item : file.tensors()) {
      const auto& name = item.first;  // clang 14 captures no structured binding
      const auto& info = item.second;
      const auto read_it = [&] { info.dtype == DType::I64 ? (void)file.read<std::int64_t>(name) : (void)file.read<double>(name); };
      const bool hit = info.begin <= at && at < info.end;
      const auto message = error_of(read_it);
      CHECK(message.starts_with(hit ? file.path() + ": tensor \"" + name + "\" is damaged: its checksum is " : ""));
      CHECK(message.empty() == !hit);
    }
  }
}

TEST_CASE("safetensors: a flipped bit of the metadata is found") {
  const TemporaryDirectory directory;
  write_sample(directory / "a");
  const auto bytes = read_file(directory / "a");
  const auto step = bytes.find("\"step\":\"7\"");
  REQUIRE(step != bytes.npos);
  auto changed = bytes;
  changed[step + 8] = '5';
  CHECK(open_error(directory, changed) ==
        "the metadata are damaged: their checksum is another one (a program that changes them must drop the entry adatape.crc32)");
}

TEST_CASE("safetensors: files without checksums load, and a broken list of them is refused") {
  const TemporaryDirectory directory;
  const auto with = [&](const std::string& entry) {
    return file_bytes("{" + entry + R"("x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4);
  };
  write_file(directory / "a", with(""));
  const auto plain = SafetensorsFile::open(directory / "a");
  CHECK_FALSE(plain.has_checksums());
  CHECK(plain.read<float>("x") == std::vector<float>{0});
  const auto sums = [&](const std::string& json) {
    std::string entry = R"("__metadata__":{"adatape.crc32":")";
    for (const char c : json) (c == '"' ? entry += '\\' : entry) += c;
    return with(entry += R"("},)");
  };
  const std::string where = "metadata \"adatape.crc32\": ";
  CHECK(open_error(directory, sums("[]")) == where + "wanted a JSON object, found an array of 0");
  CHECK(open_error(directory, sums("{")) == where + "not valid JSON at its byte 2");
  CHECK(open_error(directory, sums(R"({"x":[1]})")) == where + "JSON is nested more than 1 deep");
  CHECK(open_error(directory, sums(R"({"x":-1})")) == where + "\"x\": wanted an integer from 0 to 4294967295, found -1");
  CHECK(contains(open_error(directory, sums(R"({"x":558161692})")), "the metadata are damaged"));
  CHECK(open_error(directory, sums(R"({"__metadata__":0,"x":558161692})")) == "");
  write_file(directory / "b", sums(R"({"__metadata__":0,"x":558161692})"));
  CHECK(SafetensorsFile::open(directory / "b").read<float>("x") == std::vector<float>{0});
  write_file(directory / "b", sums(R"({"__metadata__":0,"y":1})"));
  CHECK(contains(error_of([&] { SafetensorsFile::open(directory / "b").read<float>("x"); }), "tensor \"x\" has no checksum, though the file has a list of them"));
  const std::vector<float> one{1};
  CHECK(contains(error_of([&] { write_safetensors(directory / "b", {tensor_view("x", {1}, std::span(one))}, {{"adatape.crc32", ""}}); }), "written by"));
}

TEST_CASE("safetensors: a tensor of another type does not spoil the file") {
  const TemporaryDirectory directory;
  for (const std::string type : {"BOOL", "U8", "I16", "U16", "I32", "U32", "U64", "F8_E4M3", "F8_E5M2", "F4", "something new"}) {
    CAPTURE(type);
    const std::size_t element = element_bytes(type).value_or(3);
    const auto size = std::to_string(2 * element), end = std::to_string(2 * element + 8);
    write_file(directory / "a", file_bytes(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[)" + size + "," + end + R"(]},"other":{"dtype":")" + type +
                                               R"(","shape":[2],"data_offsets":[0,)" + size + "]}}", 2 * element + 8));
    const auto file = SafetensorsFile::open(directory / "a");
    CHECK(file.read<float>("x") == std::vector<float>{0, 0});
    CHECK(file.info("other").dtype == DType::other);
    CHECK(error_of([&] { file.read<double>("other"); }) ==
          (directory / "a").string() + ": tensor \"other\": wanted a floating-point type, found \"" + type + "\"");
    CHECK(contains(error_of([&] { file.read<std::int64_t>("other"); }), "wanted I64, found \"" + type + "\""));
  }
}

TEST_CASE("safetensors: limits are checked in the header, and memory follows what is asked for") {
  const TemporaryDirectory directory;
  std::string rank = R"({"x":{"dtype":"F32","shape":[1)", metadata = R"({"__metadata__":{"k":"")";
  for (int i = 0; i < 32; ++i) rank += ",1";
  for (int i = 0; i < 1000; ++i) metadata += ",\"" + std::to_string(i) + "\":\"\"";
  CHECK(open_error(directory, file_bytes(rank + R"(],"data_offsets":[0,4]}})", 4)) == "header: tensor \"x\": more than 32 dimensions");
  CHECK(open_error(directory, file_bytes(metadata + "}}", 0)) == "header: more than 1000 entries in __metadata__");
  const std::string x = R"("x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  CHECK(error_of([&] { parse_safetensors_header("{" + x + R"(,"y":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}})", 4, "f", {.tensors = 1}); }) ==
        "f: header: more than 1 tensors");
  write_file(directory / "a", file_bytes("{" + x + "}", 4));
  CHECK(contains(error_of([&] { SafetensorsFile::open(directory / "a", {.header = 20}); }), "is above 20;"));
  CHECK(contains(open_error(directory, file_bytes("{\"a\":" + std::string(1'000'000, '['), 0)), "\"a\": wanted an object with dtype"));

  // A file of 4 TiB, almost all of it one tensor that nobody asks for (a hole on the disk).
  const std::string huge = std::to_string(std::size_t{1} << 42);
  const std::string header = R"({"huge":{"dtype":"U8","shape":[)" + huge + R"(],"data_offsets":[4,)" + std::to_string((std::size_t{1} << 42) + 4) + "]}," + x + "}";
  write_file(directory / "b", file_bytes(header, 4));
  std::error_code failure;
  std::filesystem::resize_file(directory / "b", 8 + header.size() + 4 + (std::uintmax_t{1} << 42), failure);
  if (!failure) CHECK(SafetensorsFile::open(directory / "b").read<float>("x") == std::vector<float>{0});
}

TEST_CASE("safetensors: an open file stays what it was when another takes its name") {
  const TemporaryDirectory directory;
  const std::vector<float> one{1}, two{2};
  write_safetensors(directory / "a", {tensor_view("x", {1}, std::span(one))});
  const auto file = SafetensorsFile::open(directory / "a");
  write_safetensors(directory / "a", {tensor_view("x", {1}, std::span(two))});
  CHECK(file.read<float>("x") == one);
  CHECK(SafetensorsFile::open(directory / "a").read<float>("x") == two);
}

TEST_CASE("safetensors: data that change in an open file are found, by their checksum or by the time of the change") {
  const TemporaryDirectory directory;
  const std::string bytes = file_bytes(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4);
  write_file(directory / "a", bytes);
  const auto plain = SafetensorsFile::open(directory / "a");
  CHECK(plain.read<float>("x") == std::vector<float>{0});
  write_over(directory / "a", bytes.size() - 4, "abcd");
  CHECK(error_of([&] { plain.read<float>("x"); }) == (directory / "a").string() + ": changed while it was being read");
  const std::vector<float> one{1};
  write_safetensors(directory / "b", {tensor_view("x", {1}, std::span(one))});
  const auto summed = SafetensorsFile::open(directory / "b");
  write_over(directory / "b", 0, read_file(directory / "b").substr(0, 1));  // the same bytes
  CHECK(summed.read<float>("x") == one);
  write_over(directory / "b", std::filesystem::file_size(directory / "b") - 4, "abcd");
  CHECK(contains(error_of([&] { summed.read<float>("x"); }), "tensor \"x\" is damaged: its checksum is"));
}

TEST_CASE("safetensors: a tensor larger than the reader's buffer") {
  const TemporaryDirectory directory;
  std::vector<double> values(100'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i) / 4;
  std::vector<std::int64_t> integers(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) integers[i] = static_cast<std::int64_t>(i);
  write_safetensors(directory / "a", {tensor_view("x", {100'000}, std::span<const double>(values)),
                                      tensor_view("i", {100'000}, std::span<const std::int64_t>(integers))});
  const auto file = SafetensorsFile::open(directory / "a");
  CHECK(file.read<double>("x") == values);
  CHECK(file.read<float>("x") == std::vector<float>(values.begin(), values.end()));
  CHECK(file.read<std::int32_t>("i") == std::vector<std::int32_t>(integers.begin(), integers.end()));
  CHECK(contains(error_of([&] { file.read<std::int16_t>("i"); }), "element 32768 is 32768, out of range"));
}

TEST_CASE("safetensors: a file cut anywhere is refused") {
  const TemporaryDirectory directory;
  write_sample(directory / "a");
  const auto bytes = read_file(directory / "a");
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(open_error(directory, bytes.substr(0, size)) != "");
  CHECK(open_error(directory, bytes + '\0') == "the last 1 bytes of the file belong to no tensor");
  CHECK(open_error(directory, bytes) == "");
}

TEST_CASE("safetensors: any one byte changed gives an error or a valid file") {
  const TemporaryDirectory directory;
  write_sample(directory / "a");
  const auto bytes = read_file(directory / "a");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const std::string header = bytes.substr(8, length);
  const std::size_t data_size = bytes.size() - 8 - length;
  std::size_t valid = 0;
  for (std::size_t at = 0; at < header.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      auto changed = header;
      changed[at] = static_cast<char>(value);
      valid += error_of([&] { parse_safetensors_header(changed, data_size, "x"); }).empty();
    }
  CHECK(valid > header.size());  // at least the byte itself; letters of names can change too
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const int flip : {1, 0x20, 0x80, 0xff}) {
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      write_file(directory / "b", changed);
      error_of([&] { read_all(SafetensorsFile::open(directory / "b")); });
    }
}

TEST_CASE("safetensors: any number of edits gives an error or a valid file") {
  const TemporaryDirectory directory;
  write_sample(directory / "a");
  const auto original = read_file(directory / "a");
  CHECK(rc::check("edits", [&] {
    auto bytes = original;
    const int edits = *rc::gen::inRange(1, 6);
    for (int i = 0; i < edits; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          bytes[at] = *rc::gen::arbitrary<char>();
          break;
        case 1:
          bytes[at] = *rc::gen::elementOf(std::string("0123456789[]{},:\"- "));
          break;
        case 2:
          bytes.erase(at, *rc::gen::inRange<std::size_t>(1, 20));
          break;
        default:
          bytes.insert(at, bytes.substr(*rc::gen::inRange<std::size_t>(0, bytes.size()), 20));
      }
      if (bytes.empty()) break;
    }
    write_file(directory / "b", bytes);
    error_of([&] { read_all(SafetensorsFile::open(directory / "b")); });
  }));
}

TEST_CASE("safetensors: random tensors survive a round trip") {
  const TemporaryDirectory directory;
  CHECK(rc::check("round trip", [&] {
    const auto values =
        *rc::gen::container<std::map<std::string, std::vector<double>>>(rc::gen::string<std::string>(), rc::gen::arbitrary<std::vector<double>>());
    std::vector<TensorView> views;
    for (const auto& [name, data] : values) views.push_back(tensor_view(name, {std::ssize(data)}, std::span(data)));
    const bool is_text =
        std::ranges::all_of(values, [](const auto& item) { return std::ranges::all_of(item.first, [](unsigned char c) { return 0 < c && c < 0x80; }); });
    const auto error = error_of([&] { write_safetensors(directory / "a", views); });
    if (is_text) RC_ASSERT(error == "");
    if (!error.empty()) return;
    const auto file = SafetensorsFile::open(directory / "a");
    RC_ASSERT(file.tensors().size() == values.size());
    for (const auto& [name, data] : values) RC_ASSERT(file.read<double>(name) == data);
  }));
}
