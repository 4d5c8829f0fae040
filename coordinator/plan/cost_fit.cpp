#include "coordinator/plan/cost_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace rondo::plan {

namespace {

constexpr std::size_t terms = 3;
using Terms = std::array<double, terms>;

Terms terms_of(const EpochCost& epoch) {
  return {epoch.multiply_adds, epoch.steps, epoch.updates};
}

double predicted(const EpochCost& epoch, const Terms& constants) {
  const Terms row = terms_of(epoch);
  return row[0] * constants[0] + row[1] * constants[1] + row[2] * constants[2];
}

// How far off, as a share of the smaller of the two: too much and too little count alike.
double error_of(double prediction, double seconds) {
  return prediction > 0 ? std::max(prediction / seconds, seconds / prediction) - 1
                        : std::numeric_limits<double>::infinity();
}

// The least squares of the terms that `used` names, the others being 0: normal equations, scaled so that
// their diagonal is 1, by elimination with the largest pivot. Nothing where they do not tell the terms apart.
std::optional<Terms> solve(const std::vector<EpochCost>& epochs, const std::vector<double>& weights,
                           const std::array<bool, terms>& used) {
  std::array<std::array<double, terms + 1>, terms> m{};
  for (std::size_t e = 0; e < epochs.size(); ++e) {
    const Terms row = terms_of(epochs[e]);
    for (std::size_t i = 0; i < terms; ++i) {
      for (std::size_t j = 0; j < terms; ++j) m[i][j] += weights[e] * row[i] * row[j];
      m[i][terms] += weights[e] * row[i] * epochs[e].seconds;
    }
  }
  Terms scale{};
  for (std::size_t i = 0; i < terms; ++i) {
    if (used[i] && !(m[i][i] > 0)) return std::nullopt;
    scale[i] = used[i] ? 1 / std::sqrt(m[i][i]) : 0;
  }
  for (std::size_t i = 0; i < terms; ++i) {
    for (std::size_t j = 0; j < terms; ++j) m[i][j] *= scale[i] * scale[j];
    m[i][terms] *= scale[i];
    if (!used[i]) m[i][i] = 1;
  }
  constexpr double least_pivot = 1e-9;
  for (std::size_t k = 0; k < terms; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < terms; ++i) {
      if (std::abs(m[i][k]) > std::abs(m[pivot][k])) pivot = i;
    }
    if (std::abs(m[pivot][k]) < least_pivot) return std::nullopt;
    std::swap(m[k], m[pivot]);
    for (std::size_t i = 0; i < terms; ++i) {
      const double factor = i == k ? 0 : m[i][k] / m[k][k];
      for (std::size_t j = k; j <= terms; ++j) m[i][j] -= factor * m[k][j];
    }
  }
  Terms result{};
  for (std::size_t i = 0; i < terms; ++i) result[i] = m[i][terms] / m[i][i] * scale[i];
  return result;
}

// The constants, none below 0, for which the errors' sum is about the least: least squares again and again,
// an epoch weighing less the further it was off, so that few that are far off do not decide.
std::optional<Terms> nearest(const std::vector<EpochCost>& epochs, const std::array<bool, terms>& used) {
  constexpr int rounds = 30;
  constexpr double least_error = 0.02;
  std::vector<double> weights;
  for (const EpochCost& epoch : epochs) weights.push_back(1 / (epoch.seconds * epoch.seconds));
  std::optional<Terms> found;
  for (int round = 0; round < rounds; ++round) {
    found = solve(epochs, weights, used);
    if (!found || !((*found)[0] > 0) || (*found)[1] < 0 || (*found)[2] < 0) return std::nullopt;
    for (std::size_t e = 0; e < epochs.size(); ++e) {
      const double prediction = predicted(epochs[e], *found);
      weights[e] = 1 / (prediction * epochs[e].seconds *
                        std::max(error_of(prediction, epochs[e].seconds), least_error));
    }
  }
  return found;
}

// How far trials are from the rule, one tick's seconds being the median's.
CostFit judged(const std::vector<EpochCost>& epochs, const TickRule& rule) {
  const auto work = [&](const EpochCost& epoch) {
    return epoch.multiply_adds + epoch.steps * static_cast<double>(rule.step) +
           epoch.updates * static_cast<double>(rule.weight);
  };
  std::vector<double> seconds;
  for (const EpochCost& epoch : epochs) seconds.push_back(epoch.seconds / work(epoch));
  return {rule, spread_of(std::move(seconds))};
}

}  // namespace

std::optional<CostFit> fit_costs(const std::vector<EpochCost>& epochs, std::uint64_t divisor) {
  if (epochs.size() < least_trials) return std::nullopt;
  std::optional<Terms> best;
  double best_error = std::numeric_limits<double>::infinity();
  for (const auto& used : {std::array{true, false, false}, std::array{true, true, false},
                           std::array{true, false, true}, std::array{true, true, true}}) {
    const std::optional<Terms> found = nearest(epochs, used);
    if (!found) continue;
    double error = 0;
    for (const EpochCost& epoch : epochs) error += error_of(predicted(epoch, *found), epoch.seconds);
    if (!(error < best_error)) continue;
    best = found;
    best_error = error;
  }
  if (!best) return std::nullopt;
  // Beyond these the multiply-adds would cost nothing.
  constexpr double most = 1e12;
  const auto whole = [&](double value) {
    return static_cast<std::uint64_t>(std::min(value / (*best)[0], most) + 0.5);
  };
  return judged(epochs, {divisor, whole((*best)[1]), whole((*best)[2])});
}

}  // namespace rondo::plan
