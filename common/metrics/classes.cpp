// Metrics of classes.
#include <algorithm>
#include <vector>

#include "common/base/check.h"
#include "common/metrics/metrics.h"
#include "common/numerics/elementary.h"
#include "common/numerics/sum.h"

namespace rondo::metrics {

namespace {

constexpr double least_probability = 0x1p-23;

void check(const ClassPredictions& p) {
  RONDO_CHECK(p.columns >= 1);
  RONDO_CHECK(p.probabilities.size() == p.truth.size() * p.columns, "{} probabilities for {} rows of {}",
              p.probabilities.size(), p.truth.size(), p.columns);
  const std::size_t classes = p.columns == 1 ? 2 : p.columns;
  for (const std::uint32_t c : p.truth) RONDO_CHECK(c < classes, "class {} of {}", c, classes);
}

std::size_t predicted(const ClassPredictions& p, std::size_t row) {
  if (p.columns == 1) return p.probabilities[row] >= 0.5F ? 1 : 0;
  const float* const of_row = &p.probabilities[row * p.columns];
  std::size_t best = 0;
  for (std::size_t c = 1; c < p.columns; ++c) {
    if (of_row[c] > of_row[best]) best = c;
  }
  return best;
}

double probability_of_truth(const ClassPredictions& p, std::size_t row) {
  if (p.columns > 1) return static_cast<double>(p.probabilities[row * p.columns + p.truth[row]]);
  const auto one = static_cast<double>(p.probabilities[row]);
  return p.truth[row] == 1 ? one : 1 - one;
}

struct Ranked {
  float value;
  bool positive;
};

// The area of `rows`, which it sorts. Half pairs are integers below 2^64 for fewer than 2^32 rows.
double area(std::vector<Ranked>& rows) {
  std::ranges::sort(rows, {}, &Ranked::value);
  std::uint64_t half_pairs = 0;
  std::uint64_t below = 0;  // negatives with a lower value
  std::uint64_t all_positives = 0;
  for (std::size_t first = 0; first < rows.size();) {
    std::uint64_t positives = 0;
    std::uint64_t negatives = 0;
    std::size_t next = first;
    for (; next < rows.size() && rows[next].value == rows[first].value; ++next) {
      ++(rows[next].positive ? positives : negatives);
    }
    half_pairs += positives * (2 * below + negatives);
    below += negatives;
    all_positives += positives;
    first = next;
  }
  if (below == 0 || all_positives == 0) return quiet_nan;
  return static_cast<double>(half_pairs) / static_cast<double>(2 * all_positives * below);
}

}  // namespace

double accuracy(const ClassPredictions& p) {
  check(p);
  if (p.truth.empty()) return quiet_nan;
  std::uint64_t right = 0;
  for (std::size_t row = 0; row < p.truth.size(); ++row) {
    if (predicted(p, row) == p.truth[row]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(p.truth.size());
}

double log_loss(const ClassPredictions& p) {
  check(p);
  if (p.truth.empty()) return quiet_nan;
  const double total = numerics::sum_of(p.truth.size(), [&p](std::size_t row) {
    const double probability = probability_of_truth(p, row);
    if (probability != probability) return quiet_nan;
    return -numerics::log(std::clamp(probability, least_probability, 1 - least_probability));
  });
  return total == total ? total / static_cast<double>(p.truth.size()) : quiet_nan;
}

double roc_auc(const ClassPredictions& p) {
  check(p);
  for (const float probability : p.probabilities) {
    if (probability != probability) return quiet_nan;
  }
  std::vector<double> areas;
  std::vector<Ranked> rows(p.truth.size());
  for (std::size_t column = 0; column < p.columns; ++column) {
    // The one column of a binary problem belongs to class 1.
    const std::uint32_t positive = p.columns == 1 ? 1 : static_cast<std::uint32_t>(column);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      rows[row] = {p.probabilities[row * p.columns + column], p.truth[row] == positive};
    }
    const double of_class = area(rows);
    if (of_class == of_class) areas.push_back(of_class);
  }
  if (areas.empty()) return quiet_nan;
  return numerics::sum(areas) / static_cast<double>(areas.size());
}

}  // namespace rondo::metrics
