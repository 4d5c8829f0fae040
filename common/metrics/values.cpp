// Metrics of regression.
#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "common/metrics/metrics.h"
#include "common/numerics/sum.h"

namespace rondo::metrics {

namespace {

void check(const ValuePredictions& p) {
  RONDO_CHECK(p.values.size() == p.truth.size(), "{} predictions for {} rows", p.values.size(),
              p.truth.size());
}

double canonical(double value) {
  return value == value ? value : quiet_nan;
}

double sum_of_squared_errors(const ValuePredictions& p) {
  return numerics::sum_of(p.truth.size(), [&p](std::size_t row) {
    const double error = p.values[row] - p.truth[row];
    return error * error;
  });
}

}  // namespace

double rmse(const ValuePredictions& p) {
  check(p);
  if (p.truth.empty()) return quiet_nan;
  return canonical(std::sqrt(sum_of_squared_errors(p) / static_cast<double>(p.truth.size())));
}

double mae(const ValuePredictions& p) {
  check(p);
  if (p.truth.empty()) return quiet_nan;
  const double total = numerics::sum_of(
      p.truth.size(), [&p](std::size_t row) { return std::abs(p.values[row] - p.truth[row]); });
  return canonical(total / static_cast<double>(p.truth.size()));
}

double r2(const ValuePredictions& p) {
  check(p);
  if (p.truth.empty()) return quiet_nan;
  const double mean = numerics::sum(p.truth) / static_cast<double>(p.truth.size());
  const double spread = numerics::sum_of(p.truth.size(), [&p, mean](std::size_t row) {
    const double distance = p.truth[row] - mean;
    return distance * distance;
  });
  const double errors = sum_of_squared_errors(p);
  // Compared by value: the mean of equal values can be off by a rounding, and the spread then is not 0.
  const bool constant = std::ranges::all_of(p.truth, [&p](double y) { return y == p.truth[0]; });
  if (constant || spread == 0) return errors == errors ? (errors == 0 ? 1 : 0) : quiet_nan;
  return canonical(1 - errors / spread);
}

}  // namespace rondo::metrics
