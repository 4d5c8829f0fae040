#include "coordinator/search/evolution.h"

#include <algorithm>
#include <utility>

#include "common/architecture/architecture.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/search/random_sampler.h"

namespace rondo::search {

namespace {

// The tensor of a draw's address says what is drawn.
constexpr std::uint32_t tournament = 1;  // element k: the k-th contestant
constexpr std::uint32_t mutation = 2;    // element 0: which gene, element 1: which of its other values

bool contains(const std::vector<std::uint32_t>& genes, std::uint32_t gene) {
  return std::find(genes.begin(), genes.end(), gene) != genes.end();
}

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

Genome Evolution::mutated(const Genome& parent, TrialId id, std::uint32_t attempt) const {
  const std::vector<std::uint32_t> before = space_.genes(parent);
  std::vector<std::uint32_t> changeable;
  std::copy_if(before.begin(), before.end(), std::back_inserter(changeable),
               [&](std::uint32_t gene) { return space_.choices(gene) > 1; });
  if (changeable.empty()) return parent;

  const random::Draws draws = sampler_draws(seed_, id, attempt, mutation);
  const std::uint32_t gene = changeable[draws.bounded(0, changeable.size())];
  auto value = static_cast<std::uint32_t>(draws.bounded(1, space_.choices(gene) - 1));
  if (value >= parent[gene]) ++value;

  Genome next = parent;
  next[gene] = value;
  // What applies only now (a new layer's width, the other optimiser's own setting) has no parent: it is drawn
  // as in a whole network.
  const random::Draws fresh = sampler_draws(seed_, id, attempt, whole_network);
  Genome child(next.size());
  for (const std::uint32_t applies : space_.genes(next)) {
    child[applies] = contains(before, applies)
                         ? next[applies]
                         : static_cast<std::uint32_t>(fresh.bounded(applies, space_.choices(applies)));
  }
  return child;
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
  return appraiser_.appraise(space_.architecture(mutated(parent, id, attempt)));
}

}  // namespace rondo::search
