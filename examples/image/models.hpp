#pragma once
/// Models for 28 x 28 grey and 32 x 32 colour images. ADATAPE_MODELS (examples/CMakeLists.txt) has the names of those that are compiled in.
#include "adatape/model/classifier.hpp"

namespace adatape::examples {

/// AdaTape on 49 patches of 4 x 4 pixels; its tape is read from the image's 196 patches of 2 x 2 pixels.
struct AdatapeFashion : model::ModelDefaults {
  static constexpr const char* name = "adatape-fashion";
  static constexpr std::array<int, 3> image{28, 28, 1};
  static constexpr int patch_size = 4, hidden_size = 64, num_heads = 4, mlp_dim = 128, num_layers = 4, num_classes = 10;
  static constexpr int patch_bank_size = 2, split_tt = 4, tt_mlp_dim = 64;
  static constexpr int num_tape_tokens = 10;
  static constexpr double threshold = 2;
};

/// The same with a trainable bank in place of the image's own patches.
struct AdatapeFashionLearn : AdatapeFashion {
  static constexpr const char* name = "adatape-fashion-learn";
  static constexpr tape::BankType bank_type = tape::BankType::learn;
  static constexpr int tape_bank_size = 512;
};

/// Half as wide again and a block deeper, for longer runs.
struct AdatapeFashionWide : AdatapeFashion {
  static constexpr const char* name = "adatape-fashion-wide";
  static constexpr int hidden_size = 96, mlp_dim = 192, num_layers = 5, tt_mlp_dim = 96;
};

/// The default without a tape.
struct VitFashion : AdatapeFashion {
  static constexpr const char* name = "vit-fashion";
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
};

/// One block applied until the image is done (Universal Transformer with adaptive computation time).
struct UtFashion : AdatapeFashion {
  static constexpr const char* name = "ut-fashion";
  static constexpr model::Encoder encoder = model::Encoder::act;
  static constexpr int act_max_steps = 6;
};

/// Small enough to train within seconds, for trying things out.
struct AdatapeFashionTiny : AdatapeFashion {
  static constexpr const char* name = "adatape-fashion-tiny";
  static constexpr int patch_size = 7, hidden_size = 16, num_heads = 2, mlp_dim = 32, num_layers = 2, patch_bank_size = 4, split_tt = 2,
                       tt_mlp_dim = 16;
};

/// AdaTape for pictures in colour, such as CIFAR-10 and folders of up to 10 classes: 64 patches of 4 x 4 pixels, and a tape read from the 256 patches of 2 x 2.
struct AdatapeCifar : AdatapeFashion {
  static constexpr const char* name = "adatape-cifar";
  static constexpr std::array<int, 3> image{32, 32, 3};
  static constexpr int hidden_size = 96, mlp_dim = 192, tt_mlp_dim = 96;
};

/// The same for up to 100 classes.
struct AdatapeCifar100 : AdatapeCifar {
  static constexpr const char* name = "adatape-cifar100";
  static constexpr int num_classes = 100;
};

/// In colour, small enough to train within seconds.
struct AdatapeColourTiny : AdatapeFashionTiny {
  static constexpr const char* name = "adatape-colour-tiny";
  static constexpr std::array<int, 3> image{32, 32, 3};
  static constexpr int patch_size = 8;
};

}  // namespace adatape::examples
