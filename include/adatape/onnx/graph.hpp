#pragma once
/// A graph of ONNX operators that is being built.
#include <bit>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adatape/onnx/tensor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::onnx {

/// A value of a graph, by its name.
struct Value {
  std::string name;  ///< of a node's output, an input of the graph or a tensor; empty: no value
};

/// An attribute of a node.
struct Attribute {
  std::string name;                                                            ///< as the operator calls it
  std::variant<std::int64_t, float, std::vector<std::int64_t>, Tensor> value;  ///< INT, FLOAT, INTS or TENSOR

  /// AttributeProto.
  Message message() const {
    Message result;
    result.text(1, name);
    if (const auto* integer = std::get_if<std::int64_t>(&value))
      result.integer(3, *integer).integer(20, 2);
    else if (const auto* number = std::get_if<float>(&value))
      result.number(2, *number).integer(20, 1);
    else if (const auto* tensor = std::get_if<Tensor>(&value))
      result.message(5, inline_tensor(*tensor)).integer(20, 4);
    else {
      for (const std::int64_t each : std::get<std::vector<std::int64_t>>(value)) result.integer(8, each);
      result.integer(20, 7);
    }
    return result;
  }
};

/// Nodes in the order in which they were added, which is a topological one. Every function throws std::bad_alloc where there is no memory.
class Graph {
 public:
  /// Adds an input [batch, shape...], and returns it. A side of 0 is one that only a run knows, as the batch is.
  Value input(const std::string& name, Type type, const std::vector<Index>& shape) {
    inputs_.push_back(value_info(name, type, shape));
    return {name};
  }
  /// Makes a value an output of the graph, called `name`. Type and shape are as for an input.
  void output(const Value& value, const std::string& name, Type type, const std::vector<Index>& shape) {
    nodes_.push_back(node_message("Identity", {value}, {{name}}, {}));
    outputs_.push_back(value_info(name, type, shape));
  }

  /// A tensor with a name of its own.
  Value tensor(Tensor tensor) {
    Value value{tensor.name};
    tensors_.push_back(std::move(tensor));
    return value;
  }
  /// int64 numbers, [count].
  Value integers(const std::vector<std::int64_t>& values) {
    std::string name = "integers";
    for (const auto value : values) name += '_' + std::to_string(value);
    return once(name, {static_cast<Index>(values.size())}, values);
  }
  /// A float, []. Equal ones are stored once, as all constants are.
  Value scalar(float value) { return once("scalar_" + std::to_string(std::bit_cast<std::uint32_t>(value)), {}, std::vector<float>{value}); }

  /// A double, [].
  Value scalar_double(double value) { return once("double_" + std::to_string(std::bit_cast<std::uint64_t>(value)), {}, std::vector<double>{value}); }

  /// Adds a node, and returns its output. `operation` is the name of an ONNX operator.
  Value add(const char* operation, const std::vector<Value>& inputs, const std::vector<Attribute>& attributes = {}) {
    return add_many(operation, inputs, 1, attributes)[0];
  }
  /// Adds a node with several outputs, and returns them.
  std::vector<Value> add_many(const char* operation, const std::vector<Value>& inputs, int outputs, const std::vector<Attribute>& attributes = {}) {
    std::vector<Value> results;
    for (int i = 0; i < outputs; ++i) results.push_back({operation + ('_' + std::to_string(++values_))});
    nodes_.push_back(node_message(operation, inputs, results, attributes));
    return results;
  }

  /// GraphProto without its tensors: nodes, name, inputs and outputs.
  Message message(const std::string& name) const {
    Message result;
    for (const Message& node : nodes_) result.message(1, node);
    result.text(2, name);
    for (const Message& each : inputs_) result.message(11, each);
    for (const Message& each : outputs_) result.message(12, each);
    return result;
  }
  /// Tensors and constants, in the order in which they were added. Valid until the next is added.
  const std::vector<Tensor>& tensors() const { return tensors_; }

 private:
  template <class Values>
  Value once(const std::string& name, std::vector<Index> shape, const Values& values) {
    if (known_.insert(name).second) tensors_.push_back({name, std::move(shape), values});
    return {name};
  }
  static Message node_message(const char* operation, const std::vector<Value>& inputs, const std::vector<Value>& outputs,
                              const std::vector<Attribute>& attributes) {
    Message message;
    for (const Value& value : inputs) message.text(1, value.name);
    for (const Value& value : outputs) message.text(2, value.name);
    message.text(3, "node_" + outputs[0].name).text(4, operation);
    for (const Attribute& attribute : attributes) message.message(5, attribute.message());
    return message;
  }
  static Message value_info(const std::string& name, Type type, const std::vector<Index>& shape) {
    Message dimensions = Message().message(1, Message().text(2, "batch"));
    for (const Index side : shape) dimensions.message(1, side > 0 ? Message().integer(1, side) : Message());
    const Message tensor_type = Message().integer(1, static_cast<int>(type)).message(2, dimensions);
    return Message().text(1, name).message(2, Message().message(1, tensor_type));
  }

  std::vector<Message> nodes_, inputs_, outputs_;
  std::vector<Tensor> tensors_;
  std::set<std::string> known_;  ///< names of constants
  Index values_ = 0;
};

}  // namespace adatape::onnx
