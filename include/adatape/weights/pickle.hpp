#pragma once
/// Pickles (Python's pickletools.py, protocols 2 to 5) as trees of values, by a stack machine that executes nothing. A call of a function, a class and a
/// persistent object become values that say so. The opcodes are a closed set: those that a file of tensors can have.
#include <map>

#include "adatape/weights/extent.hpp"
#include "adatape/weights/pickle_value.hpp"
#include "adatape/weights/source.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

namespace detail {

class PickleMachine {
 public:
  using Kind = PickleValue::Kind;
  PickleMachine(std::span<const std::byte> bytes, const std::string& where, const SourceLimits& limits) : bytes_(bytes), where_(where), limits_(limits) {}

  Pickle run() {
    while (!stopped_) {
      const auto code = static_cast<unsigned char>(take(1)[0]);
      require(step_constant(code) || step_container(code) || step_object(code), where_, ": opcode ", int{code}, " at byte ", at_ - 1,
              " of the pickle is none that a file of tensors needs");
    }
    require(marks_.empty(), where_, ": the pickle ends with a mark whose values nothing took");
    require(stack_.size() == 1, where_, ": the pickle ends with ", stack_.size(), " values, wanted 1");
    pickle_.root = stack_.back();
    pickle_.size = at_;
    return std::move(pickle_);
  }

 private:
  std::span<const std::byte> take(std::size_t count) {
    require(count <= bytes_.size() - at_, where_, ": the pickle is cut short, or longer than the ", limits_.header, " bytes that are read");
    const auto part = bytes_.subspan(at_, count);
    at_ += count;
    return part;
  }
  template <class T>
  T number() {
    return number_at<T>(take(sizeof(T)), 0);
  }
  std::string text(std::size_t count) {
    const auto part = take(count);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  /// The text up to a line feed.
  std::string line() {
    std::string out;
    while (true) {
      const auto byte = static_cast<char>(take(1)[0]);
      if (byte == '\n') return out;
      require(out.size() < limits_.name, where_, ": the pickle names something with more than ", limits_.name, " bytes");
      out += byte;
    }
  }

  bool push(PickleValue value) {
    require(pickle_.values.size() < limits_.values, where_, ": the pickle has more than ", limits_.values, " values");
    stack_.push_back(static_cast<PickleRef>(pickle_.values.size()));
    pickle_.values.push_back(std::move(value));
    return true;
  }
  PickleRef pop() {
    const auto ref = top();
    stack_.pop_back();
    return ref;
  }
  /// The last value. Only pop_to_mark goes beyond a mark.
  PickleRef top() const {
    require(stack_.size() > (marks_.empty() ? 0 : marks_.back()), where_, ": the pickle takes a value that is not there");
    return stack_.back();
  }
  bool mark() {
    require(marks_.size() < limits_.values, where_, ": the pickle has more than ", limits_.values, " marks");
    marks_.push_back(stack_.size());
    return true;
  }
  std::vector<PickleRef> pop_to_mark() {
    require(!marks_.empty(), where_, ": the pickle takes values behind a mark that is not there");
    const std::vector<PickleRef> out(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return out;
  }
  bool push_tuple(std::vector<PickleRef> items) { return push({.kind = Kind::tuple, .items = std::move(items)}); }
  bool push_last(std::size_t count) {
    std::vector<PickleRef> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return push_tuple(std::move(items));
  }
  /// Adds items to the container on top of the stack. Those of a call, which may be a dictionary of a class that is not known, are kept and never looked at.
  bool append(const std::vector<PickleRef>& items, bool pairs) {
    auto& to = pickle_.values[top()];
    const bool fits = pairs ? to.kind == Kind::dictionary && items.size() % 2 == 0 : to.kind == Kind::list || to.kind == Kind::set;
    require(fits || to.kind == Kind::call, where_, ": the pickle adds items to something that takes none");
    if (fits) to.items.insert(to.items.end(), items.begin(), items.end());
    return true;
  }
  bool remember(std::uint64_t number) {
    require(memo_.size() < limits_.values, where_, ": the pickle remembers more than ", limits_.values, " values");
    memo_[number] = top();
    return true;
  }
  bool recall(std::uint64_t number) {
    const auto found = memo_.find(number);
    require(found != memo_.end(), where_, ": the pickle recalls value ", number, ", which it does not have");
    stack_.push_back(found->second);
    require(stack_.size() <= limits_.values, where_, ": the pickle has more than ", limits_.values, " values");
    return true;
  }
  bool push_long(std::size_t count) {
    const auto bytes = take(count);
    if (count > 8) return push({.kind = Kind::other});
    std::uint64_t value = count > 0 && (bytes[count - 1] & std::byte{0x80}) != std::byte{0} ? ~std::uint64_t{0} : 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | static_cast<std::uint64_t>(bytes[i]);
    return push({.kind = Kind::integer, .integer = static_cast<std::int64_t>(value)});
  }
  bool push_text(std::uint64_t count) { return push({.kind = Kind::text, .text = text(count)}); }
  bool skip_bytes(std::uint64_t count) {
    take(count);
    return push({.kind = Kind::other});
  }

  // A line an opcode.
  // clang-format off
  /// None, truth values, numbers, texts. True if `code` is one of them, as for the next two.
  bool step_constant(unsigned char code) {
    switch (code) {
      case 'N': return push({});
      case 0x88: return push({.kind = Kind::boolean, .integer = 1});  // NEWTRUE
      case 0x89: return push({.kind = Kind::boolean});  // NEWFALSE
      case 'J': return push({.kind = Kind::integer, .integer = number<std::int32_t>()});  // BININT
      case 'K': return push({.kind = Kind::integer, .integer = number<std::uint8_t>()});  // BININT1
      case 'M': return push({.kind = Kind::integer, .integer = number<std::uint16_t>()});  // BININT2
      case 0x8a: return push_long(number<std::uint8_t>());  // LONG1
      case 'G': return skip_bytes(8);  // BINFLOAT
      case 'X': return push_text(number<std::uint32_t>());  // BINUNICODE
      case 0x8c: return push_text(number<std::uint8_t>());  // SHORT_BINUNICODE
      case 0x8d: return push_text(number<std::uint64_t>());  // BINUNICODE8
      case 'U': return push_text(number<std::uint8_t>());  // SHORT_BINSTRING
      case 'T': return push_text(number<std::uint32_t>());  // BINSTRING
      case 'B': return skip_bytes(number<std::uint32_t>());  // BINBYTES
      case 'C': return skip_bytes(number<std::uint8_t>());  // SHORT_BINBYTES
      default: return false;
    }
  }
  bool step_container(unsigned char code) {
    switch (code) {
      case '(': return mark();
      case '}': return push({.kind = Kind::dictionary});
      case ']': return push({.kind = Kind::list});
      case ')': return push_tuple({});
      case 0x8f: return push({.kind = Kind::set});  // EMPTY_SET
      case 't': return push_tuple(pop_to_mark());
      case 0x85: return push_last(1);  // TUPLE1
      case 0x86: return push_last(2);  // TUPLE2
      case 0x87: return push_last(3);  // TUPLE3
      case 'a': {
        const auto item = pop();
        return append({item}, false);
      }
      case 's': {
        const auto value = pop(), key = pop();
        return append({key, value}, true);
      }
      case 'e':
      case 0x90: return append(pop_to_mark(), false);  // APPENDS, ADDITEMS
      case 'u': return append(pop_to_mark(), true);  // SETITEMS
      default: return false;
    }
  }
  bool step_object(unsigned char code) {
    switch (code) {
      case 0x80: {
        const auto protocol = number<std::uint8_t>();
        require(protocol >= 2 && protocol <= 5, where_, ": wanted a pickle of protocol 2 to 5, found ", int{protocol});
        return true;
      }
      case 0x95:
        take(8);
        return true;  // FRAME
      case 'q': return remember(number<std::uint8_t>());
      case 'r': return remember(number<std::uint32_t>());
      case 0x94: return remember(memo_.size());  // MEMOIZE
      case 'h': return recall(number<std::uint8_t>());
      case 'j': return recall(number<std::uint32_t>());
      case 'c': {
        const auto module = line();
        return push({.kind = Kind::global, .text = module + " " + line()});
      }
      case 0x93: {  // STACK_GLOBAL
        const auto &name = pickle_[pop()], &module = pickle_[pop()];
        require(name.kind == Kind::text && module.kind == Kind::text && std::max(name.text.size(), module.text.size()) <= limits_.name, where_,
                ": the pickle names something by no text, or by more than ", limits_.name, " bytes");
        copied_ += module.text.size() + name.text.size();  // five bytes can copy texts of 2000
        require(copied_ <= limits_.header, where_, ": the pickle names things by more than ", limits_.header, " bytes");
        return push({.kind = Kind::global, .text = module.text + " " + name.text});
      }
      case 'R':
      case 0x81: {  // REDUCE, NEWOBJ
        const auto arguments = pop(), called = pop();
        const auto& callee = pickle_[called];
        const bool ordered = callee.kind == Kind::global && callee.text == "collections OrderedDict" && pickle_[arguments].items.empty();
        return ordered ? push({.kind = Kind::dictionary}) : push({.kind = Kind::call, .items = {called, arguments}});
      }
      case 'b':
        pop();
        top();
        return true;  // BUILD: the attributes of an object say nothing about tensors
      case 'Q': {
        const auto id = pop();
        return push({.kind = Kind::persistent, .items = {id}});
      }
      case '.':
        stopped_ = true;
        return true;
      default: return false;
    }
  }
  // clang-format on

  std::span<const std::byte> bytes_;
  const std::string& where_;
  const SourceLimits& limits_;
  std::size_t at_ = 0;
  bool stopped_ = false;
  Pickle pickle_;
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;  ///< each the number of values that are below it on the stack
  std::map<std::uint64_t, PickleRef> memo_;
  std::size_t copied_ = 0;  ///< bytes of texts that became names of globals
};

}  // namespace detail

/// The pickle at the start of `bytes`. It takes about a hundred bytes of memory for each byte, and at most limits.values values. Throws Error beginning with
/// `where` for an opcode outside of the set, for a pickle that is cut short, and for one that takes what it has not. Throws std::bad_alloc where there is no
/// memory.
inline Pickle read_pickle(std::span<const std::byte> bytes, const std::string& where, const SourceLimits& limits = {}) {
  return detail::PickleMachine(bytes.first(std::min(bytes.size(), limits.header)), where, limits).run();
}

}  // namespace adatape::weights
