#pragma once
/// Parameter trees: how a layer names its parameters, and the flat layout (name, shape, offset) that follows at compile time.
///
/// A tree is a plain struct of Tensors, other trees and std::arrays of trees. Its static function fields() lists all members in order of declaration:
///     static constexpr auto fields() { return std::tuple(field("kernel", &Params::kernel), field("bias", &Params::bias)); }
/// Counting, initialising, saving, loading and optimising are loops over layout_of<Tree> and flat memory.
#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "adatape/core/tensor.hpp"

namespace adatape::inline ADATAPE_NAMESPACE {

/// How the initial values of a tensor are made: a constant, or draws from a distribution of mean 0 and the given variance.
struct Init {
  /// Where a value comes from.
  enum class Kind : std::uint8_t {
    constant,  ///< every value is `value`
    normal,    ///< draws of a normal distribution
    uniform    ///< draws of a uniform distribution over [-sqrt(3 variance), sqrt(3 variance)]
  };
  Kind kind = Kind::constant;  ///< a new Init is the constant 0
  double variance = 0;         ///< of the draws; not of a constant
  double value = 0;            ///< of a constant

  static constexpr Init constant(double value) { return {Kind::constant, 0, value}; }      ///< every value is `value`
  static constexpr Init zeros() { return constant(0); }                                    ///< every value is 0
  static constexpr Init ones() { return constant(1); }                                     ///< every value is 1
  static constexpr Init normal(double stddev) { return {Kind::normal, stddev * stddev}; }  ///< normal with that standard deviation
  /// Glorot and Bengio 2010: uniform with variance 2 / (fan_in + fan_out).
  static constexpr Init xavier_uniform(Index fan_in, Index fan_out) { return {Kind::uniform, 2.0 / static_cast<double>(fan_in + fan_out)}; }
  /// Normal with variance 1 / fan_in.
  static constexpr Init lecun_normal(Index fan_in) { return {Kind::normal, 1.0 / static_cast<double>(fan_in)}; }
};

/// One member of a tree. A tensor of a sub-tree is called "name of the member/name in the sub-tree".
template <class Tree, class Member>
struct Field {
  std::string_view name;  ///< "": the names of a sub-tree get nothing in front
  Member Tree::*member;   ///< of type Tensor, a tree, or std::array of either
  Init init;              ///< initial values of a Tensor; without effect for a sub-tree
  int first_index;        ///< element i of a std::array is called name followed by the number first_index + i
};

/// The description of a member for fields(). The characters of `name` must outlive the description; a literal does.
template <class Tree, class Member>
constexpr auto field(std::string_view name, Member Tree::*member, Init init = {}, int first_index = 0) {
  return Field<Tree, Member>{name, member, init, first_index};
}

/// The empty tree, in place of a part that a configuration does not have. Two members of one empty type need different addresses, so only one of them could
/// be without size ([[no_unique_address]]). So the type says whose part it is, and absent parts of one owner have different numbers.
template <class Owner, int number = 0>
struct Absent {
  static constexpr auto fields() { return std::tuple<>(); }
};
/// Part if `present`, else an empty tree. Owner: the layer whose part it is, which may be incomplete here.
template <bool present, class Part, class Owner, int number = 0>
using OptionalPart = std::conditional_t<present, Part, Absent<Owner, number>>;

/// One tensor of a tree in flat memory. A longer name or a higher rank than the most here is a compile error.
struct LayoutEntry {
  static constexpr std::size_t max_name = 112;  ///< most characters of a name
  static constexpr std::size_t max_rank = 4;    ///< most dimensions of a tensor
  std::array<char, max_name> characters{};      ///< of the name, which takes the first name_size of them
  std::size_t name_size = 0;                    ///< length of the name
  std::array<Index, max_rank> dims{};           ///< the first `rank` are the shape
  Index rank = 0;                               ///< number of dimensions
  Index offset = 0;                             ///< in elements from the start of the tree
  Index size = 0;                               ///< in elements
  Init init{};                                  ///< how the initial values are made

  /// The name in checkpoints: the names of members on the path from the tree to the tensor, with "/" between them. Valid as long as this object.
  constexpr std::string_view name() const { return {characters.data(), name_size}; }
};

namespace detail {

template <class>
struct TensorTraits : std::false_type {};
template <class T, Index... Dims>
struct TensorTraits<Tensor<T, Dims...>> : std::true_type {};

template <class>
struct ArrayTraits : std::false_type {};
template <class P, std::size_t N>
struct ArrayTraits<std::array<P, N>> : std::true_type {
  using Element = P;
  static constexpr int length = static_cast<int>(N);
};

template <class Tree, class Visit>
constexpr void for_each_field(Visit&& visit) {
  const auto fields = Tree::fields();
  [&]<std::size_t... i>(std::index_sequence<i...>) { (visit(std::get<i>(fields)), ...); }
  (std::make_index_sequence<std::tuple_size_v<decltype(fields)>>{});
}
template <class Tree, class Member>
constexpr Member member_type(Field<Tree, Member>);

/// (number of tensors, number of parameters)
template <class Tree>
constexpr std::pair<std::size_t, Index> tree_size() {
  if constexpr (TensorTraits<Tree>::value) {
    return {1, Tree::size};
  } else if constexpr (ArrayTraits<Tree>::value) {
    constexpr auto one = tree_size<typename ArrayTraits<Tree>::Element>();
    return {one.first * ArrayTraits<Tree>::length, one.second * ArrayTraits<Tree>::length};
  } else {
    std::pair<std::size_t, Index> total{0, 0};
    for_each_field<Tree>([&]<class Owner, class Member>(Field<Owner, Member>) {
      constexpr auto part = tree_size<Member>();
      total.first += part.first;
      total.second += part.second;
    });
    return total;
  }
}

struct NamePrefix {
  std::array<char, LayoutEntry::max_name> characters{};
  std::size_t size = 0;  ///< of the whole name; what is behind max_name is counted and not kept
  constexpr NamePrefix& add(std::string_view part) {
    for (char c : part) {
      if (size < characters.size()) characters[size] = c;
      ++size;
    }
    return *this;
  }
  constexpr NamePrefix& add_number(int n) {
    if (n >= 10) add_number(n / 10);
    const char digit = static_cast<char>('0' + n % 10);
    return add({&digit, 1});
  }
};

template <class Tree, std::size_t N>
constexpr void fill_layout(std::array<LayoutEntry, N>& out, std::size_t& next, Index& offset, const NamePrefix& name, Init init, int first_index) {
  if constexpr (TensorTraits<Tree>::value) {
    static_assert(Tree::shape.size() <= LayoutEntry::max_rank, "parameter tree: a tensor may have at most 4 dimensions");
    auto& entry = out[next++];
    entry.characters = name.characters;
    entry.name_size = name.size;
    entry.rank = static_cast<Index>(Tree::shape.size());
    for (std::size_t i = 0; i < Tree::shape.size(); ++i) entry.dims[i] = Tree::shape[i];
    entry.offset = offset;
    entry.size = Tree::size;
    entry.init = init;
    offset += static_cast<Index>(sizeof(Tree) / sizeof(typename Tree::Scalar));
  } else if constexpr (ArrayTraits<Tree>::value) {
    for (int i = 0; i < ArrayTraits<Tree>::length; ++i) {
      auto element = name;
      fill_layout<typename ArrayTraits<Tree>::Element>(out, next, offset, element.add_number(first_index + i), init, 0);
    }
  } else {
    for_each_field<Tree>([&]<class Owner, class Member>(Field<Owner, Member> f) {
      auto member = name;
      if (member.size > 0 && !f.name.empty()) member.add("/");
      fill_layout<Member>(out, next, offset, member.add(f.name), f.init, f.first_index);
    });
  }
}

template <class Tree, class T>
constexpr auto make_layout() {
  std::array<LayoutEntry, tree_size<Tree>().first> out{};
  std::size_t next = 0;
  Index offset = 0;
  fill_layout<Tree>(out, next, offset, NamePrefix{}, Init{}, 0);
  return out;
}

/// Whether every name is kept whole.
template <std::size_t N>
consteval bool names_fit(const std::array<LayoutEntry, N>& layout) {
  for (const LayoutEntry& entry : layout)
    if (entry.name_size > LayoutEntry::max_name) return false;
  return true;
}

/// Room for a tree in constant expressions, where the addresses of its members can be compared. The tree itself is never made, since nothing of it is read.
template <class Tree>
union AddressProbe {
  char none;
  Tree tree;
  constexpr AddressProbe() : none(0) {}
};
template <class Tree>
inline constexpr AddressProbe<Tree> address_probe;

/// Elements of T from the start of a tree to the end of its last tensor, alignment gap included.
template <class T, std::size_t N>
consteval std::size_t flat_end(const std::array<LayoutEntry, N>& layout) {
  if constexpr (N == 0) return 0;
  constexpr std::size_t step = kAlignment / sizeof(T);
  return (static_cast<std::size_t>(layout.back().offset + layout.back().size) + step - 1) / step * step;
}

/// Calls visit(address of the first element) for every tensor of a tree, of an array for those of its first element, in the order of fields().
template <class Tree, class Visit>
constexpr void for_each_tensor(const Tree& tree, const Visit& visit) {
  if constexpr (TensorTraits<Tree>::value)
    visit(&tree.values[0]);
  else if constexpr (ArrayTraits<Tree>::value)
    for_each_tensor(std::get<0>(tree), visit);  // the others follow it and are of its type
  else
    for_each_field<Tree>([&](auto f) { for_each_tensor(tree.*(f.member), visit); });
}

/// Whether fields() names the members in order of declaration, each once. Within one object a member declared later has the higher address.
template <class Tree, class T>
consteval bool fields_in_order() {
  bool in_order = true, any = false;  // not last == nullptr: g++ knows no answer to that at compile time under -fsanitize=undefined
  const T* last = nullptr;
  for_each_tensor(address_probe<Tree>.tree, [&](const T* address) {
    if (any) in_order = in_order && last < address;
    any = true;
    last = address;
  });
  return in_order;
}

}  // namespace detail

/// Number of parameters of a tree (without alignment gaps).
template <class Tree>
inline constexpr Index parameter_count = detail::tree_size<Tree>().second;

namespace detail {

/// The layout of Tree. A compile error where fields() lists members in another order, twice or not at all, since the layout would not describe the memory.
template <class Tree, class T>
consteval auto checked_layout() {
  static_assert(fields_in_order<Tree, T>(), "parameter tree: fields() must list the members in order of declaration, each once");
  constexpr auto layout = make_layout<Tree, T>();
  static_assert(names_fit(layout), "parameter tree: the name of a tensor may have at most 112 characters");
  static_assert(layout.empty() ? std::is_empty_v<Tree> : flat_end<T>(layout) * sizeof(T) == sizeof(Tree), "parameter tree: fields() must list every member");
  return layout;
}

}  // namespace detail

/// The tensors of Tree = Params<T>, a std::array of LayoutEntry in order of declaration. fields() that lists a member in another order, twice or not at all is
/// a compile error.
template <class Tree, class T>
inline constexpr auto layout_of = detail::checked_layout<Tree, T>();

}  // namespace adatape
