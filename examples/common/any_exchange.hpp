#pragma once
/// The exchange of a trainer between processes behind virtual functions, so that a model is compiled once, whatever the processes are.
#include "adatape/train/exchange.hpp"

namespace adatape::examples {

/// The members of train::Exchange, for gradients of float.
class AnyExchange {
 public:
  virtual ~AnyExchange() = default;
  virtual Index process() const = 0;
  virtual Index processes() const = 0;
  virtual train::Share leaves(Index count) = 0;
  virtual train::Share chunks(Index count) = 0;
  virtual Index sum(Index number) = 0;
  virtual void gather_leaves(std::span<train::BatchTotals> totals) = 0;
  virtual void gather_chunks(std::span<double> values, Index chunk) = 0;
  virtual void gather_chunks(std::span<float> values, Index chunk) = 0;
  virtual void add_blocks(std::span<const train::LeafBlock<std::span<float>>> blocks) = 0;
};

/// An exchange E as AnyExchange.
template <class E>
class ExchangeOf : public AnyExchange {
 public:
  explicit ExchangeOf(E exchange) : exchange_(std::move(exchange)) {}

  Index process() const override { return exchange_.process(); }
  Index processes() const override { return exchange_.processes(); }
  train::Share leaves(Index count) override { return exchange_.leaves(count); }
  train::Share chunks(Index count) override { return exchange_.chunks(count); }
  Index sum(Index number) override { return exchange_.sum(number); }
  void gather_leaves(std::span<train::BatchTotals> totals) override { exchange_.gather_leaves(totals); }
  void gather_chunks(std::span<double> values, Index chunk) override { exchange_.gather_chunks(values, chunk); }
  void gather_chunks(std::span<float> values, Index chunk) override { exchange_.gather_chunks(values, chunk); }
  void add_blocks(std::span<const train::LeafBlock<std::span<float>>> blocks) override { exchange_.add_blocks(blocks); }

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
  train::Share chunks(Index count) { return exchange_->chunks(count); }
  Index sum(Index number) { return exchange_->sum(number); }
  void gather_leaves(std::span<train::BatchTotals> totals) { exchange_->gather_leaves(totals); }
  void gather_chunks(std::span<double> values, Index chunk) { exchange_->gather_chunks(values, chunk); }
  void gather_chunks(std::span<float> values, Index chunk) { exchange_->gather_chunks(values, chunk); }
  void add_blocks(std::span<const train::LeafBlock<std::span<float>>> blocks) { exchange_->add_blocks(blocks); }

 private:
  AnyExchange* exchange_;
};

}  // namespace adatape::examples
