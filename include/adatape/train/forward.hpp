#pragma once
/// The names that headers of programs need in declarations, without what stands behind them.
#include "adatape/core/namespace.hpp"

namespace adatape::inline ADATAPE_NAMESPACE::train {

struct AdamWOptions;
struct CrossEntropy;
struct StepReport;
template <class T>
class ClassTargets;
template <class T, class Input, class Targets>
struct Batch;
template <class ObjectiveType = CrossEntropy, class OptimizerOptions = AdamWOptions>
struct BasicTrainingOptions;

/// The options of a run with cross-entropy and AdamW.
using TrainingOptions = BasicTrainingOptions<>;

}  // namespace adatape::train
