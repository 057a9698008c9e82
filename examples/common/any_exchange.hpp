#pragma once
/// The exchange of a trainer between processes behind virtual functions, so that a model is compiled once, whatever the processes are.
#include "adatape/train/exchange.hpp"

namespace adatape::examples {

/// The members of train::Exchange, for gradients of float.
class AnyExchange {
 public:
  using Blocks = std::span<const train::LeafBlock<std::span<float>>>;

  virtual ~AnyExchange() = default;
  virtual Index process() const = 0;
  virtual Index processes() const = 0;
  virtual train::Share leaves(Index count) = 0;
  virtual void begin_batch(train::Share mine, Index count) = 0;
  virtual Index sum(Index number) = 0;
  virtual void gather_leaves(std::span<train::LeafResult> results) = 0;
  virtual void gather_chunks(std::span<double> values, Index chunk) = 0;
  virtual void gather_chunks(std::span<float> values, Index chunk) = 0;
  virtual void begin_sum(Blocks blocks, std::span<const Index> order) = 0;
  virtual void ready(Index count) = 0;
  virtual void finish_sum() = 0;
};

/// An exchange E as AnyExchange.
template <class E>
class ExchangeOf : public AnyExchange {
 public:
  explicit ExchangeOf(E exchange) : exchange_(std::move(exchange)) {}

  Index process() const override { return exchange_.process(); }
  Index processes() const override { return exchange_.processes(); }
  train::Share leaves(Index count) override { return exchange_.leaves(count); }
  void begin_batch(train::Share mine, Index count) override { exchange_.begin_batch(mine, count); }
  Index sum(Index number) override { return exchange_.sum(number); }
  void gather_leaves(std::span<train::LeafResult> results) override { exchange_.gather_leaves(results); }
  void gather_chunks(std::span<double> values, Index chunk) override { exchange_.gather_chunks(values, chunk); }
  void gather_chunks(std::span<float> values, Index chunk) override { exchange_.gather_chunks(values, chunk); }
  void begin_sum(Blocks blocks, std::span<const Index> order) override { exchange_.begin_sum(blocks, order); }
  void ready(Index count) override { exchange_.ready(count); }
  void finish_sum() override { exchange_.finish_sum(); }

 private:
  E exchange_;
};

/// The policy of Trainer: whatever exchange it was given, which must outlive it.
class SharedExchange {
 public:
  explicit SharedExchange(AnyExchange& exchange) : exchange_(&exchange) {}

  Index process() const { return exchange_->process(); }
  Index processes() const { return exchange_->processes(); }
  train::Share leaves(Index count) { return exchange_->leaves(count); }
  void begin_batch(train::Share mine, Index count) { exchange_->begin_batch(mine, count); }
  Index sum(Index number) { return exchange_->sum(number); }
  void gather_leaves(std::span<train::LeafResult> results) { exchange_->gather_leaves(results); }
  void gather_chunks(std::span<double> values, Index chunk) { exchange_->gather_chunks(values, chunk); }
  void gather_chunks(std::span<float> values, Index chunk) { exchange_->gather_chunks(values, chunk); }
  void begin_sum(AnyExchange::Blocks blocks, std::span<const Index> order) { exchange_->begin_sum(blocks, order); }
  void ready(Index count) { exchange_->ready(count); }
  void finish_sum() { exchange_->finish_sum(); }

 private:
  AnyExchange* exchange_;
};

}  // namespace adatape::examples
