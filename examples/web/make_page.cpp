/// adatape-page: a page, one file that needs no other, in which a checkpoint of adatape-fashion runs in WebAssembly.
#include <zlib.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "../command_line.hpp"
#include "../common/other_file.hpp"
#include "../image/checkpoint_info.hpp"
#include "../image/models.hpp"
#include "../report/data_uri.hpp"
#include "adatape/data/idx.hpp"
#include "adatape/io/checkpoint.hpp"
#include "adatape/model/classifier.hpp"

namespace {

using namespace adatape;
using examples::CheckpointInfo;
using Config = examples::AdatapeFashion;
using Model = model::Classifier<Config>;

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  require(file.is_open() && text << file.rdbuf(), path.string(), ": cannot read");
  return text.str();
}

/// `bytes` as gzip, in base64.
std::string packed(std::span<const std::byte> bytes) {
  z_stream stream{};
  require(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK, "zlib: cannot compress");
  std::vector<std::byte> out(deflateBound(&stream, static_cast<uLong>(bytes.size())));
  stream.next_in = reinterpret_cast<z_const Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  require(end == Z_STREAM_END, "zlib: cannot compress");
  return examples::base64(out);
}

/// What page.mjs reads. No character of it ends a script element.
std::string facts(const std::filesystem::path& model, const std::filesystem::path& data, const std::string& module, Index count) {
  const auto file = io::SafetensorsFile::open(model);
  Parameters<Model, float> parameters;
  io::load_used_weights(file, parameters);
  const auto info = CheckpointInfo::read(file);
  require(info.pixels.channels() == Config::image[2], file.path(), ": wanted the statistics of grey pixels");
  const auto set = data::load_idx_dataset(data, data::Split::test, info.class_count);
  require(set.height == Config::image[0] && set.width == Config::image[1], data.string(), ": wanted images of ", Config::image[0], " x ", Config::image[1],
          ", found ", set.height, " x ", set.width);
  const auto used = static_cast<std::size_t>(std::min(count, set.count));
  nlohmann::json classes = nlohmann::json::array();
  for (Index label = 0; label < info.class_count; ++label) classes.push_back(info.class_name(label));
  const nlohmann::json all = {{"model", Config::name},
                              {"parameters", Parameters<Model, float>::count},
                              {"side", Config::image[0]},
                              {"patch", Config::patch_size},
                              {"bankPatch", Config::patch_bank_size},
                              {"longest", Config::num_tape_tokens},
                              {"tau", info.tau},
                              {"softmax", info.softmax},
                              {"mean", info.pixels.mean[0]},
                              {"deviation", info.pixels.deviation[0]},
                              {"classes", classes},
                              {"labels", std::span(set.labels).first(used)},
                              {"images", packed(std::as_bytes(std::span(set.pixels).first(used * static_cast<std::size_t>(set.image_size()))))},
                              {"weights", packed(std::as_bytes(std::as_const(parameters).flat()))},
                              {"module", packed(std::as_bytes(std::span(module)))}};
  std::string text = all.dump(), out;
  for (const char c : text) c == '<' ? out += "\\u003c" : out += c;
  return out;
}

/// `page` with the contents of the other files in the places of their names: @style@, @engine@, @chart@, @script@, @facts@.
std::string filled(std::string page, const std::vector<std::pair<std::string, std::string>>& contents) {
  for (const auto& [name, content] : contents) {
    const auto at = page.find(name);
    require(at != std::string::npos, "page.html: wanted the place ", name);
    page.replace(at, name.size(), content);
  }
  return page;
}

}  // namespace

int main(int argc, char** argv) {
  return examples::guarded_main([&] {
    std::string model, data = "/usr/share/datasets/fashion-mnist", module, source, out;
    Index count = 200;
    CLI::App app("Makes a page in which a checkpoint of adatape-fashion runs in WebAssembly");
    app.add_option("model", model, "Checkpoint that adatape-train wrote")->required();
    app.add_option("out", out, "Page to write")->required();
    app.add_option("--data", data, "Folder with the test images and labels of Fashion-MNIST, IDX, of which the first are in the page")->capture_default_str();
    app.add_option("--images", count, "How many")->check(examples::integer_from<Index>(1, 1000))->capture_default_str();
    app.add_option("--module", module, "WebAssembly module: adatape-fashion.wasm")->required();
    app.add_option("--source", source, "Folder with page.html, page.css, page.mjs, chart.mjs and engine.mjs")->required();
    ADATAPE_PARSE(app, argc, argv)
    const std::filesystem::path folder = source;
    examples::require_other_file("out", out,
                                 {model, module, folder / "page.html", folder / "page.css", folder / "page.mjs", folder / "chart.mjs", folder / "engine.mjs"});
    const auto page = filled(content_of(folder / "page.html"), {{"@style@", content_of(folder / "page.css")},
                                                                {"@engine@", content_of(folder / "engine.mjs")},
                                                                {"@chart@", content_of(folder / "chart.mjs")},
                                                                {"@script@", content_of(folder / "page.mjs")},
                                                                {"@facts@", facts(model, data, content_of(module), count)}});
    io::AtomicFile file(out);
    file.write(std::as_bytes(std::span(page)));
    file.commit();
    std::printf("%s: %.2f MB\n", out.c_str(), static_cast<double>(page.size()) / 1e6);
    return 0;
  });
}
