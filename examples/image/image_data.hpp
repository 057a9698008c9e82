#pragma once
/// The data sets that the programs read: IDX, CIFAR, Oxford-IIIT Pets, ImageNet, and folders of pictures.
#include <string>

#include "../common/compiled_model.hpp"
#include "picture_set.hpp"

namespace CLI {
class App;
}

namespace adatape::examples {

/// Where the data are, and what they are: "idx", "cifar", "pets", "imagenet", "folder", or "auto", which finds out.
struct DataFlags {
  std::string directory = "/usr/share/datasets/fashion-mnist", format = "auto";
  std::string val_list;      ///< ImageNet's list of val; empty: val.txt beside it, where there is need of one
  bool read_damaged = false;  ///< whether JPEG files with wrong or missing data are read as Pillow reads them, and are no errors
  std::string index_folder;  ///< where train.index and test.index of pictures in files are kept (data/index_cache.hpp); empty: nowhere
};

/// The classes that data may have where they need not be those of the model.
inline constexpr Index kMostClasses = 100'000;

/// The flags --data, or `name`, --format, --val-list and --read-damaged. `note` is added to what --help says about the folder.
void add_data_flags(CLI::App& app, DataFlags& flags, const std::string& note = "", const std::string& name = "--data");

/// The splits of a data set, with the same classes.
struct ImageData {
  PictureSet train, test;
};

/// Reads the data set in flags.directory for a model: PictureSet::pixels gives grey pictures of its size for a grey model, RGB for a colour model. The format
/// "auto" takes the first of these that is there:
///  - IDX: train-images-idx3-ubyte (or idx4, in colour), t10k-labels-idx1-ubyte, ... (data/idx.hpp). In memory.
///  - CIFAR-10 or CIFAR-100 in the binary version (data/cifar.hpp). In memory.
///  - Oxford-IIIT Pets: the folders images and annotations (data/pets.hpp). Read when they are used.
///  - ImageNet: the folder val, and train with nothing but folders called by WNIDs (data/imagenet.hpp). Read when they are used.
///  - the folder train, and one of val, valid, validation and test, with a folder of PNG and JPEG files for each class (data/class_folder.hpp). The classes are
///    those of train; the other folder need not have pictures of each. Read when they are used.
/// Says on standard output why an index that was kept is not used. Throws Error as the readers do, where nothing of these is there, for a class in the second
/// folder that train has not, and for more classes than `most_classes`; UsageError for a list of val where there is no ImageNet.
ImageData load_image_data(const DataFlags& flags, const ModelFacts& facts, Index most_classes);

/// Called by all processes of a group together. Throws Error that names one whose data have other numbers of images, or other labels, than those of the first.
void require_same_images(ProcessGroup& group, const ImageData& data);

/// Has the index of pictures in files kept in the folder `out`, which need not exist. Throws UsageError if `out` is in the folder of such pictures, where it
/// could become one of their classes; Error where there is no data set.
void keep_index(DataFlags& flags, const std::string& out);

}  // namespace adatape::examples
