#include "coordinator/search/tpe.h"

#include <algorithm>
#include <utility>

#include "common/architecture/architecture.h"
#include "coordinator/search/fill.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/search/random_sampler.h"

namespace rondo::search {

namespace {

// The tensor of a draw's address says what is drawn.
constexpr std::uint32_t candidate_values = 3;
constexpr std::uint32_t candidate_kernels = 4;

constexpr std::uint64_t most_good = 25;
constexpr std::uint32_t random_attempt = 10;

}  // namespace

struct Tpe::Candidates {
  std::uint32_t count;
  random::Draws values;
  random::Draws kernels;
};

Tpe::Tpe(Space space, Appraiser appraiser, MasterSeed seed, const proto::TpeSettings& settings,
         bool higher_is_better)
    : space_(std::move(space)),
      appraiser_(std::move(appraiser)),
      seed_(seed),
      startup_(settings.startup_trials()),
      candidates_(settings.candidates()),
      multivariate_(settings.multivariate()),
      higher_is_better_(higher_is_better) {}

namespace {

// Whether `a` is the better one of two that have a place: what has completed stands before what has not, and
// that by the epochs of its last rung, for scores of other epochs say less.
bool is_better_observed(const TrialRecord& a, const TrialRecord& b, bool higher_is_better) {
  const bool a_completed = a.state == TrialState::completed;
  const bool b_completed = b.state == TrialState::completed;
  if (a_completed != b_completed) return a_completed;
  if (!a_completed && a.rung != b.rung) return a.rung > b.rung;
  return ranks_before(a, b, higher_is_better);
}

}  // namespace

// By trial id. Empty: too little is known yet.
std::vector<bool> Tpe::good_trials(const History& history) const {
  std::vector<TrialId> ranked;
  std::uint64_t observed = 0;
  for (const TrialRecord& trial : history.trials()) {
    if (is_ranked(trial)) {
      ranked.push_back(trial.id);
      ++observed;
    } else if (trial.state == TrialState::diverged || trial.state == TrialState::too_large) {
      ++observed;
    }
  }
  if (observed < startup_ || ranked.empty()) return {};
  const std::uint64_t good = std::min<std::uint64_t>({(observed + 9) / 10, most_good, ranked.size()});
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(good), ranked.end(),
                    [&](TrialId a, TrialId b) {
                      return is_better_observed(history.trial(a), history.trial(b), higher_is_better_);
                    });
  std::vector<bool> result(history.size());
  for (std::uint64_t i = 0; i < good; ++i) result[ranked[i].value()] = true;
  return result;
}

const Genome& Tpe::genome_of(const TrialRecord& trial) const {
  if (known_.size() <= trial.id.value()) known_.resize(trial.id.value() + 1);
  Known& known = known_[trial.id.value()];
  if (known.genome.empty() || known.digest != trial.proposal.digest) {
    known.genome = space_.genome_of(parse_architecture(trial.proposal.architecture));
    known.digest = trial.proposal.digest;
  }
  return known.genome;
}

Tpe::Sides Tpe::sides(const History& history) const {
  const std::vector<bool> good = good_trials(history);
  if (good.empty()) return {};
  const std::size_t genes = space_.at(0).size();
  Sides sides{Observations(genes), Observations(genes), {}};
  for (const TrialRecord& trial : history.trials()) {
    const Genome& genome = genome_of(trial);
    Observations& side = good[trial.id.value()] ? sides.good : sides.others;
    for (const std::uint32_t gene : space_.genes(genome)) side[gene].push_back(genome[gene]);
  }
  for (std::uint32_t gene = 0; gene < genes; ++gene) {
    const bool everywhere = sides.good[gene].size() + sides.others[gene].size() == history.size();
    if (everywhere && space_.choices(gene) > 1) sides.shared.push_back(gene);
  }
  return sides;
}

Choices Tpe::choices(std::uint32_t gene) const {
  return {.gene = gene, .count = space_.choices(gene), .ordered = space_.ordered(gene)};
}

std::uint32_t Tpe::chosen(std::uint32_t gene, const Sides& sides, const Candidates& candidates) const {
  const std::vector<double> good = masses(choices(gene), sides.good[gene]);
  const std::vector<double> others = masses(choices(gene), sides.others[gene]);
  std::uint32_t best = 0;
  double best_ratio = -1;
  for (std::uint32_t k = 0; k < candidates.count; ++k) {
    const std::uint32_t index = pick(good, candidates.values.uniform_double(value_element(gene, k)));
    const double ratio = good[index] / others[index];
    if (ratio > best_ratio) {
      best = index;
      best_ratio = ratio;
    }
  }
  return best;
}

void Tpe::choose_together(const Sides& sides, const Candidates& candidates,
                          std::vector<std::optional<std::uint32_t>>& values) const {
  std::vector<Choices> lists;
  std::vector<std::vector<std::uint32_t>> good_observed;
  std::vector<std::vector<std::uint32_t>> other_observed;
  for (const std::uint32_t gene : sides.shared) {
    lists.push_back(choices(gene));
    good_observed.push_back(sides.good[gene]);
    other_observed.push_back(sides.others[gene]);
  }
  const JointParzen good(lists, good_observed);
  const JointParzen others(lists, other_observed);
  double best_ratio = -1;
  for (std::uint32_t k = 0; k < candidates.count; ++k) {
    const std::vector<std::uint32_t> indices = good.draw(k, candidates.kernels, candidates.values);
    const double ratio = good.mass(indices) / others.mass(indices);
    if (!(ratio > best_ratio)) continue;
    best_ratio = ratio;
    for (std::size_t d = 0; d < lists.size(); ++d) values[lists[d].gene] = indices[d];
  }
}

std::optional<Proposal> Tpe::propose(TrialId id, std::uint32_t attempt, const History& history) const {
  const Sides known = attempt < random_attempt ? sides(history) : Sides{};
  if (known.good.empty()) {
    return appraiser_.appraise(
        space_.architecture(space_.draw(sampler_draws(seed_, id, attempt, whole_network))));
  }
  // A repeat is drawn again less greedily: the same few candidates would win again.
  const Candidates candidates{std::max(1U, candidates_ >> attempt),
                              sampler_draws(seed_, id, attempt, candidate_values),
                              sampler_draws(seed_, id, attempt, candidate_kernels)};
  std::vector<std::optional<std::uint32_t>> values(known.good.size());
  if (multivariate_) choose_together(known, candidates, values);
  const Genome genome = filled(space_, [&](std::uint32_t gene) {
    if (!values[gene]) values[gene] = chosen(gene, known, candidates);
    return *values[gene];
  });
  return appraiser_.appraise(space_.architecture(genome));
}

}  // namespace rondo::search
