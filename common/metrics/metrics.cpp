#include "common/metrics/metrics.h"

#include <algorithm>
#include <array>

#include "common/base/check.h"

namespace rondo::metrics {

namespace {

constexpr std::array class_metrics{proto::METRIC_ACCURACY, proto::METRIC_LOG_LOSS, proto::METRIC_ROC_AUC};
constexpr std::array value_metrics{proto::METRIC_RMSE, proto::METRIC_MAE, proto::METRIC_R2};

}  // namespace

bool higher_is_better(proto::Metric metric) {
  switch (metric) {
    case proto::METRIC_ACCURACY:
    case proto::METRIC_ROC_AUC:
    case proto::METRIC_R2:
      return true;
    case proto::METRIC_LOG_LOSS:
    case proto::METRIC_RMSE:
    case proto::METRIC_MAE:
      return false;
    default:
      RONDO_CHECK(false, "metric {} is not resolved", static_cast<int>(metric));
  }
}

std::string_view metric_name(proto::Metric metric) {
  switch (metric) {
    case proto::METRIC_ACCURACY:
      return "accuracy";
    case proto::METRIC_LOG_LOSS:
      return "log_loss";
    case proto::METRIC_ROC_AUC:
      return "roc_auc";
    case proto::METRIC_RMSE:
      return "rmse";
    case proto::METRIC_MAE:
      return "mae";
    case proto::METRIC_R2:
      return "r2";
    default:
      RONDO_CHECK(false, "metric {} is not resolved", static_cast<int>(metric));
  }
}

std::span<const proto::Metric> metrics_of(proto::Task task) {
  switch (task) {
    case proto::TASK_BINARY:
    case proto::TASK_MULTICLASS:
      return class_metrics;
    case proto::TASK_REGRESSION:
      return value_metrics;
    default:
      return {};
  }
}

bool metric_fits(proto::Task task, proto::Metric metric) {
  return std::ranges::count(metrics_of(task), metric) > 0;
}

proto::Metric default_metric(proto::Task task) {
  RONDO_CHECK(!metrics_of(task).empty(), "task {} is not resolved", static_cast<int>(task));
  return metrics_of(task).front();
}

double score(proto::Metric metric, const ClassPredictions& predictions) {
  switch (metric) {
    case proto::METRIC_ACCURACY:
      return accuracy(predictions);
    case proto::METRIC_LOG_LOSS:
      return log_loss(predictions);
    case proto::METRIC_ROC_AUC:
      return roc_auc(predictions);
    default:
      RONDO_CHECK(false, "metric {} of classes", static_cast<int>(metric));
  }
}

double score(proto::Metric metric, const ValuePredictions& predictions) {
  switch (metric) {
    case proto::METRIC_RMSE:
      return rmse(predictions);
    case proto::METRIC_MAE:
      return mae(predictions);
    case proto::METRIC_R2:
      return r2(predictions);
    default:
      RONDO_CHECK(false, "metric {} of regression", static_cast<int>(metric));
  }
}

}  // namespace rondo::metrics
