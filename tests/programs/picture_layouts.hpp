#pragma once
/// How ImageNet, Oxford-IIIT Pets and CIFAR are laid out: names and lists.
#include <algorithm>
#include <functional>
#include <set>

#include "adatape/data/text_lines.hpp"
#include "test_files.hpp"

/// A picture file, its path relative to the root of the set.
struct LabelledFile {
  std::string path;
  adatape::Index label, number;
};

/// `number` with zeros before it, `count` digits in all.
inline std::string digits(adatape::Index number, std::size_t count) {
  const auto text = std::to_string(number);
  return std::string(count - std::min(count, text.size()), '0').append(text);
}

/// A WNID for each class, ascending; those of ImageNet are from n01440764 to n15075141.
inline std::string wnid(adatape::Index label) { return std::string("n").append(digits(1'440'764 + 136 * label, 8)); }

/// The names of the 37 classes in the order of their numbers. Those of cats begin with a capital letter.
inline std::string pet_name(adatape::Index label) {
  static const auto names = adatape::data::split_words(
      "Abyssinian american_bulldog american_pit_bull_terrier basset_hound beagle Bengal Birman Bombay boxer British_Shorthair chihuahua "
      "Egyptian_Mau english_cocker_spaniel english_setter german_shorthaired great_pyrenees havanese japanese_chin keeshond leonberger "
      "Maine_Coon miniature_pinscher newfoundland Persian pomeranian pug Ragdoll Russian_Blue saint_bernard samoyed scottish_terrier shiba_inu "
      "Siamese Sphynx staffordshire_bull_terrier wheaten_terrier yorkshire_terrier");
  return std::string(names[static_cast<std::size_t>(label)]);
}

inline void make_folders(const std::filesystem::path& root, const std::vector<LabelledFile>& files) {
  std::set<std::filesystem::path> folders;
  for (const auto& file : files) folders.insert((root / file.path).parent_path());
  for (const auto& folder : folders) std::filesystem::create_directories(folder);
}

inline void write_lines(const std::filesystem::path& path, const std::vector<std::string>& lines) {
  std::ofstream file(path);
  for (const auto& line : lines) file << line << '\n';
  adatape::require(file.flush().good(), path.string(), ": cannot write");
}

/// trainval.txt, test.txt, and list.txt with both and a head. A line is "ID CLASS SPECIES BREED" (include/adatape/data/pets.hpp).
inline void write_pets_lists(const std::filesystem::path& folder, const std::vector<LabelledFile>& train, const std::vector<LabelledFile>& test) {
  const auto is_cat = [](adatape::Index label) { return pet_name(label)[0] < 'a'; };
  const auto lines = [&](const std::vector<LabelledFile>& files) {
    std::vector<std::string> out;
    for (const auto& file : files) {
      adatape::Index breed = 0;  // its number among the cats, or among the dogs
      for (adatape::Index label = 0; label <= file.label; ++label) breed += is_cat(label) == is_cat(file.label) ? 1 : 0;
      const auto id = std::filesystem::path(file.path).stem().string();
      out.push_back(id + " " + std::to_string(file.label + 1) + (is_cat(file.label) ? " 1 " : " 2 ") + std::to_string(breed));
    }
    return out;
  };
  std::filesystem::create_directories(folder);
  const auto of_train = lines(train), of_test = lines(test);
  write_lines(folder / "trainval.txt", of_train);
  write_lines(folder / "test.txt", of_test);
  std::vector<std::string> all{"#Image CLASS-ID SPECIES BREED ID"};
  all.insert(all.end(), of_train.begin(), of_train.end());
  all.insert(all.end(), of_test.begin(), of_test.end());
  write_lines(folder / "list.txt", all);
}

struct CifarPicture {
  adatape::Index label;
  Bytes rgb;  ///< [32, 32, 3]
};

/// CIFAR-10 for 10 names, CIFAR-100 for 100: the publisher's folder in `root`. The training files hold the pictures in order, as many each. The coarse label
/// of a class of CIFAR-100 is its number / 5.
inline void write_cifar(const std::filesystem::path& root, const std::vector<std::string>& names, const std::vector<CifarPicture>& train,
                        const std::vector<CifarPicture>& test) {
  const bool hundred = names.size() == 100;
  const auto folder = root / (hundred ? "cifar-100-binary" : "cifar-10-batches-bin");
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, std::size_t begin, std::size_t end, const std::vector<CifarPicture>& pictures) {
    Bytes records;
    for (std::size_t i = begin; i < end; ++i) {
      if (hundred) records.push_back(static_cast<std::uint8_t>(pictures[i].label / 5));
      records.push_back(static_cast<std::uint8_t>(pictures[i].label));
      for (std::size_t channel = 0; channel < 3; ++channel)
        for (std::size_t pixel = 0; pixel < 32 * 32; ++pixel) records.push_back(pictures[i].rgb[pixel * 3 + channel]);
    }
    write_bytes(folder / name, records);
  };
  const std::size_t parts = hundred ? 1 : 5;
  for (std::size_t part = 0; part < parts; ++part)
    write(hundred ? "train.bin" : "data_batch_" + std::to_string(part + 1) + ".bin", train.size() * part / parts, train.size() * (part + 1) / parts, train);
  write(hundred ? "test.bin" : "test_batch.bin", 0, test.size(), test);
  write_lines(folder / (hundred ? "fine_label_names.txt" : "batches.meta.txt"), names);
  if (!hundred) return;
  std::vector<std::string> coarse;
  for (int i = 0; i < 20; ++i) coarse.push_back(std::string("group ").append(digits(i, 2)));
  write_lines(folder / "coarse_label_names.txt", coarse);
}
