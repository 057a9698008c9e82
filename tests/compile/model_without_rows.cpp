// wants: Trainer: the model must have the members that adatape/core/model.hpp lists for TrainableModel
#include "adatape/train/trainer.hpp"

using namespace adatape;

struct Constant {
  static constexpr int D = 1;  // neither own_tokens nor own_rows
  template <class T>
  using Input = DenseSamples<T, 1>;
  template <class T>
  struct Params {
    Tensor<T, 1> value;
    static constexpr auto fields() { return std::tuple(field("value", &Params::value)); }
  };
  template <class T>
  struct Saved {};
  template <class T>
  struct Output {
    struct Gradient {
      const T* dlogits = nullptr;
    };
    static constexpr Index classes = 1;
    Index samples = 0;
    const T* logits = nullptr;
  };
  template <class T>
  static Output<T> forward(const Params<T>& p, const Input<T>& input, Saved<T>&, const Context&) {
    return {input.samples(), p.value.data()};
  }
  template <class T>
  static void backward(const Params<T>&, const Saved<T>&, const typename Output<T>::Gradient&, Params<T>&, const T*, const Context&) {}
};

train::Trainer<Constant> trainer({});
