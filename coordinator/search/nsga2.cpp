#include "coordinator/search/nsga2.h"

#include <algorithm>
#include <utility>

#include "common/architecture/architecture.h"
#include "coordinator/search/fill.h"
#include "coordinator/search/mutation.h"
#include "coordinator/search/random_sampler.h"

namespace rondo::search {

namespace {

// The tensor of a draw's address says what is drawn.
constexpr std::uint32_t contestants = 1;  // elements 0 and 1: those for the first parent; 2 and 3: the second
constexpr std::uint32_t parent_choice = 7;  // element: the gene; 0: from the first parent, 1: the second
constexpr std::uint32_t variation = 8;      // element 0: whether there is a crossover, 1: whether a mutation

}  // namespace

Nsga2::Nsga2(Space space, Appraiser appraiser, MasterSeed seed, const proto::Nsga2Settings& settings,
             Objectives objectives)
    : space_(std::move(space)),
      appraiser_(std::move(appraiser)),
      seed_(seed),
      population_(settings.population()),
      crossover_(settings.crossover()),
      mutation_(settings.mutation()),
      objectives_(std::move(objectives)) {}

const std::vector<TrialId>& Nsga2::population(const History& history) const {
  Population& kept = kept_.of(history, [] { return Population{}; });
  const std::uint64_t results = history.pauses().size() + history.ended().size();
  if (kept.results != results) {
    kept = {results, least_dominated(objectives_.values(history), population_)};
  }
  return kept.members;
}

// Each gene is one of the parents', with equal chance; one that does not apply to that parent is the other's.
Genome Nsga2::crossed(const Genome& first, const Genome& second, TrialId id, std::uint32_t attempt) const {
  const random::Draws choice = sampler_draws(seed_, id, attempt, parent_choice);
  const random::Draws fresh = sampler_draws(seed_, id, attempt, whole_network);
  const std::vector<std::uint32_t> of_first = space_.genes(first);
  const std::vector<std::uint32_t> of_second = space_.genes(second);
  return filled(space_, [&](std::uint32_t gene) {
    const bool in_first = is_among(of_first, gene);
    const bool in_second = is_among(of_second, gene);
    if (!in_first && !in_second) return static_cast<std::uint32_t>(fresh.bounded(gene, space_.choices(gene)));
    if (in_first && in_second) return choice.bounded(gene, 2) == 0 ? first[gene] : second[gene];
    return in_first ? first[gene] : second[gene];
  });
}

std::optional<Proposal> Nsga2::propose(TrialId id, std::uint32_t attempt, const History& history) const {
  const std::vector<TrialId>& members = population(history);
  const random::Draws fresh = sampler_draws(seed_, id, attempt, whole_network);
  if (members.size() < population_) {
    return appraiser_.appraise(space_.architecture(space_.draw(fresh)));
  }
  const random::Draws places = sampler_draws(seed_, id, attempt, contestants);
  const auto contestant = [&](std::uint64_t element) { return places.bounded(element, members.size()); };
  // Members stand in the order of their ranks: the better one of two is the one in front.
  const auto winner = [&](std::uint64_t element) {
    const TrialId parent = members[std::min(contestant(element), contestant(element + 1))];
    return space_.genome_of(parse_architecture(history.trial(parent).proposal.architecture));
  };
  const random::Draws chance = sampler_draws(seed_, id, attempt, variation);
  Genome child = winner(0);
  if (chance.uniform_double(0) < crossover_) child = crossed(child, winner(2), id, attempt);
  if (chance.uniform_double(1) < mutation_) {
    child = mutated(space_, child, sampler_draws(seed_, id, attempt, mutation_choice), fresh);
  }
  return appraiser_.appraise(space_.architecture(child));
}

}  // namespace rondo::search
