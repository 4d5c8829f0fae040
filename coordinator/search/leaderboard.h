// The one order of trials: for the leaderboard, the winner and a sampler's tournament alike.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/search/history.h"

namespace rondo::search {

// Whether a trial has a place: it completed, or it has been at a rung and did not diverge behind it. What it
// has not been trained for counts neither for nor against it: Hyperband's paper, too, takes the best
// intermediate result as the search's.
[[nodiscard]] bool is_ranked(const TrialRecord& trial);

// What a trial is compared by.
struct Standing {
  double score = 0;
  std::uint64_t parameters = 0;
  TrialId id;
};

// Whether score `a` is better than `b`. A NaN is behind every number.
[[nodiscard]] bool scores_better(double a, double b, bool higher_is_better);
// Whether `a` stands before `b`: by score, then fewer parameters, then the smaller id. A NaN score stands
// behind every other.
[[nodiscard]] bool stands_before(const Standing& a, const Standing& b, bool higher_is_better);
// The same by best_score. Both must be ranked.
[[nodiscard]] bool ranks_before(const TrialRecord& a, const TrialRecord& b, bool higher_is_better);

// The ranked trials, best first.
[[nodiscard]] std::vector<TrialId> leaderboard(const History& history, bool higher_is_better);

}  // namespace rondo::search
