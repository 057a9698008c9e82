/// Files that are cut short, damaged, foreign, huge or hostile, each with one clear line.
#include <doctest/doctest.h>

#include "../io/files.hpp"
#include "archive.hpp"
#include "fixtures.hpp"

using namespace adatape;
using namespace adatape::test;
using weights::open_weights;
using namespace std::string_literals;

namespace {

/// Opens the bytes as a file and reads all its tensors. The message of the Error without the path; empty: everything was read.
std::string fault(const std::string& bytes, const weights::SourceLimits& limits = {}) {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  write_file(path, bytes);
  const auto message = error_of([&] {
    const auto source = open_weights(path, limits);
    for (const auto& [name, tensor] : source->tensors())
      if (tensor.readable) static_cast<void>(source->read(name));
  });
  CHECK(directory.file_count() == 1);
  return message.starts_with(path.string() + ": ") ? message.substr(path.string().size() + 2) : message;
}

/// The tensors of a file with these bytes.
std::map<std::string, std::vector<double>> read_all(const std::string& bytes) {
  const TemporaryDirectory directory;
  write_file(directory / "file", bytes);
  const auto source = open_weights(directory / "file");
  std::map<std::string, std::vector<double>> out;
  for (const auto& [name, tensor] : source->tensors())
    if (tensor.readable) out[name] = source->read(name);
  return out;
}

std::string floats(std::initializer_list<float> values) {
  std::string out;
  for (const float value : values) out += number(std::bit_cast<std::uint32_t>(value), 4);
  return out;
}

std::string repeated(const std::string& part, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += part;
  return out;
}

const std::string kSix = floats({0, 1, 2, 3, 4, 5});

}  // namespace

TEST_CASE("files of nothing that is known") {
  expect(fault(""), "the file is empty");
  expect(fault("hello world"), "wanted weights as safetensors, .npz, a file of torch.save or a checkpoint of flax.serialization, found none of these");
  expect(fault("\x80\x02}q\x01."), "wanted weights, found a pickle that torch.save did not write");
  expect_part(fault("\x89PNG\r\n\x1a\n"), "found none of these");
  expect(fault(std::string(257, 'x') + "ustar\0  "), "wanted weights, found a tar file, as PyTorch wrote before version 0.1.10");
  CHECK(fault(number(8, 8) + "{\"a\": 1}").starts_with("header: "));
  expect(fault(read_file(fixture("timm.safetensors")), {.tensors = 31}), "header: more than 31 tensors");
  expect_part(fault(read_file(fixture("timm.safetensors")), {.name = 20}), "bytes, wanted at most 20");
  CHECK(contains(error_of([] { open_weights("no/such/file"); }), "no/such/file: cannot open"));
}

TEST_CASE("every cut of every fixture is refused, or read without the data that are missing") {
  for (const std::string name : {"big_vision.npz", "augreg.npz", "deit3.pth", "torchvision_first.pth", "scenic.msgpack", "huggingface.safetensors"}) {
    const auto whole = read_file(fixture(name));
    REQUIRE(fault(whole) == "");
    for (std::size_t size = 1; size < whole.size(); size += 97) CHECK_MESSAGE(fault(whole.substr(0, size)) != "", name, " ", size);
  }
}

TEST_CASE("NumPy: types, orders, and headers that lie") {
  CHECK(read_all(archive({{"a/b.npy", npy_floats("(2, 3)", kSix)}}))["a/b"] == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(read_all(archive({{"f.npy", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", kSix)}}))["f"] == std::vector<double>{0, 2, 4, 1, 3, 5});
  CHECK(read_all(archive({deflated_entry("z.npy", npy_floats("(6,)", kSix))}))["z"] == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(read_all(archive({{"n.npy", npy_floats("()", floats({7}))}}))["n"] == std::vector<double>{7});
  expect(fault(archive({{"a.npy", npy_floats("(2, 4)", kSix)}})), "entry \"a.npy\": <f4 [2, 4] takes 32 bytes, the entry has 24");
  expect(fault(archive({{"a.npy", npy_floats("(99999999999, 99999999999)", kSix)}})), "entry \"a.npy\": shape [99999999999, 99999999999] is too large");
  expect(fault(archive({{"a.npy", npy_floats("(-1,)", kSix)}})), "entry \"a.npy\": the .npy header is damaged: wanted a size before \"-1,), }\"");
  expect(fault(archive({{"a.npy", npy_floats("(" + repeated("1, ", 40) + ")", kSix)}})), "entry \"a.npy\": more than 32 dimensions");
  expect_part(fault(archive({{"a.npy", npy("{'descr': '<f4', 'shape': (6,)}", kSix)}})), "lacks descr, fortran_order or shape");
  expect_part(fault(archive({{"a.npy", npy("{'descr': __import__('os'), }", kSix)}})), "wanted a text before \"__import__('os'), }\"");
  expect_part(fault(archive({{"a.npy", "\x93NUMPY\x09" + std::string(20, 'x')}})), "wanted version 1, 2 or 3 of .npy, found 9");
  expect_part(fault(archive({{"a.npy", std::string("\x93NUMPY\x02\x00\xff\xff\xff\x7f", 12) + std::string(20, 'x')}})),
              "a .npy header of 2147483647 bytes is cut short or too long");
  expect(fault(archive({{"a.txt", "x"}})), "entry \"a.txt\": wanted a .npy array");
}

TEST_CASE("NumPy: objects and structures are listed and never read") {
  const TemporaryDirectory directory;
  write_file(directory / "file", archive({{"o.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "cos\nsystem\n")},
                                          {"s.npy", npy("{'descr': [('a', '<f4'), ('b', '[')], 'fortran_order': False, 'shape': ()}", kSix)}}));
  const auto source = open_weights(directory / "file");
  CHECK(!source->info("o").readable);
  CHECK(contains(error_of([&] { source->read("o"); }), "tensor \"o\": wanted a floating-point type that is read here, found \"|O\""));
  CHECK(contains(error_of([&] { source->read("none"); }), "tensor \"none\" is missing"));
}

TEST_CASE("archives: names are names, and lies about sizes and places are found before memory is taken") {
  // A path that leads elsewhere is the name of a tensor, and no file appears.
  CHECK(read_all(archive({{"../../../evil.npy", npy_floats("(6,)", kSix)}})).contains("../../../evil"));
  CHECK(read_all(archive({{"/etc/passwd.npy", npy_floats("(6,)", kSix)}})).contains("/etc/passwd"));
  const auto array = npy_floats("(6,)", kSix);
  expect(fault(archive({{"a.npy", array}, {"a.npy", array}})), "entry \"a.npy\": appears twice");
  expect(fault(archive({{"a.npy", array, 0, 0, 1}})), "entry \"a.npy\": is encrypted");
  expect(fault(archive({{"a.npy", array, 0, 12}})), "entry \"a.npy\": wanted stored or deflated data, found method 12");
  expect(fault(archive({{"a.npy", array}, {"b.npy", array, 0, 0, 0, 0}})), "entries \"a.npy\" and \"b.npy\" overlap");
  expect(fault(archive({{"a.npy", array, 0, 0, 0, 100'000}})), "entry \"a.npy\": its place lies outside of the archive");
  expect(fault(archive({{"a.npy", array, 0, 0, 0, 3}})), "entry \"a.npy\": its own header is missing");
  expect_part(fault(archive({{"a.npy", array, 500'000'000}})), "stored bytes cannot hold the 500000000 that the archive says");
  expect_part(fault(archive({{"a.npy", "xx", 4'000'000'000u, 8}})), "2 stored bytes cannot hold the 4000000000 that the archive says");
  expect_part(fault(archive({{"a.npy", array}}).substr(1)), "found none of these");
  expect_part(fault(archive({{"a.npy", "damaged deflate data", 40, 8}})), "the deflated data are damaged");
  // A header of 900 KB in 1 KB, as a number of a shape that never ends, and data of more than the directory says.
  const auto bomb = npy_floats("(1" + std::string(60'000, '0') + ",)", "");
  expect_part(fault(archive({deflated_entry("a.npy", bomb)})), "the .npy header is damaged: wanted a size before");
  expect_part(fault(archive({deflated_entry("a.npy", array + array, array.size())})), "the deflated data hold more than");
  expect(fault(archive({})), "a NumPy archive without tensors");
}

TEST_CASE("a zip bomb costs nothing until a model wants a tensor of its size") {
  const auto zeros = npy_floats("(8000000,)", std::string(32'000'000, '\0'));
  const TemporaryDirectory directory;
  write_file(directory / "file", archive({deflated_entry("patch_embed.proj.weight.npy", zeros)}));
  CHECK(std::filesystem::file_size(directory / "file") < 40'000);
  ParametersOf<Erf, float> parameters;
  const auto message = error_of([&] { weights::import_weights(*open_weights(directory / "file"), parameters); });
  CHECK(contains(message, "\"patch_embed.proj.weight\": wanted [8, 3, 4, 4], found [8000000]"));
}

TEST_CASE("a few bytes of a storage that inflates to many are refused") {
  const std::string zeros(4'000'000, '\0');
  const auto small = pickle_of("w", tensor("K\x00"s, "K\x06\x85", "K\x01\x85", 1'000'000));
  const auto file = [&](const ArchiveEntry& data) { return archive({{"a/data.pkl", small}, data}); };
  expect(fault(file(deflated_entry("a/data/0", zeros))), "");
  expect(fault(file({"a/data/0", zeros}), {.shared = 3'000'000}), "");
  expect(fault(file(deflated_entry("a/data/0", zeros)), {.shared = 3'000'000}),
         "tensor \"w\": takes 24 bytes of deflated data of 4000000, wanted at most 3000000");
  // All of it is no few bytes.
  expect(fault(archive({deflated_entry("a.npy", npy_floats("(1000000,)", zeros))}), {.shared = 3'000'000}), "");
}

TEST_CASE("torch.save: strides, offsets and shared storages") {
  const auto values = [](const std::string& view) { return read_all(torch_file(pickle_of("w", view), kSix))["w"]; };
  CHECK(values(tensor("K\x00"s + "", "K\x02K\x03\x86", "K\x03K\x01\x86")) == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(values(tensor("K\x00"s, "K\x03K\x02\x86", "K\x01K\x03\x86")) == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(values(tensor("K\x01"s, "K\x02K\x02\x86", "K\x03K\x01\x86")) == std::vector<double>{1, 2, 4, 5});
  CHECK(values(tensor("K\x05", ")", ")")) == std::vector<double>{5});
  CHECK(values(tensor("K\x00"s, "K\x03\x85", "K\x02\x85")) == std::vector<double>{0, 2, 4});
  CHECK(values("ctorch._utils\n_rebuild_parameter\n(" + tensor("K\x05", ")", ")") + "\x88}tR") == std::vector<double>{5});
}

TEST_CASE("torch.save: tensors outside of their storage") {
  const auto found = [](const std::string& view, const std::string& data = kSix) { return fault(torch_file(pickle_of("w", view), data)); };
  const std::string outside = "tensor \"w\": offset and strides reach outside of the 6 elements of its storage";
  expect(found(tensor("K\x01", "K\x02K\x03\x86", "K\x03K\x01\x86")), outside);
  expect(found(tensor("K\x06", ")", ")")), outside);
  expect(found(tensor("J\xff\xff\xff\xff", ")", ")")), outside);
  expect(found(tensor("K\x05", "K\x02\x85", "J\xff\xff\xff\xff\x85")), outside);
  expect(found(tensor("K\x00"s, "K\x02\x85", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85")), outside);
  expect(found(tensor("K\x00"s, "K\x02\x85", ")")), outside);
  expect(found(tensor("K\x00"s, "K\x07\x85", "K\x00\x85"s)), "tensor \"w\": shape [7] takes 28 bytes, its storage has 24");
  expect(found(tensor("K\x00"s, "J\xff\xff\xff\xff\x85", "K\x01\x85")), "tensor \"w\": shape [-1] is negative or too large");
  expect(found(tensor("K\x00"s, "J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87", "K\x01K\x01K\x01\x87")),
         "tensor \"w\": shape [2147483647, 2147483647, 2147483647] is negative or too large");
  expect(found(tensor("K\x00"s, "N\x85", "K\x01\x85")), "tensor \"w\": offset, shape or strides are no numbers");
  expect(found(tensor("K\x00"s, ")", ")", 7)), "storage \"0\": wanted 7 elements of F32, found 24 bytes");
  expect(found(tensor("K\x00"s, ")", ")", -1)), "the pickle contradicts itself about storage \"0\"");
  expect(fault(archive({{"x/data.pkl", pickle_of("w", tensor("K\x00"s, ")", ")"))}})), "the data of storage \"0\" are missing");
}

TEST_CASE("torch.save: what would be executed is not, and is an error only where a tensor is wanted") {
  const TemporaryDirectory directory;
  const auto victim = (directory / "executed").string();
  const auto call = "cos\nsystem\n" + text("touch " + victim) + "\x85R";
  write_file(directory / "file", torch_file("\x80\x02}(" + text("w") + tensor("K\x00"s, ")", ")") + text("evil") + call + text("odd") +
                                                tensor("K\x00"s, ")", ")", 6, "torch._utils\n_rebuild_qtensor") + text("other") +
                                                tensor("K\x00"s, ")", ")", 6, "torch._utils\n_rebuild_tensor_v2", "torch\nFloatStorage") + "u.",
                                            kSix));
  const auto source = open_weights(directory / "file");
  CHECK(!std::filesystem::exists(victim));
  CHECK(source->tensors().size() == 2);
  CHECK(contains(error_of([&] { source->read("evil"); }), "\"evil\": wanted a tensor, found an object of \"os system\", which is not built here"));
  CHECK(contains(error_of([&] { source->read("odd"); }), "found an object of \"torch._utils _rebuild_qtensor\""));
  expect(fault(torch_file("\x80\x02" + call + ".")), "wanted a dictionary of tensors, found an object of \"os system\", which is not built here");
}

TEST_CASE("torch.save: pickles that are damaged or bombs") {
  const auto found = [](const std::string& pickle, const weights::SourceLimits& limits = {}) { return fault(torch_file(pickle), limits); };
  expect(found("\x80\x02"), "the pickle is cut short, or longer than the 16000000 bytes that are read");
  expect(found("\x80\x01."), "wanted a pickle of protocol 2 to 5, found 1");
  expect(found("\x80\x02i."), "opcode 105 at byte 2 of the pickle is none that a file of tensors needs");
  expect(found("\x80\x02."), "the pickle ends with 0 values, wanted 1");
  expect(found("\x80\x02NN."), "the pickle ends with 2 values, wanted 1");
  expect(found("\x80\x02R."), "the pickle takes a value that is not there");
  expect(found("\x80\x02NNs."), "the pickle takes a value that is not there");
  expect(found("\x80\x02t."), "the pickle takes values behind a mark that is not there");
  expect(found("\x80\x02h\x07."), "the pickle recalls value 7, which it does not have");
  expect(found("\x80\x02NQ."), "the pickle names an object outside of it that is no storage of a tensor");
  expect(found("\x80\x02X\xff\xff\xff\xff."), "the pickle is cut short, or longer than the 16000000 bytes that are read");
  expect(found("\x80\x02N)e."), "the pickle takes values behind a mark that is not there");
  expect(found("\x80\x02N(Ne."), "the pickle adds items to something that takes none");
  expect(found("\x80\x02" + repeated("}", 2000) + ".", {.values = 1000}), "the pickle has more than 1000 values");
  expect(found("\x80\x02}" + repeated("\x94", 2000) + ".", {.values = 1000}), "the pickle remembers more than 1000 values");
  expect(found("\x80\x02}q\x01" + repeated("h\x01", 2000) + ".", {.values = 1000}), "the pickle has more than 1000 values");
  expect(found(repeated("N", 3000), {.header = 2000}), "a pickle of 3000 bytes, wanted at most 2000");
  // Tuples a hundred thousand deep cost no stack.
  expect(found("\x80\x02)" + repeated("\x85", 100'000) + "."), "wanted a dictionary of tensors, found something else");
  // A dictionary in itself, and a name that doubles with every line.
  expect(found("\x80\x02}q\x01" + text("a") + "h\x01s."), "dictionaries are nested more than 32 deep");
  CHECK(found("\x80\x02}q\x01" + text(std::string(600, 'n')) + "}" + text(std::string(600, 'm')) + "}ss.").starts_with("the name \"nnn"));
  expect(found("\x80\x02" + text(std::string(2000, 'n')) + text("a") + "\x93."), "the pickle names something by no text, or by more than 1000 bytes");
  // Nothing but what takes the values behind a mark sees it: it is neither taken nor remembered as a value, and no value before it is taken.
  for (const char* taker : {"\x85", "q\x01", "a", "b", "Q", "R"})
    expect(found("\x80\x02](" + std::string(taker) + "."), "the pickle takes a value that is not there");
  expect(found("\x80\x02}N(Ns."), "the pickle takes a value that is not there");
  expect(found("\x80\x02}(."), "the pickle ends with a mark whose values nothing took");
  expect(found("\x80\x02" + repeated("(", 2000) + ".", {.values = 1000}), "the pickle has more than 1000 marks");
  // Five bytes name a global by two texts of a thousand bytes each.
  expect(found("\x80\x02" + text(std::string(1000, 'n')) + "q\x01" + repeated("h\x01h\x01\x93", 10) + ".", {.header = 10'000}),
         "the pickle names things by more than 10000 bytes");
  // Twenty-five dictionaries that each hold the next one twice are thirty million entries.
  std::string nested = "}";
  for (int i = 0; i < 25; ++i) {
    const auto number_of = std::string(1, static_cast<char>(i));
    nested = "}(" + text("a") + nested + "q" + number_of + text("b") + "h" + number_of + "u";
  }
  expect(found("\x80\x02" + nested + "."), "more than 1000000 entries in dictionaries");
  // A hundred objects in a hundred places with long names are ten thousand names, from a few kilobytes. So are tensors.
  for (const auto& thing : {"cos\nsystem\n)R"s, tensor("K\x00"s, ")", ")")}) {
    std::string objects, places;
    for (int i = 0; i < 100; ++i) {
      objects += text(std::to_string(i)) + (i == 0 ? thing + "q\x01" : "h\x01"s);
      places += text(std::string(600, 'n') + std::to_string(i)) + "h\x02";
    }
    const auto pickle = "\x80\x02}" + text("a") + "}(" + objects + "uq\x02s" + text("b") + "}(" + places + "us.";
    expect(found(pickle, {.header = 1'000'000}), "the names of all tensors have more than 1000000 bytes");
    expect_part(found(pickle, {.tensors = 1000}), "more than 1000 ");
  }
}

TEST_CASE("torch.save: the legacy form") {
  const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15), version = "\x80\x02M\xe9\x03.";
  const auto system = pickle_of("little_endian", "\x88"), object = pickle_of("w", tensor("K\x01", "K\x02\x85", "K\x03\x85"));
  const auto keys = "\x80\x02](" + text("0") + "e.";
  const auto file = [&](const std::string& rest) { return magic + version + system + object + rest; };
  CHECK(read_all(file(keys + number(6, 8) + kSix))["w"] == std::vector<double>{1, 4});
  expect(fault(file(keys + number(5, 8) + kSix)), "storage \"0\": wanted 6 elements, found 5");
  expect(fault(file(keys + number(6, 8) + kSix.substr(1))), "the data of storage \"0\" are cut short");
  expect(fault(file("\x80\x02].")), "the data of 1 storages are wanted, found those of 0");
  // One storage named twice and another not at all are as many as are wanted, but not these.
  auto other = tensor("K\x00"s, "K\x02\x85", "K\x01\x85");
  other.replace(other.find(text("0")), text("0").size(), text("1"));
  const auto two = magic + version + system + "\x80\x02}" + text("w") + tensor("K\x01", "K\x02\x85", "K\x03\x85") + "s" + text("v") + other + "s.";
  const auto keys_of = [](const std::string& first, const std::string& second) { return "\x80\x02](" + text(first) + text(second) + "e."; };
  expect(fault(two + keys_of("0", "1") + number(6, 8) + kSix + number(6, 8) + kSix), "");
  expect(fault(two + keys_of("0", "0") + number(6, 8) + kSix + number(6, 8) + kSix), "storage \"0\" has data twice");
  expect(fault(file("\x80\x02](" + text("7") + "e.")), "storage \"7\" is of a type that is not known, or of no tensor");
  expect(fault(magic + "\x80\x02M\xe8\x03." + system), "wanted version 1001 of torch.save, found another one");
  expect(fault(magic + version + pickle_of("little_endian", "\x89")), "wanted tensors of a little-endian machine");
  expect(fault(archive({{"x/data.pkl", pickle_of("a", "N")}, {"x/constants.pkl", "N."}})),
         "wanted a dictionary of tensors (torch.save of a state_dict), found a TorchScript program");
  expect(fault(archive({{"x/data.pkl", pickle_of("a", "N")}, {"x/byteorder", "big"}})), "wanted little-endian tensors, found \"big\"");
}

TEST_CASE("files that are written to while they are open are refused") {
  const TemporaryDirectory directory;
  for (const char* name : {"timm.safetensors", "augreg.npz", "torchvision_first.pth", "deit3.pth", "scenic.msgpack"}) {
    CAPTURE(std::string(name));
    const auto path = directory / name;
    std::filesystem::copy_file(fixture(name), path);
    const auto source = open_weights(path);
    const auto& first = source->tensors().begin()->first;
    const auto& last = source->tensors().rbegin()->first;
    const auto readable = source->info(first).readable ? first : last;
    CHECK(error_of([&] { static_cast<void>(source->read(readable)); }) == "");
    write_over(path, std::filesystem::file_size(path), "x");
    const auto other = std::ranges::find_if(source->tensors(), [&](const auto& tensor) { return tensor.first != readable && tensor.second.readable; });
    expect(error_of([&] { static_cast<void>(source->read(other->first)); }), path.string() + ": changed while it was being read");
  }
}

TEST_CASE("msgpack: arrays, chunks, and what is damaged") {
  const auto array = [](const std::string& shape, const std::string& data) {
    const auto inner = "\x93" + shape + "\xa7" + "float32" + "\xc4" + static_cast<char>(data.size()) + data;
    return "\xc7" + number(inner.size(), 1) + "\x01" + inner;
  };
  CHECK(read_all("\x81\xa1w" + array("\x92\x02\x03", kSix))["w"] == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(read_all("\x81\xa1"
                 "a\x81\xa1w" +
                 array("\x91\x06", kSix))
            .contains("a/w"));
  expect(fault("\x81\xa1w" + array("\x92\x02\x04", kSix)), "tensor \"w\": F32 [2, 4] does not take the 24 bytes that it has");
  expect(fault("\x81\xa1w" + array("\x92\x02\xff", kSix)), "tensor \"w\": F32 [2, -1] does not take the 24 bytes that it has");
  expect(fault("\x81\xa1w" + array("\x91\x06", kSix) + "x"), "bytes follow the msgpack map");
  expect(fault("\x81\xa1w\xc7\x05\x01\x93\x90\xa1x\xc0"), "wanted the bytes of an array at its end");
  expect(fault("\x81\xa1w\xc9\xff\xff\xff\xff\x01"), "the msgpack data are cut short");
  expect(fault("\x81\xa1w\xdd\xff\xff\xff\xff"), "the msgpack data are cut short");
  expect(fault("\x81\xa1w\xc1"), "byte 193 begins no msgpack value");
  expect(fault(repeated("\x81\xa1"
                        "a",
                        40) +
               "\xc0"),
         "msgpack is nested more than 32 deep");
  expect(fault("\x81\xa1w" + repeated("\x91", 40) + "\xc0"), "msgpack is nested more than 32 deep");
  expect(fault("\x82\xa1w" + array("\x91\x06", kSix) + "\xa1w" + array("\x91\x06", kSix)), "tensor \"w\" appears twice");
  const auto chunked = [&](const std::string& second) {
    return "\x81\xa1w\x83\xb9__msgpack_chunked_array__\xc3\xa5shape\x81\xa1"
           "0\x0c\xa6"
           "chunks\x82\xa1"
           "0" +
           array("\x91\x06", kSix) + second + array("\x91\x06", kSix);
  };
  CHECK(read_all(chunked("\xa1"
                         "1"))["w"] == std::vector<double>{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5});
  expect(fault(chunked("\xa1"
                       "2")),
         "tensor \"w\": its chunks are not in order");
}
