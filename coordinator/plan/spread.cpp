#include "coordinator/plan/spread.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "common/base/check.h"

namespace rondo::plan {

namespace {

double quantile(std::vector<double>& figures, double share) {
  std::sort(figures.begin(), figures.end());
  return figures[static_cast<std::size_t>(share * static_cast<double>(figures.size() - 1))];
}

}  // namespace

Spread spread_of(std::vector<double> figures) {
  RONDO_CHECK(!figures.empty());
  Spread spread;
  spread.median = quantile(figures, 0.5);
  for (double& figure : figures) figure = std::abs(figure / spread.median - 1);
  spread.typical_error = quantile(figures, 0.5);
  spread.large_error = quantile(figures, 0.9);
  return spread;
}

}  // namespace rondo::plan
