#include "coordinator/search/gp.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "common/architecture/architecture.h"
#include "common/numerics/elementary.h"
#include "common/numerics/improvement.h"
#include "coordinator/search/fill.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/search/random_sampler.h"

namespace rondo::search {

namespace {

constexpr std::uint32_t gp_candidates = 5;  // the tensor of a draw's address

constexpr std::size_t most_observations = 1000;
constexpr std::size_t most_fitted = 200;
constexpr double farthest = 1e6;

constexpr std::uint32_t first_rounds = 24;
constexpr std::uint32_t later_rounds = 5;
constexpr double first_step = 0.5;
constexpr double later_step = 0.1;

constexpr std::size_t centres = 3;
constexpr std::size_t climbs = 3;
constexpr std::size_t most_moves = 12;
constexpr std::size_t together = 64;  // places that are predicted at once; changes no bit

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) / 2];
}

}  // namespace

Gp::Gp(const Space& space, const Appraiser& appraiser, MasterSeed seed, const proto::GpSettings& settings,
       bool higher_is_better)
    : space_(space),
      appraiser_(appraiser),
      seed_(seed),
      sobol_(space, appraiser, seed),
      startup_(settings.startup_trials()),
      candidates_(settings.candidates()),
      higher_is_better_(higher_is_better),
      learned_(space.varied_genes()) {}

void Gp::remember(const History& history) const {
  known_.resize(history.size());
  for (const TrialRecord& trial : history.trials()) {
    Known& known = known_[trial.id.value()];
    const bool before = !known.genome.empty();
    if (before && known.digest == trial.proposal.digest) continue;
    known.genome = space_.genome_of(parse_architecture(trial.proposal.architecture));
    known.digest = trial.proposal.digest;
    if (before) stages_.clear();  // another history: a trial that a stage has seen may have another network
  }
}

// In the order in which they were first at a rung or, of those that never were, ended.
std::vector<Gp::Seen> Gp::seen(const History& history) const {
  std::vector<Seen> result;
  const auto add = [&](TrialId id) {
    const TrialRecord& trial = history.trial(id);
    const bool ranked = is_ranked(trial);
    if (!ranked && trial.state != TrialState::diverged && trial.state != TrialState::too_large) return;
    const bool scored = ranked && trial.best_score == trial.best_score;
    result.push_back({id, scored ? (higher_is_better_ ? -trial.best_score : trial.best_score) : 0.0, scored});
  };
  std::size_t next = 0;
  const auto add_pauses = [&](std::size_t ends) {
    for (; next < history.pauses().size() && history.pauses()[next].ended <= ends; ++next) {
      if (history.pauses()[next].first) add(history.pauses()[next].trial);
    }
  };
  for (std::size_t end = 0; end < history.ended().size(); ++end) {
    add_pauses(end);
    const TrialId id = history.ended()[end];
    if (history.trial(id).rung == Epoch(0)) add(id);
  }
  add_pauses(history.ended().size());
  return result;
}

namespace {

// Of many trials those that say most: half of `most` are the best, the others the newest of the rest; their
// order stays.
template <class Trial>
std::vector<Trial> thinned(const std::vector<Trial>& seen, std::size_t most) {
  if (seen.size() <= most) return seen;
  std::vector<std::size_t> order(seen.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (seen[a].scored != seen[b].scored) return seen[a].scored;
    return seen[a].scored && seen[a].value < seen[b].value;
  });
  std::vector<bool> kept(seen.size());
  for (std::size_t i = 0; i < most / 2; ++i) kept[order[i]] = true;
  std::size_t left = most - most / 2;
  for (std::size_t i = seen.size(); i-- > 0 && left > 0;) {
    if (kept[i]) continue;
    kept[i] = true;
    --left;
  }
  std::vector<Trial> result;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (kept[i]) result.push_back(seen[i]);
  }
  return result;
}

// The better half keeps its distances, in units of the best's from the median; the worse half is drawn
// together, and what did not complete stands beside the worst. Then mean 0 and variance 1, unless all are
// equal.
template <class Trial>
std::vector<double> standardised(const std::vector<Trial>& seen) {
  std::vector<double> raw;
  for (const Trial& trial : seen) {
    if (trial.scored) raw.push_back(trial.value);
  }
  const double median = median_of(raw);
  const double unit = median - *std::min_element(raw.begin(), raw.end());
  std::vector<double> values;
  double worst = -1;
  for (const Trial& trial : seen) {
    double value = unit > 0 ? (trial.value - median) / unit : trial.value - median;
    if (!(value < farthest)) value = farthest;
    if (value > 0) value = numerics::log(1 + value);
    if (trial.scored) worst = std::max(worst, value);
    values.push_back(value);
  }
  double sum = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i].scored) values[i] = worst;
    sum += values[i];
  }
  const double mean = sum / static_cast<double>(values.size());
  double squares = 0;
  for (double& value : values) {
    value -= mean;
    squares += value * value;
  }
  const double spread = std::sqrt(squares / static_cast<double>(values.size()));
  if (spread > 0) {
    for (double& value : values) value /= spread;
  }
  return values;
}

}  // namespace

GpColumns Gp::columns(const std::vector<const Genome*>& genomes) const {
  GpColumns result;
  std::vector<std::vector<bool>> applies;
  for (const Genome* genome : genomes) {
    std::vector<bool> marks(genome->size());
    for (const std::uint32_t gene : space_.genes(*genome)) marks[gene] = true;
    applies.push_back(std::move(marks));
  }
  for (const std::uint32_t gene : learned_) {
    GpColumn column{space_.ordered(gene), {}};
    const double last = space_.choices(gene) - 1;
    for (std::size_t i = 0; i < genomes.size(); ++i) {
      const double index = (*genomes[i])[gene];
      if (column.ordered) {
        column.places.push_back(applies[i][gene] ? index / last : 0.5);
      } else {
        column.places.push_back(applies[i][gene] ? index : -1.0);
      }
    }
    result.push_back(std::move(column));
  }
  return result;
}

GpColumns Gp::columns_of(const std::vector<Seen>& seen) const {
  std::vector<const Genome*> genomes;
  for (const Seen& trial : seen) genomes.push_back(&known_[trial.id.value()].genome);
  return columns(genomes);
}

// Fitted at numbers of ended trials that grow by an eighth, each fit starting from the one before: a function
// of the first trials that ended, whatever has ended since.
GpLengths Gp::lengths(const std::vector<Seen>& seen) const {
  std::size_t stage = 0;
  GpLengths found = prior_lengths(learned_.size());
  for (std::size_t size = startup_; size <= seen.size(); size += std::max<std::size_t>(1, size / 8)) {
    std::vector<Seen> first(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(size));
    if (stage >= stages_.size() || stages_[stage].seen != first) {
      stages_.resize(stage);
      const bool any =
          std::any_of(first.begin(), first.end(), [](const Seen& trial) { return trial.scored; });
      if (any) {
        const std::vector<Seen> few = thinned(first, most_fitted);
        found = fitted(columns_of(few), standardised(few), found, stage == 0 ? first_step : later_step,
                       stage == 0 ? first_rounds : later_rounds);
      }
      stages_.push_back({std::move(first), found});
    }
    found = stages_[stage++].lengths;
  }
  return found;
}

std::vector<Genome> Gp::drawn(TrialId id) const {
  const random::Draws draws = sampler_draws(seed_, id, 0, gp_candidates);
  std::vector<Genome> result;
  for (std::uint32_t k = 0; k < candidates_; ++k) {
    result.push_back(filled(space_, [&](std::uint32_t gene) {
      return static_cast<std::uint32_t>(
          draws.bounded((std::uint64_t{gene} << 16U) + k, space_.choices(gene)));
    }));
  }
  return result;
}

// One gene changed: to any other value, or, in a list that has an order, by 1, 2, 4, … places. A gene that
// applies only now takes the middle of its list.
std::vector<Genome> Gp::neighbours(const Genome& genome) const {
  std::vector<bool> applied(genome.size());
  for (const std::uint32_t gene : space_.genes(genome)) applied[gene] = true;
  std::vector<Genome> result;
  const auto add = [&](std::uint32_t changed, std::uint32_t index) {
    result.push_back(filled(space_, [&](std::uint32_t gene) {
      if (gene == changed) return index;
      return applied[gene] ? genome[gene] : space_.choices(gene) / 2;
    }));
  };
  for (const std::uint32_t gene : learned_) {
    if (!applied[gene]) continue;
    const std::uint32_t count = space_.choices(gene);
    if (!space_.ordered(gene)) {
      for (std::uint32_t index = 0; index < count; ++index) {
        if (index != genome[gene]) add(gene, index);
      }
      continue;
    }
    for (std::uint32_t step = 1; step < count; step *= 2) {
      if (genome[gene] >= step) add(gene, genome[gene] - step);
      if (genome[gene] + step < count) add(gene, genome[gene] + step);
    }
  }
  return result;
}

// The logarithm of expected improvement, and the best network found so far that no trial has.
class Gp::Improvement {
 public:
  Improvement(const Gp& sampler, GpModel model, const GpColumns& observed, std::size_t count,
              std::set<Genome> tried)
      : sampler_(sampler), model_(std::move(model)), tried_(std::move(tried)) {
    const GpModel::Predictions at_trials = model_.predict(observed, count);
    incumbent_ = *std::min_element(at_trials.means.begin(), at_trials.means.end());
  }

  struct Scored {
    Genome genome;
    double score = 0;
  };
  std::vector<Scored> score(const std::vector<Genome>& genomes) {
    std::vector<Scored> result;
    for (std::size_t first = 0; first < genomes.size(); first += together) {
      const std::size_t count = std::min(together, genomes.size() - first);
      std::vector<const Genome*> some;
      for (std::size_t i = first; i < first + count; ++i) some.push_back(&genomes[i]);
      const GpModel::Predictions found = model_.predict(sampler_.columns(some), count);
      for (std::size_t i = 0; i < count; ++i) {
        const double deviation = found.deviations[i];
        const double z = (incumbent_ - found.means[i]) / deviation;
        result.push_back({*some[i], numerics::log_improvement(z) + numerics::log(deviation)});
        if (!tried_.contains(*some[i]) && (!best_ || result.back().score > best_->score))
          best_ = result.back();
      }
    }
    return result;
  }
  [[nodiscard]] const std::optional<Scored>& best() const { return best_; }

  // To the best neighbour, while it is better.
  void climb(Scored from) {
    for (std::size_t move = 0; move < most_moves; ++move) {
      const std::vector<Scored> around = score(sampler_.neighbours(from.genome));
      const auto most = std::max_element(around.begin(), around.end(), less);
      if (most == around.end() || !(most->score > from.score)) return;
      from = *most;
    }
  }
  static bool less(const Scored& a, const Scored& b) { return a.score < b.score; }

 private:
  const Gp& sampler_;
  GpModel model_;
  std::set<Genome> tried_;
  double incumbent_ = 0;
  std::optional<Scored> best_;
};

std::optional<Genome> Gp::best(TrialId id, const History& history, const std::vector<Seen>& seen) const {
  const GpLengths found = lengths(seen);
  const std::vector<Seen> kept = thinned(seen, most_observations);
  std::vector<const Genome*> genomes;
  for (const Seen& trial : kept) genomes.push_back(&known_[trial.id.value()].genome);
  std::set<Genome> tried;
  for (const TrialRecord& trial : history.trials()) {
    tried.insert(known_[trial.id.value()].genome);
    if (trial.state == TrialState::running && !is_ranked(trial))
      genomes.push_back(&known_[trial.id.value()].genome);
  }
  const GpColumns all = columns(genomes);
  Improvement improvement(*this, GpModel(all, standardised(kept), found), all, genomes.size(),
                          std::move(tried));

  std::vector<Seen> best_first = thinned(kept, kept.size());
  std::stable_sort(best_first.begin(), best_first.end(), [](const Seen& a, const Seen& b) {
    if (a.scored != b.scored) return a.scored;
    return a.scored && a.value < b.value;
  });
  std::vector<Genome> starts = drawn(id);
  for (std::size_t i = 0; i < std::min(centres, best_first.size()); ++i) {
    for (Genome& genome : neighbours(known_[best_first[i].id.value()].genome))
      starts.push_back(std::move(genome));
  }
  std::vector<Improvement::Scored> scored = improvement.score(starts);
  std::stable_sort(scored.begin(), scored.end(),
                   [](const auto& a, const auto& b) { return Improvement::less(b, a); });
  for (std::size_t i = 0; i < std::min(climbs, scored.size()); ++i) improvement.climb(scored[i]);
  if (!improvement.best()) return std::nullopt;
  return improvement.best()->genome;
}

std::optional<Proposal> Gp::propose(TrialId id, std::uint32_t attempt, const History& history) const {
  if (attempt > 0 || learned_.empty()) return sobol_.propose(id, attempt, history);
  const std::vector<Seen> known = seen(history);
  const bool any = std::any_of(known.begin(), known.end(), [](const Seen& trial) { return trial.scored; });
  if (known.size() < startup_ || !any) return sobol_.propose(id, attempt, history);
  remember(history);
  const std::optional<Genome> genome = best(id, history, known);
  if (!genome) return sobol_.propose(id, attempt, history);
  return appraiser_.appraise(space_.architecture(*genome));
}

}  // namespace rondo::search
