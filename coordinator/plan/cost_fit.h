// The constants of the cost model that come nearest to what a run's trials took. Offline: no search ever
// reads this.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/architecture/architecture.h"
#include "coordinator/plan/spread.h"

namespace rondo::plan {

// An epoch of one trial: what the cost model knows of it, and what it took.
struct EpochCost {
  double multiply_adds = 0;  // > 0
  double steps = 0;
  double updates = 0;  // steps · trained parameters
  double seconds = 0;  // > 0
};

struct CostFit {
  TickRule rule{1};  // its divisor is the one that was given
  Spread seconds;    // of a multiply-add, by the rule
};

// Seconds ≈ a · multiply-adds + b · steps + c · updates with a > 0, b and c ≥ 0, so that the sum of the
// shares that the epochs are off by is about the least (iteratively reweighted least squares), b / a and c /
// a rounded to whole multiply-adds. With fewer than `least_trials` trials nothing can be said.
constexpr std::size_t least_trials = 8;
[[nodiscard]] std::optional<CostFit> fit_costs(const std::vector<EpochCost>& epochs, std::uint64_t divisor);

}  // namespace rondo::plan
