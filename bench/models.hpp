#pragma once
/// The models that more than one benchmark runs.
#include "adatape/model/sizes.hpp"
#include "fashion.hpp"

namespace adatape::bench::models {

using VitTi = model::Vit<model::Size::Ti, 16>;
using VitS = model::Vit<model::Size::S, 16>;
using AdaTapeTi = model::AdaTape<model::Size::Ti, 16>;
using AdaTapeS = model::AdaTape<model::Size::S, 16>;
using AdaTapeB = model::AdaTape<model::Size::B, 16>;
using AdaTapeB8 = model::AdaTape<model::Size::B, 8>;
using AdaTapeSLearned = model::AdaTape<model::Size::S, 16, tape::BankType::learn>;
using FashionVit = model::Classifier<bench::FashionVit>;
using FashionAdaTape = model::Classifier<bench::FashionAdaTape>;

}  // namespace adatape::bench::models
