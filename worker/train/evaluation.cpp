#include "worker/train/evaluation.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/metrics/metrics.h"
#include "worker/kernels/kernels.h"

namespace rondo::train {

namespace {
// Floats that one thread copies at least; for speed alone.
constexpr std::size_t least_gathered = 32'768;
}  // namespace

Batch::Batch(const data::Part& part, std::size_t inputs, std::size_t most_rows)
    : part_(&part),
      inputs_(inputs),
      classes_(part.classes.empty() ? 0 : most_rows),
      values_(part.targets.empty() ? 0 : most_rows) {}

void Batch::gather(std::span<const std::uint32_t> rows, nn::Network& network) {
  const std::span<float> to = network.inputs(rows.size());
  rows_ = rows.size();
  const std::size_t least = least_gathered / std::max<std::size_t>(inputs_, 1);
  network.threads().split(rows.size(), least, 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      const auto from = part_->inputs.begin() + static_cast<std::ptrdiff_t>(rows[i] * inputs_);
      std::copy_n(from, inputs_, to.begin() + static_cast<std::ptrdiff_t>(i * inputs_));
      if (!classes_.empty()) classes_[i] = part_->classes[rows[i]];
      if (!values_.empty()) values_[i] = part_->targets[rows[i]];
    }
  });
}

void Batch::gather(std::size_t first, std::size_t count, nn::Network& network) {
  const std::span<float> to = network.inputs(count);
  rows_ = count;
  std::copy_n(part_->inputs.begin() + static_cast<std::ptrdiff_t>(first * inputs_), count * inputs_,
              to.begin());
  const auto offset = static_cast<std::ptrdiff_t>(first);
  if (!classes_.empty()) std::copy_n(part_->classes.begin() + offset, count, classes_.begin());
  if (!values_.empty()) std::copy_n(part_->targets.begin() + offset, count, values_.begin());
}

nn::Targets Batch::targets() const {
  return {std::span(classes_).first(classes_.empty() ? 0 : rows_),
          std::span(values_).first(values_.empty() ? 0 : rows_)};
}

namespace {

// From the network's last layer to what a user is told, for rows first … first + count - 1.
void to_predictions(std::span<const float> given, const proto::FittedTarget& target, std::size_t first,
                    std::size_t count, Predictions& predictions) {
  switch (predictions.task) {
    case proto::TASK_BINARY:
      kernels::sigmoid(given, std::span(predictions.probabilities).subspan(first, count));
      break;
    case proto::TASK_MULTICLASS: {
      const std::size_t classes = predictions.classes;
      kernels::softmax({count, classes}, given,
                       std::span(predictions.probabilities).subspan(first * classes, count * classes));
      break;
    }
    default:
      // A product and a sum in double, each rounded.
      for (std::size_t i = 0; i < count; ++i) {
        predictions.values[first + i] = static_cast<double>(given[i]) * target.scale() + target.mean();
      }
  }
}

}  // namespace

void make_room(const proto::FittedTarget& target, std::size_t rows, Predictions& predictions) {
  predictions.task = target.task();
  predictions.rows = rows;
  predictions.classes = 0;
  predictions.probabilities.clear();
  predictions.values.clear();
  switch (target.task()) {
    case proto::TASK_BINARY:
      predictions.classes = 2;
      predictions.probabilities.resize(rows);
      break;
    case proto::TASK_MULTICLASS:
      predictions.classes = static_cast<std::size_t>(target.labels_size());
      predictions.probabilities.resize(rows * predictions.classes);
      break;
    case proto::TASK_REGRESSION:
      predictions.values.resize(rows);
      break;
    default:
      RONDO_CHECK(false, "task {} is not resolved", static_cast<int>(target.task()));
  }
}

bool evaluate_part(nn::Network& network, const data::Part& part, Batch& batch,
                   const proto::FittedTarget& target, const std::function<bool()>& keep_going,
                   Predictions& predictions, double* loss) {
  RONDO_CHECK(predictions.rows == part.rows, "room for {} of {} rows", predictions.rows, part.rows);
  double total = 0;
  for (std::size_t first = 0; first < part.rows; first += evaluation_rows) {
    if (!keep_going()) return false;
    const std::size_t count = std::min(evaluation_rows, part.rows - first);
    batch.gather(first, count, network);
    to_predictions(network.infer(count), target, first, count, predictions);
    if (loss != nullptr) {
      total += static_cast<double>(network.loss(batch.targets(), count)) * static_cast<double>(count);
    }
  }
  if (loss != nullptr) *loss = total / static_cast<double>(part.rows);
  return true;
}

void PredictionSum::add(const Predictions& one, std::uint32_t weight) {
  RONDO_CHECK(weight > 0 && one.probabilities.size() + one.values.size() == sums_.size(), "weight {}",
              weight);
  const auto factor = static_cast<double>(weight);
  for (std::size_t i = 0; i < one.probabilities.size(); ++i)
    sums_[i] += factor * static_cast<double>(one.probabilities[i]);
  for (std::size_t i = 0; i < one.values.size(); ++i) sums_[i] += factor * one.values[i];
  weights_ += weight;
}

void PredictionSum::mean(Predictions& predictions) const {
  RONDO_CHECK(weights_ > 0);
  const auto count = static_cast<double>(weights_);
  for (std::size_t i = 0; i < predictions.probabilities.size(); ++i)
    predictions.probabilities[i] = static_cast<float>(sums_[i] / count);
  for (std::size_t i = 0; i < predictions.values.size(); ++i) predictions.values[i] = sums_[i] / count;
}

}  // namespace rondo::train
