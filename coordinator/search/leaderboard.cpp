#include "coordinator/search/leaderboard.h"

#include <algorithm>

#include "common/base/check.h"

namespace rondo::search {

bool is_ranked(const TrialRecord& trial) {
  switch (trial.state) {
    case TrialState::completed:
      return true;
    case TrialState::running:
    case TrialState::paused:
    case TrialState::cut:
      return trial.best_epoch > Epoch(0);
    case TrialState::diverged:
    case TrialState::too_large:
      return false;
  }
  RONDO_CHECK(false, "state {}", static_cast<int>(trial.state));
  return false;
}

bool scores_better(double a, double b, bool higher_is_better) {
  const bool a_is_nan = a != a;
  const bool b_is_nan = b != b;
  if (a_is_nan || b_is_nan) return !a_is_nan && b_is_nan;
  return higher_is_better ? a > b : a < b;
}

bool stands_before(const Standing& a, const Standing& b, bool higher_is_better) {
  if (scores_better(a.score, b.score, higher_is_better)) return true;
  if (scores_better(b.score, a.score, higher_is_better)) return false;
  if (a.parameters != b.parameters) return a.parameters < b.parameters;
  return a.id < b.id;
}

bool ranks_before(const TrialRecord& a, const TrialRecord& b, bool higher_is_better) {
  RONDO_CHECK(is_ranked(a) && is_ranked(b), "trials {} and {}", a.id.value(), b.id.value());
  return stands_before({a.best_score, a.proposal.parameters, a.id},
                       {b.best_score, b.proposal.parameters, b.id}, higher_is_better);
}

std::vector<TrialId> leaderboard(const History& history, bool higher_is_better) {
  std::vector<TrialId> ranking;
  for (const TrialRecord& trial : history.trials()) {
    if (is_ranked(trial)) ranking.push_back(trial.id);
  }
  // No two trials are equal in this order: any correct sort gives the same ranking.
  std::sort(ranking.begin(), ranking.end(), [&](TrialId a, TrialId b) {
    return ranks_before(history.trial(a), history.trial(b), higher_is_better);
  });
  return ranking;
}

}  // namespace rondo::search
