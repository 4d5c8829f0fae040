// The constants of the cost model that come nearest to what a run's trials took. Offline: no search ever
// reads this.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/architecture/architecture.h"

namespace rondo::plan {

// An epoch of one trial: what the cost model knows of it, and what it took.
struct EpochCost {
  double multiply_adds = 0;  // > 0
  double steps = 0;
  double updates = 0;  // steps · trained parameters
  double seconds = 0;  // > 0
};

struct CostFit {
  double seconds_per_multiply_add = 0;  // > 0
  TickRule rule{1};                     // its divisor is the one that was given
  double typical_error = 0;  // half of the trials are off by no more than this, as a share of the fitted
  double large_error = 0;    // nine in ten
};

// Seconds ≈ a · multiply-adds + b · steps + c · updates with a > 0, b and c ≥ 0, by least squares of the
// relative errors, b / a and c / a rounded to whole multiply-adds. With fewer than `least_trials` trials
// nothing can be said.
constexpr std::size_t least_trials = 8;
[[nodiscard]] std::optional<CostFit> fit_costs(const std::vector<EpochCost>& epochs, std::uint64_t divisor);

}  // namespace rondo::plan
