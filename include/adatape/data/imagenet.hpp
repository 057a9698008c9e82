#pragma once
/// ImageNet (ILSVRC 2012), and sets in its layout: train/WNID/*.JPEG, and val/WNID/*.JPEG or val/*.JPEG with a list.
///
/// A WNID is "n" and eight digits, the number of a meaning in WordNet. The label of a class is the rank of its WNID in byte order: n01440764 is 0 and n15075141
/// is 999. All published heads of 1000 classes use this order (torchvision/datasets/imagenet.py, timm/data/_info/imagenet_synsets.txt).
#include <iterator>
#include <unordered_map>

#include "adatape/data/class_folder.hpp"
#include "adatape/data/split.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::data {

/// What a set in ImageNet's layout does not say by itself: which classes it has, and where the labels of a flat val folder are.
struct ImagenetOptions {
  std::vector<std::string> classes;  ///< WNIDs in the order of their labels; empty: the sorted folders of train, or, without train, those of val
  /// For a val folder without folders: a text of lines "file WNID", or of a WNID for each picture in byte order of their names, as tensorflow_datasets has it
  /// (imagenet2012_validation_labels.txt). Empty: val.txt beside the val folder.
  std::filesystem::path val_list;
};

namespace detail {

inline bool is_wnid(std::string_view text) { return text.size() == 9 && text[0] == 'n' && text.find_first_not_of("0123456789", 1) == text.npos; }

inline constexpr std::string_view kGroundTruth = "ILSVRC2012_validation_ground_truth.txt";
inline constexpr const char* kNoGroundTruth =
    ": its numbers are IDs of the development kit, which are not in the order of the WNIDs that labels follow, and which only its meta.mat explains; wanted "
    "val/WNID/*.JPEG, or a text of lines \"file WNID\" such as \"ILSVRC2012_val_00000001.JPEG n01751748\"";

/// Throws Error unless all folders in `place` are called by WNIDs.
inline void require_wnids(const FolderListing& listing, const std::filesystem::path& place) {
  for (const std::string& name : listing.files)
    require(!name.ends_with(".tar"), (place / name).string(), ": wanted a folder for each class, found an archive: unpack each in a folder of its name");
  for (const std::string& name : listing.folders)
    require(is_wnid(name), (place / name).string(), ": wanted a folder called by a WNID, such as n01440764; other names are for a folder of classes");
}

/// The list of a val folder without folders. Throws Error, which says what is wanted, if there is none.
inline std::filesystem::path find_val_list(const std::filesystem::path& root, const ImagenetOptions& options) {
  std::error_code ignored;
  if (!options.val_list.empty()) {
    require(options.val_list.filename() != kGroundTruth, options.val_list.string(), kNoGroundTruth);
    return options.val_list;
  }
  const auto list = std::filesystem::absolute(root / "val.txt");
  if (std::filesystem::exists(list, ignored)) return list;
  for (const char* folder : {".", "val", "data", "devkit/data", "ILSVRC2012_devkit_t12/data"}) {
    const auto truth = (root / folder / kGroundTruth).lexically_normal();
    require(!std::filesystem::exists(truth, ignored), truth.string(), kNoGroundTruth);
  }
  throw Error((root / "val").string() + ": wanted val/WNID/*.JPEG, or " + list.string() + " with lines \"file WNID\", found pictures and no list");
}

/// The lines of a list that has nothing but a WNID for each of the sorted `pictures`, as lines "file WNID". Other lines stay.
inline std::vector<std::string> with_names(std::vector<std::string> lines, const std::vector<std::string>& pictures, const std::string& where) {
  if (lines.empty() || !is_wnid(lines.front())) return lines;
  require(lines.size() == pictures.size(), where, ": wanted a WNID for each of the ", pictures.size(), " pictures, found ", lines.size(), " lines");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    require(is_wnid(lines[i]), where, ": line ", i + 1, ": wanted a WNID, as in the lines before, found ", io::in_quotes(lines[i]));
    lines[i] = pictures[i] + ' ' + lines[i];
  }
  return lines;
}

/// The val folder without folders: its listing and the list must name the same files.
inline FileIndex scan_flat_val(const std::filesystem::path& root, const FolderListing& listing, const ImagenetOptions& options) {
  const auto list = std::filesystem::absolute(find_val_list(root, options));
  const std::string where = list.string();
  FileIndex index;
  index.sources = {index_source(root, where)};
  std::vector<std::string> pictures;  // sorted
  std::ranges::copy_if(listing.files, std::back_inserter(pictures), is_picture_name);
  std::unordered_map<std::string_view, std::size_t> numbers;  // of the pictures: its line in the list, or 0
  for (const std::string& name : pictures) numbers.emplace(name, 0);
  const auto lines = with_names(read_lines(list), pictures, where);
  std::vector<std::string> found;  // WNIDs of the list, sorted
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto words = split_words(lines[i]);
    require(!(words.size() == 1 && words[0].find_first_not_of("0123456789") == words[0].npos), where, kNoGroundTruth);
    require(words.size() == 2, where, ": line ", i + 1, ": wanted \"file WNID\", found ", io::in_quotes(lines[i]));
    require(is_wnid(words[1]), where, ": line ", i + 1, ": wanted a WNID, such as n01440764, found ", io::in_quotes(words[1]),
            "; a number does not say to which order of the classes it belongs");
    const auto file = numbers.find(words[0]);
    require(file != numbers.end(), where, ": line ", i + 1, ": the picture ", io::in_quotes(words[0]), " is not in ", (root / "val").string());
    require(file->second == 0, where, ": line ", i + 1, ": the picture ", io::in_quotes(words[0]), " is in line ", file->second, " too");
    file->second = i + 1;
    found.emplace_back(words[1]);
  }
  for (const std::string& name : pictures)
    require(numbers[name] > 0, where, ": wanted a line for each of the ", numbers.size(), " pictures, found none for ", io::in_quotes(name));
  require(!lines.empty(), (root / "val").string(), ": wanted pictures, found none");
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  index.class_names = options.classes.empty() ? found : options.classes;
  match_classes(found, index.class_names, where);
  std::unordered_map<std::string_view, Index> labels;
  for (const std::string& name : index.class_names) labels.emplace(name, std::ssize(labels));
  for (const std::string& line : lines) {
    const auto words = split_words(line);
    index.add("val/" + std::string(words[0]), labels.at(words[1]));
  }
  return index;
}

}  // namespace detail

/// The files and labels of a split: `train`, or `test` for the folder val. Subsets with fewer classes are fine; their labels are ranks among their own WNIDs
/// unless `classes` is given. The order is that of a class folder, and for a val folder without folders that of the list.
/// Throws Error as scan_class_folder does, and for
///  - folders that are not called by WNIDs, and archives that are not unpacked,
///  - a val folder without folders that has no list, or only the list of the development kit (the message says why it is no use),
///  - a list that does not name each picture of val once, or has another form than ImagenetOptions::val_list, or a list in `options` for a val folder with
///    folders,
///  - a class of val that train or `classes` does not have. Classes without pictures in val are fine.
inline FileIndex scan_imagenet(const std::filesystem::path& root, Split split, const ImagenetOptions& options = {}) {
  std::error_code ignored;
  ImagenetOptions full = options;
  for (const std::string& name : options.classes) require(detail::is_wnid(name), "ImageNet: wanted WNIDs as classes, found ", io::in_quotes(name));
  const bool has_train = std::filesystem::is_directory(root / "train", ignored);
  const FileIndex start = detail::start_index();
  std::vector<IndexSource> sources;
  if (split == Split::train || (has_train && options.classes.empty())) {
    sources.push_back(detail::index_source(root, "train"));
    const auto train = detail::list_folder(root / "train");
    detail::require_wnids(train, root / "train");
    if (options.classes.empty()) full.classes = train.folders;
  } else if (options.classes.empty()) {
    sources.push_back(detail::index_source(root, ""));  // a train folder that appears changes the labels
  }
  if (split == Split::train) return detail::scan_classes(root, "train", {ClassOrder::bytes, options.classes, false});
  sources.push_back(detail::index_source(root, "val"));
  const auto val = detail::list_folder(root / "val");
  detail::require_wnids(val, root / "val");
  require(val.folders.empty() || options.val_list.empty(), (root / "val").string(), ": wanted pictures directly inside, which ", options.val_list.string(),
          " lists, found the folder ", val.folders.empty() ? "" : io::in_quotes(val.folders.front()));
  FileIndex index = val.folders.empty() && !val.files.empty() ? detail::scan_flat_val(root, val, full)
                                                              : detail::scan_classes(root, "val", {ClassOrder::bytes, full.classes, !full.classes.empty()});
  index.sources.insert(index.sources.end(), sources.begin(), sources.end());
  index.scanned = start.scanned;
  return index;
}

/// The split as a Dataset. `cache` is a file for its index, outside of `root` (cached_index), or empty. Throws Error as scan_imagenet and cached_index do.
inline FileSet open_imagenet(const std::filesystem::path& root, Split split, const ImagenetOptions& options = {}, const std::filesystem::path& cache = {},
                             const image::DecodeOptions& decode = {}) {
  const std::string key = (split == Split::train ? "ImageNet train " : "ImageNet val ") + detail::options_key({ClassOrder::bytes, options.classes, false}) +
                          "\n" + options.val_list.string();
  return {root, cached_index(cache, key, root, [&] { return scan_imagenet(root, split, options); }), decode};
}

}  // namespace adatape::data
