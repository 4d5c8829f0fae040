#include "coordinator/search/cmaes.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "coordinator/search/fill.h"
#include "coordinator/search/random_sampler.h"

namespace rondo::search {

namespace {

constexpr std::uint32_t cmaes_normals = 6;  // the tensor of a draw's address
constexpr std::uint32_t cmaes_attempts = 10;

}  // namespace

Cmaes::Cmaes(Space space, Appraiser appraiser, MasterSeed seed, bool higher_is_better)
    : space_(std::move(space)),
      appraiser_(std::move(appraiser)),
      seed_(seed),
      higher_is_better_(higher_is_better) {
  std::vector<CmaesBounds> bounds;
  for (const std::uint32_t gene : space_.varied_genes()) {
    const std::uint32_t choices = space_.choices(gene);
    const double cell = 1 / static_cast<double>(choices);
    const bool line = choices == 2 || space_.ordered(gene);
    axes_.push_back({gene, choices, bounds.size(), line ? 1 : choices});
    // A mean in the middle of its cell leaves it at two deviations.
    if (line) bounds.push_back({cell / 2, 1 - cell / 2, cell / 4});
    if (!line) bounds.insert(bounds.end(), choices, {0.25, 0.75, 0.15});
  }
  if (!bounds.empty()) models_.emplace_back(std::move(bounds));
}

std::vector<double> Cmaes::place(const CmaesModel& model, TrialId id, std::uint32_t attempt) const {
  const random::Draws draws = sampler_draws(seed_, id, attempt, cmaes_normals);
  std::vector<double> normals;
  for (const Axis& axis : axes_) {
    for (std::size_t k = 0; k < axis.count; ++k) {
      normals.push_back(draws.normal((std::uint64_t{axis.gene} << 16U) + k));
    }
  }
  return model.place(normals);
}

Genome Cmaes::genome(const std::vector<double>& place) const {
  Genome values = space_.at(0);
  for (const Axis& axis : axes_) {
    const auto first = place.begin() + static_cast<std::ptrdiff_t>(axis.first);
    if (axis.count == 1) {
      const auto cell = static_cast<std::uint32_t>(*first * axis.choices);
      values[axis.gene] = std::min(cell, axis.choices - 1);
    } else {
      const auto most = std::max_element(first, first + static_cast<std::ptrdiff_t>(axis.count));
      values[axis.gene] = static_cast<std::uint32_t>(most - first);
    }
  }
  return filled(space_, [&](std::uint32_t gene) { return space_.choices(gene) > 1 ? values[gene] : 0; });
}

// Where the trial was drawn, by the model of its decision; nothing if it was not.
std::optional<CmaesPoint> Cmaes::drawn(const TrialRecord& trial) const {
  const std::size_t models = trial.known_before == 0 ? 1 : taken_[trial.known_before - 1].models;
  const Genome proposed = space_.genome_of(parse_architecture(trial.proposal.architecture));
  for (std::uint32_t attempt = 0; attempt < cmaes_attempts; ++attempt) {
    CmaesPoint point{place(models_[models - 1], trial.id, attempt), {}};
    if (genome(point.place) != proposed) continue;
    std::vector<bool> applies(proposed.size());
    for (const std::uint32_t gene : space_.genes(proposed)) applies[gene] = true;
    for (const Axis& axis : axes_) point.applies.insert(point.applies.end(), axis.count, applies[axis.gene]);
    return point;
  }
  return std::nullopt;
}

void Cmaes::take(const TrialRecord& trial, double score) const {
  RONDO_CHECK(trial.known_before <= taken_.size(), "trial {}", trial.id.value());
  if (std::optional<CmaesPoint> point = drawn(trial)) {
    generation_.push_back({{score, trial.proposal.parameters, trial.id}, std::move(*point)});
  }
  if (generation_.size() == cmaes_generation(models_.front().mean().size())) {
    const auto scored = [](const Member& member) { return member.standing.score == member.standing.score; };
    if (std::any_of(generation_.begin(), generation_.end(), scored)) {
      std::sort(generation_.begin(), generation_.end(), [&](const Member& a, const Member& b) {
        return stands_before(a.standing, b.standing, higher_is_better_);
      });
      std::vector<CmaesPoint> points;
      for (Member& member : generation_) points.push_back(std::move(member.point));
      models_.push_back(models_.back().updated(points));
    }
    generation_.clear();
  }
  taken_.push_back({trial.id, trial.proposal.digest, trial.known_before, score, trial.proposal.parameters,
                    models_.size()});
}

void Cmaes::learn(const History& history) const {
  const auto results = history.first_results();
  const auto same = [&](const Taken& taken, const FirstResult& result) {
    const TrialRecord& trial = history.trial(result.trial);
    return taken.id == result.trial && taken.digest == trial.proposal.digest &&
           taken.known_before == trial.known_before && taken.parameters == trial.proposal.parameters &&
           std::bit_cast<std::uint64_t>(taken.score) == std::bit_cast<std::uint64_t>(result.score);
  };
  // A history that grew is the rule; any other one is learned from its start.
  if (results.size() < taken_.size() || !std::equal(taken_.begin(), taken_.end(), results.begin(), same)) {
    taken_.clear();
    generation_.clear();
    models_.erase(models_.begin() + 1, models_.end());
  }
  for (std::size_t i = taken_.size(); i < results.size(); ++i) {
    take(history.trial(results[i].trial), results[i].score);
  }
}

std::optional<Proposal> Cmaes::propose(TrialId id, std::uint32_t attempt, const History& history) const {
  if (attempt >= cmaes_attempts || axes_.empty()) {
    return appraiser_.appraise(
        space_.architecture(space_.draw(sampler_draws(seed_, id, attempt, whole_network))));
  }
  learn(history);
  return appraiser_.appraise(space_.architecture(genome(place(models_.back(), id, attempt))));
}

}  // namespace rondo::search
