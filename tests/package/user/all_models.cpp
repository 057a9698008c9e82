// Instantiates every kind of model, for training and inference, in both scalars, and the files: a user's own warnings see all of it.
#include "adatape/data/idx.hpp"
#include "adatape/io/checkpoint.hpp"
#include "tiny.hpp"

namespace {

struct LearnedBank : user::Tiny {
  static constexpr adatape::tape::BankType bank_type = adatape::tape::BankType::learn;
  static constexpr int enc_tt_mlp_dim = 8;
};
struct Plain : user::Tiny {
  static constexpr std::array<int, 0> add_tape_token_to_layers{};
  static constexpr adatape::nn::Pool classifier = adatape::nn::Pool::token;
};
struct Halting : user::Tiny {
  static constexpr adatape::model::Encoder encoder = adatape::model::Encoder::act;
  static constexpr int act_max_steps = 3;
};
struct Pondering : Halting {
  static constexpr adatape::model::Encoder encoder = adatape::model::Encoder::pondernet;
};

template <class Config, class T>
double train_and_infer(const std::filesystem::path& path) {
  using Model = adatape::model::Classifier<Config>;
  const std::vector<T> input(static_cast<std::size_t>(2 * Model::input_size), T(1) / 2);
  const std::vector<std::int64_t> labels{1, 3};
  adatape::train::Trainer<Model, T> trainer({});
  const double loss = trainer.step({.input = input, .targets = labels}).loss;
  adatape::Arena workspace;
  const auto output = adatape::model::Engine<Model, T>(trainer.parameters()).run(input, workspace);
  adatape::io::save_checkpoint(path, trainer.parameters(), {});
  adatape::io::load_checkpoint(path, trainer.parameters());
  return loss + static_cast<double>(output.logits[0]);
}

}  // namespace

int main(int count, char** arguments) {
  const std::filesystem::path path = arguments[count - 1];
  double sum = train_and_infer<user::Tiny, float>(path) + train_and_infer<user::Tiny, double>(path);
  sum += train_and_infer<LearnedBank, float>(path) + train_and_infer<Plain, float>(path) + train_and_infer<Halting, float>(path);
  sum += train_and_infer<Pondering, float>(path) + train_and_infer<Pondering, double>(path);
  return sum > 0 ? 0 : 1;
}
