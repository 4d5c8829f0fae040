// The one order of finished trials: for the leaderboard, the winner and a sampler's tournament alike.
#pragma once

#include <vector>

#include "coordinator/search/history.h"

namespace rondo::search {

// Whether `a` stands before `b`: by best_score, then fewer parameters, then the smaller id. A NaN score
// stands behind every other. Both must be completed.
[[nodiscard]] bool ranks_before(const TrialRecord& a, const TrialRecord& b, bool higher_is_better);

// The completed trials, best first.
[[nodiscard]] std::vector<TrialId> leaderboard(const History& history, bool higher_is_better);

}  // namespace rondo::search
