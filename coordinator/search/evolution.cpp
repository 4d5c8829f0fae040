#include "coordinator/search/evolution.h"

#include <utility>

#include "common/architecture/architecture.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/search/mutation.h"
#include "coordinator/search/random_sampler.h"

namespace rondo::search {

namespace {

// The tensor of a draw's address says what is drawn.
constexpr std::uint32_t tournament = 1;  // element k: the k-th contestant

}  // namespace

Evolution::Evolution(Space space, Appraiser appraiser, MasterSeed seed,
                     const proto::EvolutionSettings& settings, bool higher_is_better)
    : space_(std::move(space)),
      appraiser_(std::move(appraiser)),
      seed_(seed),
      population_(settings.population()),
      sample_(settings.sample()),
      higher_is_better_(higher_is_better) {}

// The newest first, by the commit order of their first rung or, of those that were at none, their end.
std::vector<TrialId> Evolution::population(const History& history) const {
  std::vector<TrialId> members;
  std::size_t pauses = history.pauses().size();
  std::size_t ends = history.ended().size();
  while (pauses + ends > 0 && members.size() < population_) {
    TrialId id;
    bool entered = false;
    if (pauses > 0 && history.pauses()[pauses - 1].ended >= ends) {
      id = history.pauses()[--pauses].trial;
      entered = history.pauses()[pauses].first;
    } else {
      id = history.ended()[--ends];
      entered = history.trial(id).rung == Epoch(0);
    }
    if (entered && is_ranked(history.trial(id))) members.push_back(id);
  }
  return members;
}

std::optional<Proposal> Evolution::propose(TrialId id, std::uint32_t attempt, const History& history) const {
  const std::vector<TrialId> members = population(history);
  if (members.size() < population_) {
    return appraiser_.appraise(
        space_.architecture(space_.draw(sampler_draws(seed_, id, attempt, whole_network))));
  }
  // With replacement, as in the paper: a contestant stays in the population.
  const random::Draws draws = sampler_draws(seed_, id, attempt, tournament);
  TrialId best = members[draws.bounded(0, members.size())];
  for (std::uint32_t k = 1; k < sample_; ++k) {
    const TrialId contestant = members[draws.bounded(k, members.size())];
    if (ranks_before(history.trial(contestant), history.trial(best), higher_is_better_)) best = contestant;
  }
  const Genome parent = space_.genome_of(parse_architecture(history.trial(best).proposal.architecture));
  return appraiser_.appraise(
      space_.architecture(mutated(space_, parent, sampler_draws(seed_, id, attempt, mutation_choice),
                                  sampler_draws(seed_, id, attempt, whole_network))));
}

}  // namespace rondo::search
