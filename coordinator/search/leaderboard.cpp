#include "coordinator/search/leaderboard.h"

#include <algorithm>

#include "common/base/check.h"

namespace rondo::search {

bool ranks_before(const TrialRecord& a, const TrialRecord& b, bool higher_is_better) {
  RONDO_CHECK(a.state == TrialState::completed && b.state == TrialState::completed, "trials {} and {}",
              a.id.value(), b.id.value());
  const bool a_nan = a.best_score != a.best_score;
  const bool b_nan = b.best_score != b.best_score;
  if (a_nan != b_nan) return b_nan;
  if (!a_nan && a.best_score != b.best_score) return (a.best_score > b.best_score) == higher_is_better;
  if (a.proposal.parameters != b.proposal.parameters) return a.proposal.parameters < b.proposal.parameters;
  return a.id < b.id;
}

std::vector<TrialId> leaderboard(const History& history, bool higher_is_better) {
  std::vector<TrialId> ranking;
  for (const TrialRecord& trial : history.trials()) {
    if (trial.state == TrialState::completed) ranking.push_back(trial.id);
  }
  // No two trials are equal in this order: any correct sort gives the same ranking.
  std::sort(ranking.begin(), ranking.end(), [&](TrialId a, TrialId b) {
    return ranks_before(history.trial(a), history.trial(b), higher_is_better);
  });
  return ranking;
}

}  // namespace rondo::search
