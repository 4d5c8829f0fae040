// The stoppers of the simulated searches: pure functions of the history, as the real ones.
#include <algorithm>
#include <limits>
#include <vector>

#include "common/experiment/schema.h"
#include "coordinator/search/make_stopper.h"
#include "tests/simulation/networks.h"

namespace rondo::simulation {

namespace {

using search::History;
using search::TrialRecord;
using search::TrialState;

// A NaN stands behind every number.
double loss_at(const TrialRecord& trial, std::uint32_t epoch) {
  const double loss = trial.epochs[epoch - 1].validation_loss;
  return loss == loss ? loss : std::numeric_limits<double>::infinity();
}

// Trials that reached epoch `rung`, best (smallest loss at that epoch, then smallest id) first.
std::vector<const TrialRecord*> reached(const History& history, std::uint32_t rung) {
  std::vector<const TrialRecord*> trials;
  for (const TrialRecord& trial : history.trials()) {
    if (trial.epochs.size() >= rung) trials.push_back(&trial);
  }
  std::stable_sort(trials.begin(), trials.end(), [rung](const TrialRecord* a, const TrialRecord* b) {
    return loss_at(*a, rung) < loss_at(*b, rung);
  });
  return trials;
}

bool paused_at(const TrialRecord& trial, std::uint32_t rung) {
  return trial.state == TrialState::paused && trial.epochs.size() == rung;
}

// Rungs at first, first · factor, …; in each, the best 1 / factor of those that reached it may go on once
// `least` have.
class RungStopper final : public search::Stopper {
 public:
  RungStopper(std::uint32_t first, std::uint32_t factor, std::uint64_t least, std::uint32_t epochs)
      : factor_(factor), least_(least) {
    for (std::uint32_t rung = first; rung < epochs; rung *= factor) rungs_.push_back(rung);
  }

  [[nodiscard]] std::optional<Epoch> next_rung(TrialId, Epoch after) const override {
    const auto rung = std::upper_bound(rungs_.begin(), rungs_.end(), after.value());
    return rung == rungs_.end() ? std::nullopt : std::optional<Epoch>(*rung);
  }

  [[nodiscard]] std::optional<TrialId> promote(const History& history) const override {
    for (auto rung = rungs_.rbegin(); rung != rungs_.rend(); ++rung) {
      const auto trials = reached(history, *rung);
      if (trials.size() < least_) continue;
      for (std::size_t place = 0; place < trials.size() / factor_; ++place) {
        if (paused_at(*trials[place], *rung)) return trials[place]->id;
      }
    }
    return std::nullopt;
  }

  // As long as anything runs, it may reach a rung.
  [[nodiscard]] bool may_promote_later(const History& history) const override {
    return std::any_of(history.trials().begin(), history.trials().end(),
                       [](const TrialRecord& trial) { return trial.state == TrialState::running; });
  }

 private:
  std::vector<std::uint32_t> rungs_;
  std::uint32_t factor_;
  std::uint64_t least_;
};

// Everything goes on in the end. What paused first (smallest tick of its last epoch, then id) goes first.
class FirstComeStopper final : public search::Stopper {
 public:
  explicit FirstComeStopper(std::uint64_t after) : after_(after) {}

  [[nodiscard]] std::optional<Epoch> next_rung(TrialId, Epoch after) const override {
    return Epoch(after.value() + 2 - after.value() % 2);
  }
  [[nodiscard]] std::optional<TrialId> promote(const History& history) const override {
    if (history.size() < after_) return std::nullopt;
    const TrialRecord* first = nullptr;
    for (const TrialRecord& trial : history.trials()) {
      if (trial.state != TrialState::paused) continue;
      if (first == nullptr || trial.epochs.back().tick < first->epochs.back().tick) first = &trial;
    }
    return first == nullptr ? std::nullopt : std::optional<TrialId>(first->id);
  }
  [[nodiscard]] bool may_promote_later(const History&) const override { return true; }

 private:
  std::uint64_t after_;
};

std::unique_ptr<search::Stopper> of_production(const WorkloadOptions& options) {
  proto::Experiment experiment;
  set_objectives(options, experiment);
  experiment.mutable_training()->set_epochs(options.epochs);
  proto::SearchSettings& search = *experiment.mutable_search();
  search.set_stopper(options.stopper == StopperKind::median ? proto::STOPPER_KIND_MEDIAN
                     : options.stopper == StopperKind::asha ? proto::STOPPER_KIND_ASHA
                                                            : proto::STOPPER_KIND_HYPERBAND);
  search.mutable_median()->set_startup_trials(2);
  search.mutable_median()->set_warmup_epochs(1);
  search.mutable_median()->set_interval(2);
  search.mutable_asha()->set_reduction(options.reduction);
  search.mutable_hyperband()->set_reduction(options.reduction);
  fill_defaults(experiment);
  return search::make_stopper(experiment);
}

}  // namespace

std::unique_ptr<search::Stopper> make_stopper(const WorkloadOptions& options) {
  constexpr std::uint64_t before_promotions = 4;
  switch (options.stopper) {
    case StopperKind::ladder:
      return std::make_unique<RungStopper>(1, 3, 1, options.epochs);
    case StopperKind::bracket:
      return std::make_unique<RungStopper>(2, 2, options.bracket, options.epochs);
    case StopperKind::first_come:
      return std::make_unique<FirstComeStopper>(std::min(before_promotions, options.trials));
    case StopperKind::median:
    case StopperKind::asha:
    case StopperKind::hyperband:
      return of_production(options);
    case StopperKind::patience:  // see Workload::truth
    case StopperKind::none:
      break;
  }
  return std::make_unique<search::NoStopper>();
}

}  // namespace rondo::simulation
