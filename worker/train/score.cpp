// Predictions held against their part's target.
#include "common/base/check.h"
#include "common/metrics/metrics.h"
#include "worker/train/evaluation.h"

namespace rondo::train {

double score_of(proto::Metric metric, const Predictions& predictions, const data::Part& part) {
  RONDO_CHECK(predictions.rows == part.rows, "{} predictions for {} rows", predictions.rows, part.rows);
  RONDO_CHECK(metrics::metric_fits(predictions.task, metric), "metric {} of task {}",
              static_cast<int>(metric), static_cast<int>(predictions.task));
  if (predictions.task == proto::TASK_REGRESSION) {
    return metrics::score(metric, metrics::ValuePredictions{predictions.values, part.raw_targets});
  }
  const std::size_t columns = predictions.task == proto::TASK_BINARY ? 1 : predictions.classes;
  return metrics::score(metric, metrics::ClassPredictions{columns, predictions.probabilities, part.classes});
}

std::vector<std::pair<std::string, double>> Predictor::evaluate(const data::Part& part) {
  const Predictions predictions = predict(part);
  std::vector<std::pair<std::string, double>> scores;
  for (const proto::Metric metric : metrics::metrics_of(predictions.task)) {
    scores.emplace_back(metrics::metric_name(metric), score_of(metric, predictions, part));
  }
  return scores;
}

}  // namespace rondo::train
