#pragma once
/// A trained model as an ONNX file (opset 17), which ONNX Runtime and other software run. docs/onnx.md says what such a file computes.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "adatape/core/version.hpp"
#include "adatape/io/atomic_file.hpp"
#include "adatape/io/checksum.hpp"
#include "adatape/onnx/adaptive_steps.hpp"
#include "adatape/onnx/behind_encoder.hpp"
#include "adatape/onnx/read.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// With which numbers a file computes, and how it is stored.
struct SaveOptions {
  /// tau 0: the threshold of the model. The file computes with these numbers only.
  ReadSettings reads{};
  std::map<std::string, std::string> metadata{};  ///< metadata_props of the file, beside those of this library
  /// Tensors are stored in a second file where the file would be larger: protobuf ends at 2 GiB.
  std::size_t most_bytes = std::size_t{2'000'000'000};
};

namespace detail {

inline void write(io::AtomicFile& file, std::string_view bytes) { file.write(std::as_bytes(std::span(bytes))); }

/// Throws Error unless the numbers are those of docs/model.md. Sets tau to the threshold where it is 0.
inline ReadSettings checked(ReadSettings settings, const Description& model, const std::string& where) {
  const Index T = model.num_tape_tokens;
  if (model.reads.empty()) {
    require(settings.tau == 0 && settings.max_tape_tokens == 0 && settings.exact_tape_tokens == 0, where,
            ": wanted no tau and no number of tape tokens for a model that reads no tape");
    return settings;
  }
  require(settings.tau >= 0 && settings.tau <= static_cast<double>(T), where, ": tau must be greater than 0 and at most ", T, ", found ", settings.tau);
  for (const Index tokens : {settings.max_tape_tokens, settings.exact_tape_tokens})
    require(tokens >= 0 && tokens <= T, where, ": wanted at most ", T, " tape tokens, found ", tokens);
  require(settings.max_tape_tokens == 0 || settings.exact_tape_tokens == 0, where, ": wanted max_tape_tokens or exact_tape_tokens, found both");
  if (settings.tau == 0) settings.tau = model.threshold;
  return settings;
}

/// Input "input"; outputs "logits", and "tape_length", "tape_indices_r" and "tape_weights_r" of a model that reads tape, or "steps" of adaptive computation.
inline void build_graph(Builder& build, const ReadSettings& settings) {
  const Description& model = build.model;
  Graph& graph = build.graph;
  const Stem stem = build_stem(build);
  TokenBatch x = stem.own;
  std::vector<ReadOutputs> reads;
  Value steps;
  if (model.repeats_block) {
    steps = adaptive_computation(build, x);
  } else {
    for (Index l = 0; l < model.num_layers; ++l) {
      if (std::ranges::find(model.reads, l) != model.reads.end()) reads.push_back(append_read(build, stem, x, std::ssize(reads), settings));
      apply_block(build, x, "Transformer/encoderblock_" + std::to_string(l));
    }
  }
  graph.output(logits_of(build, x), "logits", Type::f32, {model.num_classes});
  if (model.repeats_block) graph.output(steps, "steps", Type::i64, {});
  if (reads.empty()) return;
  Builder::Values lengths;
  for (const auto& read : reads) lengths.push_back(build.unsqueeze(read.length, {1}));
  graph.output(build.concat(lengths, 1), "tape_length", Type::i64, {std::ssize(reads)});
  for (std::size_t r = 0; r < reads.size(); ++r) {
    const auto number = std::to_string(r);
    graph.output(reads[r].indices, "tape_indices_" + number, Type::i64, {0, 0});
    graph.output(reads[r].weights, "tape_weights_" + number, Type::f32, {0, 0});
  }
}

/// Writes the values of large tensors to a file beside `path`, and returns its name. offsets[i] is where those of tensor i are; -1: they are inside the model.
/// The name has the checksum of the values: so an older model at `path` keeps its own file, whatever happens until this one is whole.
inline std::string save_values(const std::filesystem::path& path, const std::vector<Tensor>& tensors, std::vector<std::int64_t>& offsets) {
  constexpr std::size_t page = 4096;
  std::uint32_t checksum = 0;
  std::size_t end = 0;
  offsets.clear();
  for (const Tensor& tensor : tensors) {
    const auto bytes = tensor.bytes();
    const bool large = bytes.size() >= page;
    if (large) end = (end + page - 1) / page * page;
    offsets.push_back(large ? static_cast<std::int64_t>(end) : -1);
    if (large) end += bytes.size(), checksum = io::crc32(bytes, checksum);
  }
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", checksum);
  const std::string name = path.filename().string() + '.' + digits;
  io::AtomicFile file(path.parent_path() / name);
  end = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (offsets[i] < 0) continue;
    write(file, std::string(static_cast<std::size_t>(offsets[i]) - end, '\0'));
    file.write(tensors[i].bytes());
    end = static_cast<std::size_t>(offsets[i]) + tensors[i].bytes().size();
  }
  file.commit();
  return name;
}

}  // namespace detail

/// Writes the model that `description` (model::describe) and `weights` make to `path`, whole or not at all. Throws Error as read_description does, for numbers
/// of `options` that the model does not take, for a weight of another shape or with values that are not finite, and as io::AtomicFile does.
inline void save(const std::filesystem::path& path, std::string_view description, const Weights& weights, const SaveOptions& options = {}) {
  const auto where = path.string();
  const auto model = read_description(description, where);
  const auto settings = detail::checked(options.reads, model, where);
  Builder build(model, weights);
  detail::build_graph(build, settings);
  const auto& tensors = build.graph.tensors();

  std::size_t total = 0;
  for (const Tensor& tensor : tensors) total += tensor.bytes().size() + 64;
  std::vector<std::int64_t> offsets(tensors.size(), -1);
  const std::string values = total > options.most_bytes ? detail::save_values(path, tensors, offsets) : std::string();

  // The parts of the file, of which the values of tensors are not copied.
  const Message nodes = build.graph.message("adatape");
  std::vector<std::string> headers;
  std::size_t graph_bytes = nodes.bytes().size();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::size_t size = offsets[i] < 0 ? tensors[i].bytes().size() : 0;
    Message tensor = offsets[i] < 0 ? header_of(tensors[i]).begin(9, size) : external_tensor(tensors[i], values, static_cast<std::size_t>(offsets[i]));
    headers.push_back(Message().begin(5, tensor.bytes().size() + size).bytes() + tensor.bytes());
    graph_bytes += headers.back().size() + size;
  }
  Message head, tail;
  head.integer(1, 8).text(2, "adatape").text(3, kVersion).begin(7, graph_bytes);
  tail.message(8, Message().text(1, "").integer(2, 17));
  auto metadata = options.metadata;
  metadata.insert({"adatape.config", std::string(description)});
  if (!model.reads.empty()) metadata.insert({"adatape.tau", io::number_text(settings.tau)});
  for (const auto& [key, value] : metadata) tail.message(14, Message().text(1, key).text(2, value));

  io::AtomicFile file(path);
  detail::write(file, head.bytes());
  detail::write(file, nodes.bytes());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    detail::write(file, headers[i]);
    if (offsets[i] < 0) file.write(tensors[i].bytes());
  }
  detail::write(file, tail.bytes());
  file.commit();
}

}  // namespace adatape::onnx
