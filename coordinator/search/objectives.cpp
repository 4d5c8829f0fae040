#include "coordinator/search/objectives.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "coordinator/search/leaderboard.h"

namespace rondo::search {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool is_number(double value) {
  return value == value;
}

std::size_t place_of(int objective) {
  switch (objective) {
    case proto::OBJECTIVE_PARAMETERS:
      return 0;
    case proto::OBJECTIVE_MULTIPLY_ADDS:
      return 1;
    case proto::OBJECTIVE_TICKS:
      return 2;
    default:
      break;
  }
  throw_bad_input(
      "search.objectives: {}; give score first, and behind it any of parameters, multiply_adds and ticks",
      objective == proto::OBJECTIVE_SCORE ? "score stands there twice" : "a value that is not known");
}

// What has a score before what has none: then a trial never stands behind one that it dominates.
bool stands_in_front(const Valued& a, const Valued& b) {
  if (is_number(a.loss) != is_number(b.loss)) return is_number(a.loss);
  if (is_number(a.loss) && a.loss != b.loss) return a.loss < b.loss;
  return std::tie(a.costs, a.id) < std::tie(b.costs, b.id);
}

// Adds one objective's share to the distances of `front`. `value` is compared, `gap(low, high)` is the
// difference of two values as a double.
template <class Value, class Gap>
void add_crowding(const std::vector<Valued>& front, Value value, Gap gap, std::vector<double>& distances) {
  std::vector<std::size_t> order(front.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto value_a = value(front[a]);
    const auto value_b = value(front[b]);
    return value_a != value_b ? value_a < value_b : front[a].id < front[b].id;
  });
  const auto lowest = value(front[order.front()]);
  const auto highest = value(front[order.back()]);
  if (lowest == highest) return;
  distances[order.front()] += infinity;
  distances[order.back()] += infinity;
  const double range = gap(lowest, highest);
  if (range == infinity) return;
  for (std::size_t i = 1; i + 1 < order.size(); ++i) {
    distances[order[i]] += gap(value(front[order[i - 1]]), value(front[order[i + 1]])) / range;
  }
}

}  // namespace

std::uint64_t ticks_taken(const TrialRecord& trial) {
  const std::uint64_t epochs =
      trial.state == TrialState::completed ? trial.epochs.size() : trial.rung.value();
  return epochs * trial.proposal.ticks_per_epoch.value();
}

Objectives::Objectives(const google::protobuf::RepeatedField<int>& names, bool higher_is_better)
    : higher_is_better_(higher_is_better), several_(names.size() > 1) {
  if (names.empty() || names[0] != proto::OBJECTIVE_SCORE) {
    throw_bad_input(
        "search.objectives: score is not the first; give score first, and behind it any of parameters, "
        "multiply_adds and ticks");
  }
  for (int i = 1; i < names.size(); ++i) counts_[place_of(names[i])] = true;
}

Valued Objectives::value(const TrialRecord& trial) const {
  RONDO_CHECK(is_ranked(trial), "trial {}", trial.id.value());
  Valued valued{trial.id, higher_is_better_ ? -trial.best_score : trial.best_score, {}};
  if (counts_[0]) valued.costs[0] = trial.proposal.parameters;
  if (counts_[1]) valued.costs[1] = trial.proposal.multiply_adds;
  if (counts_[2]) valued.costs[2] = ticks_taken(trial);
  return valued;
}

std::vector<Valued> Objectives::values(const History& history) const {
  std::vector<Valued> all;
  for (const TrialRecord& trial : history.trials()) {
    if (is_ranked(trial)) all.push_back(value(trial));
  }
  return all;
}

bool dominates(const Valued& a, const Valued& b) {
  if (is_number(a.loss) != is_number(b.loss)) return is_number(a.loss);
  bool better = a.loss < b.loss;
  if (a.loss > b.loss) return false;
  for (std::size_t k = 0; k < a.costs.size(); ++k) {
    if (a.costs[k] > b.costs[k]) return false;
    better = better || a.costs[k] < b.costs[k];
  }
  return better;
}

std::vector<std::vector<Valued>> fronts_of(std::vector<Valued> trials) {
  std::sort(trials.begin(), trials.end(), stands_in_front);
  std::vector<std::vector<Valued>> fronts;
  for (const Valued& trial : trials) {
    // Whoever dominates it has its front already. If one does in front k, one does in each front before.
    const auto front = std::partition_point(fronts.begin(), fronts.end(), [&](const auto& members) {
      return std::any_of(members.rbegin(), members.rend(),
                         [&](const Valued& member) { return dominates(member, trial); });
    });
    if (front == fronts.end()) {
      fronts.push_back({trial});
    } else {
      front->push_back(trial);
    }
  }
  return fronts;
}

std::vector<double> crowding_distances(const std::vector<Valued>& front) {
  std::vector<double> distances(front.size());
  if (front.empty()) return distances;
  // A front has either scores alone or none.
  if (is_number(front.front().loss)) {
    add_crowding(
        front, [](const Valued& trial) { return trial.loss; },
        [](double low, double high) { return high - low; }, distances);
  }
  for (std::size_t k = 0; k < front.front().costs.size(); ++k) {
    add_crowding(
        front, [k](const Valued& trial) { return trial.costs[k]; },
        [](std::uint64_t low, std::uint64_t high) { return static_cast<double>(high - low); }, distances);
  }
  return distances;
}

std::vector<TrialId> least_dominated(std::vector<Valued> trials, std::size_t most) {
  std::vector<TrialId> chosen;
  for (const std::vector<Valued>& front : fronts_of(std::move(trials))) {
    const std::vector<double> distances = crowding_distances(front);
    std::vector<std::size_t> order(front.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return distances[a] != distances[b] ? distances[a] > distances[b] : front[a].id < front[b].id;
    });
    for (const std::size_t member : order) {
      if (chosen.size() == most) return chosen;
      chosen.push_back(front[member].id);
    }
  }
  return chosen;
}

}  // namespace rondo::search
