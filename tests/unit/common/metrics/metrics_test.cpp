#include "common/metrics/metrics.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>
#include <vector>

namespace rondo::metrics {
namespace {

constexpr proto::Metric all_metrics[] = {proto::METRIC_ACCURACY, proto::METRIC_LOG_LOSS,
                                         proto::METRIC_ROC_AUC,  proto::METRIC_RMSE,
                                         proto::METRIC_MAE,      proto::METRIC_R2};

std::vector<std::string> names_of(proto::Task task) {
  std::vector<std::string> names;
  for (const proto::Metric metric : metrics_of(task)) names.emplace_back(metric_name(metric));
  return names;
}

TEST(Metrics, OfATaskHaveAFixedOrder) {
  const std::vector<std::string> classes{"accuracy", "log_loss", "roc_auc"};
  EXPECT_EQ(names_of(proto::TASK_BINARY), classes);
  EXPECT_EQ(names_of(proto::TASK_MULTICLASS), classes);
  EXPECT_EQ(names_of(proto::TASK_REGRESSION), (std::vector<std::string>{"rmse", "mae", "r2"}));
  EXPECT_TRUE(metrics_of(proto::TASK_AUTO).empty());
}

TEST(Metrics, EachFitsItsTasksAlone) {
  for (const proto::Metric metric : all_metrics) {
    const bool of_classes = metric <= proto::METRIC_ROC_AUC;
    EXPECT_EQ(metric_fits(proto::TASK_BINARY, metric), of_classes);
    EXPECT_EQ(metric_fits(proto::TASK_MULTICLASS, metric), of_classes);
    EXPECT_EQ(metric_fits(proto::TASK_REGRESSION, metric), !of_classes);
    EXPECT_FALSE(metric_fits(proto::TASK_AUTO, metric));
  }
  for (const proto::Task task : {proto::TASK_BINARY, proto::TASK_MULTICLASS, proto::TASK_REGRESSION}) {
    EXPECT_FALSE(metric_fits(task, proto::METRIC_AUTO));
    EXPECT_TRUE(metric_fits(task, default_metric(task)));
  }
}

TEST(Metrics, DefaultsAreAccuracyAndRmse) {
  EXPECT_EQ(default_metric(proto::TASK_BINARY), proto::METRIC_ACCURACY);
  EXPECT_EQ(default_metric(proto::TASK_MULTICLASS), proto::METRIC_ACCURACY);
  EXPECT_EQ(default_metric(proto::TASK_REGRESSION), proto::METRIC_RMSE);
}

// A better prediction of the same truth must move the score the way that higher_is_better says.
TEST(Metrics, TheDirectionIsThatOfABetterPrediction) {
  const std::vector<std::uint32_t> classes{0, 1, 0, 1};
  const std::vector<float> good{0.1F, 0.9F, 0.2F, 0.8F};
  const std::vector<float> bad{0.6F, 0.3F, 0.2F, 0.8F};
  const std::vector<double> truth{1, 2, 3, 5};
  const std::vector<double> near{1.1, 2, 3, 5};
  const std::vector<double> far{2, 2, 4, 3};
  for (const proto::Metric metric : all_metrics) {
    const bool fits = metric_fits(proto::TASK_REGRESSION, metric);
    const double better = fits ? score(metric, ValuePredictions{near, truth})
                               : score(metric, ClassPredictions{1, good, classes});
    const double worse =
        fits ? score(metric, ValuePredictions{far, truth}) : score(metric, ClassPredictions{1, bad, classes});
    EXPECT_EQ(better > worse, higher_is_better(metric)) << metric_name(metric);
    EXPECT_NE(better, worse);
  }
}

TEST(Metrics, NamesAreThoseOfTheSchema) {
  std::set<std::string> seen;
  for (const proto::Metric metric : all_metrics) {
    std::string upper = "METRIC_";
    for (const char c : metric_name(metric)) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    EXPECT_EQ(upper, proto::Metric_Name(metric));
    seen.emplace(metric_name(metric));
  }
  EXPECT_EQ(seen.size(), std::size(all_metrics));
}

TEST(MetricsDeathTest, WhatIsNotResolvedIsABug) {
  EXPECT_DEATH(static_cast<void>(higher_is_better(proto::METRIC_AUTO)), "not resolved");
  EXPECT_DEATH(static_cast<void>(metric_name(proto::METRIC_AUTO)), "not resolved");
  EXPECT_DEATH(static_cast<void>(default_metric(proto::TASK_AUTO)), "not resolved");
  EXPECT_DEATH(static_cast<void>(score(proto::METRIC_RMSE, ClassPredictions{})), "of classes");
  EXPECT_DEATH(static_cast<void>(score(proto::METRIC_ACCURACY, ValuePredictions{})), "of regression");
}

}  // namespace
}  // namespace rondo::metrics
