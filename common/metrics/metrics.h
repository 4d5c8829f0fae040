// How good predictions are. Definitions are scikit-learn's where the comments say nothing else; sums are in
// double, in the fixed tree of common/numerics. A part without rows, and what is undefined, give NaN (always
// the bits 0x7ff8000000000000).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "rondo/experiment.pb.h"

namespace rondo::metrics {

inline constexpr double quiet_nan = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});

// Resolved metrics only: accuracy, roc_auc and r2 are better when higher; log_loss, rmse and mae when lower.
[[nodiscard]] bool higher_is_better(proto::Metric metric);
// The name in flags, YAML and JSON.
[[nodiscard]] std::string_view metric_name(proto::Metric metric);

// All metrics of a task, in the order in which they are printed: accuracy, log_loss, roc_auc; rmse, mae, r2.
// Of TASK_AUTO: none.
[[nodiscard]] std::span<const proto::Metric> metrics_of(proto::Task task);
// Whether a task's predictions can be judged by a metric: whether metrics_of has it.
[[nodiscard]] bool metric_fits(proto::Task task, proto::Metric metric);
// Accuracy for classes, RMSE for regression. `task` is resolved.
[[nodiscard]] proto::Metric default_metric(proto::Task task);

// The probabilities of one part's rows beside their true classes.
struct ClassPredictions {
  // 1: binary, the probability of class 1. More: the number of classes, one column each.
  std::size_t columns = 1;
  std::span<const float> probabilities;  // rows × columns, row-major
  std::span<const std::uint32_t> truth;  // one a row, each the number of a class
};

// Fraction of rows whose class is predicted: class 1 of two when its probability is ≥ ½; of more, the first
// of the largest probabilities (a NaN is never larger).
[[nodiscard]] double accuracy(const ClassPredictions& predictions);

// Mean of -log p over the rows, p the true class's probability (binary class 0: 1 - that of class 1, in
// double) clipped to [2^-23, 1 - 2^-23], as scikit-learn clips float32. Rows are not normalised again.
[[nodiscard]] double log_loss(const ClassPredictions& predictions);

// Area under the ROC curve: of all pairs of a row of class 1 and one of class 0, the fraction in which class
// 1's probability is the higher one, equal ones counting half; pairs are counted in integers. NaN when a
// class has no row or a probability is NaN. More than two classes: the mean of one-versus-rest areas over the
// classes that have rows (all of equal weight); scikit-learn's `multi_class="ovr", average="macro"` where all
// have.
[[nodiscard]] double roc_auc(const ClassPredictions& predictions);

// Regression in the target's own units; both spans have one value a row.
struct ValuePredictions {
  std::span<const double> values;
  std::span<const double> truth;
};

// Root of the mean squared error, and the mean absolute error.
[[nodiscard]] double rmse(const ValuePredictions& predictions);
[[nodiscard]] double mae(const ValuePredictions& predictions);
// 1 - Σ(error²) / Σ((truth - mean truth)²). A constant target (one row included): 1 when every prediction
// equals it, else 0.
[[nodiscard]] double r2(const ValuePredictions& predictions);

// The metric of predictions that it fits.
[[nodiscard]] double score(proto::Metric metric, const ClassPredictions& predictions);
[[nodiscard]] double score(proto::Metric metric, const ValuePredictions& predictions);

}  // namespace rondo::metrics
