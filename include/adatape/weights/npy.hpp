#pragma once
/// The header of a .npy file (NumPy's lib/format.py, versions 1 to 3): a Python dictionary of descr, fortran_order and shape.
#include <charconv>

#include "adatape/weights/extent.hpp"
#include "adatape/weights/source.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::weights {

/// What the header of a .npy file says.
struct NpyHeader {
  std::string descr;           ///< the type of an element as NumPy writes it: "<f4"; "a structure" where it is a list of fields
  bool fortran_order = false;  ///< whether the first axis is the fastest; else the last one is
  std::vector<Index> shape;    ///< empty: one element
  std::size_t size = 0;        ///< bytes of the header; the elements follow
};

/// The type of elements that a descr names. A type of two bytes without a meaning ("|V2") is what bfloat16 becomes in NumPy.
inline io::DType npy_dtype(std::string_view descr) {
  if (descr == "<f4") return io::DType::F32;
  if (descr == "<f8") return io::DType::F64;
  if (descr == "<f2") return io::DType::F16;
  if (descr == "|V2" || descr == "<V2" || descr == "bfloat16") return io::DType::BF16;
  return descr == "<i8" ? io::DType::I64 : io::DType::other;
}

namespace detail {

/// Reads the dictionary. Nothing of it is evaluated.
class NpyDictionary {
 public:
  NpyDictionary(std::string_view text, const std::string& where, const SourceLimits& limits) : rest_(text), where_(where), limits_(limits) {}

  NpyHeader read() {
    NpyHeader header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!take('}')) {
      const auto key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        read_descr(header);
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran_order = truth();
      } else {
        require(key == "shape" && !shape, where_, ": the .npy header has ", io::in_quotes(key), ", wanted descr, fortran_order and shape once each");
        shape = true;
        read_shape(header);
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    require(descr && order && shape, where_, ": the .npy header lacks descr, fortran_order or shape");
    skip_spaces();
    require(rest_.empty(), where_, ": text follows the dictionary of the .npy header");
    return header;
  }

 private:
  void skip_spaces() {
    const auto at = rest_.find_first_not_of(" \t\n\r");
    rest_.remove_prefix(at == rest_.npos ? rest_.size() : at);
  }
  bool take(char wanted) {
    skip_spaces();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    const bool found = take(wanted);
    require(found, where_, ": the .npy header is damaged: wanted '", wanted, "' before ", io::in_quotes(rest_.substr(0, 20)));
  }
  std::string quoted() {
    skip_spaces();
    const char mark = rest_.empty() ? ' ' : rest_.front();
    const auto end = mark == '\'' || mark == '"' ? rest_.find(mark, 1) : rest_.npos;
    require(end != rest_.npos, where_, ": the .npy header is damaged: wanted a text before ", io::in_quotes(rest_.substr(0, 20)));
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool truth() {
    skip_spaces();
    for (const std::string_view word : {"True", "False"})
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(word.size());
        return word == "True";
      }
    throw Error(where_ + ": the .npy header is damaged: fortran_order is neither True nor False");
  }
  /// A text, or the list of the fields of a structure, which is skipped.
  void read_descr(NpyHeader& header) {
    skip_spaces();
    if (!rest_.starts_with('[')) {
      header.descr = quoted();
      return;
    }
    header.descr = "a structure";
    int depth = 0;
    do {
      require(!rest_.empty(), where_, ": the .npy header is cut short");
      const char first = rest_.front();
      if (first == '\'' || first == '"') {
        quoted();
        continue;
      }
      depth += first == '[' ? 1 : first == ']' ? -1 : 0;
      rest_.remove_prefix(1);
    } while (depth > 0);
  }
  void read_shape(NpyHeader& header) {
    expect('(');
    while (!take(')')) {
      require(header.shape.size() < limits_.rank, where_, ": more than ", limits_.rank, " dimensions");
      skip_spaces();
      Index dim = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), dim);
      require(error == std::errc() && dim >= 0, where_, ": the .npy header is damaged: wanted a size before ", io::in_quotes(rest_.substr(0, 20)));
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      take('L');  // Python 2
      header.shape.push_back(dim);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
  }

  std::string_view rest_;
  const std::string& where_;
  const SourceLimits& limits_;
};

}  // namespace detail

/// The bytes that a header may have; a longer one is refused.
inline constexpr std::size_t kMostNpyHeader = 65'536;

/// The header at the start of `bytes`, which are the first of a .npy file, at least kMostNpyHeader of them where there are so many. Throws Error beginning with
/// `where` for a header that is malformed, longer than `bytes` or of another version, and for a rank above the limits.
inline NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& where, const SourceLimits& limits = {}) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  require(text.size() >= 10 && text.starts_with("\x93NUMPY"), where, ": wanted a .npy array, found something else");
  const int version = text[6];
  require(version >= 1 && version <= 3, where, ": wanted version 1, 2 or 3 of .npy, found ", version);
  const std::size_t begin = version == 1 ? 10 : 12;
  require(text.size() >= begin, where, ": the .npy header is cut short");
  const std::size_t length = version == 1 ? number_at<std::uint16_t>(bytes, 8) : number_at<std::uint32_t>(bytes, 8);
  require(length <= text.size() - begin, where, ": a .npy header of ", length, " bytes is cut short or too long");
  auto header = detail::NpyDictionary(text.substr(begin, length), where, limits).read();
  header.size = begin + length;
  return header;
}

}  // namespace adatape::weights
