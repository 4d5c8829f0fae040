#include "tests/simulation/free_running.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tests/simulation/chance.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/worker.h"
#include "tests/simulation/workload.h"

namespace rondo::simulation {

namespace {

class FreeSearch {
 public:
  FreeSearch(const Case& simulation, bool batches)
      : simulation_(simulation),
        batches_(batches),
        workload_(simulation.workload),
        chance_(simulation.seed, Purpose::workers),
        ranks_(simulation.disturbers.ranks) {}

  Usage run() {
    offer();
    while (!agenda_.empty()) {
      const auto next = agenda_.begin();
      now_ = next->first.first;
      const std::size_t rank = next->second;
      agenda_.erase(next);
      arrived(ranks_[rank]);
      if (ranks_[rank].trial) {
        train(rank);
      } else if (!batches_ || agenda_.empty()) {
        offer();
      }
    }
    return {useful_, useful_, now_, static_cast<std::uint32_t>(ranks_.size())};
  }

 private:
  struct Rank {
    std::optional<TrialId> trial;
    std::uint32_t last = 0;    // of the segment
    std::uint64_t time = 0;    // of an epoch
    std::uint64_t useful = 0;  // of it, if the rank were not slow
  };

  // Every rank without work asks, in the order of their numbers.
  void offer() {
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
      if (!ranks_[rank].trial && decide(ranks_[rank])) train(rank);
    }
  }

  bool decide(Rank& rank) {
    std::optional<TrialId> trial = workload_.stopper().promote(history_);
    if (trial) {
      history_.resume(*trial);
    } else if (history_.size() < workload_.options().trials) {
      trial = TrialId(history_.size());
      auto proposal = workload_.proposer().propose(*trial, 0, history_);
      if (!proposal) return false;
      truths_.push_back(workload_.truth(*trial, proposal->architecture));
      history_.propose(*trial, std::move(*proposal));
    } else {
      return false;
    }
    const search::TrialRecord& record = history_.trial(*trial);
    const auto after = static_cast<std::uint32_t>(record.epochs.size());
    const auto rung = workload_.stopper().next_rung(*trial, Epoch(after));
    const std::uint32_t most = workload_.options().epochs;
    const std::uint64_t time = time_of_epoch(simulation_, *trial, record.proposal.architecture);
    const bool slow = chance_.percent(simulation_.disturbers.stragglers);
    rank = {trial, rung ? std::min(rung->value(), most) : most,
            slow ? time * simulation_.disturbers.straggling : time, time};
    return true;
  }

  void train(std::size_t rank) { agenda_.emplace(std::pair(now_ + ranks_[rank].time, arranged_++), rank); }

  void arrived(Rank& rank) {
    useful_ += rank.useful;
    const TrialId trial = *rank.trial;
    const Truth& truth = truths_[trial.value()];
    const schedule::EpochResult& result = truth.epochs[history_.trial(trial).epochs.size()];
    history_.commit_epoch(trial, {result.epoch, Tick(now_), result.validation_loss, result.score});
    if (result.epoch == truth.end.epochs) {
      const bool diverged = truth.end.outcome == schedule::Outcome::diverged;
      history_.end(trial, diverged ? search::TrialState::diverged : search::TrialState::completed,
                   truth.end.best_epoch, truth.end.best_score);
      rank.trial.reset();
    } else if (result.epoch.value() == rank.last) {
      history_.pause(trial);
      rank.trial.reset();
    }
  }

  const Case& simulation_;
  bool batches_;  // nobody is offered work while anybody has some
  Workload workload_;
  Chance chance_;
  std::vector<Rank> ranks_;
  search::History history_;
  std::vector<Truth> truths_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> agenda_;
  std::uint64_t arranged_ = 0;
  std::uint64_t now_ = 0;
  std::uint64_t useful_ = 0;
};

}  // namespace

Usage free_running(const Case& simulation) {
  return FreeSearch(simulation, false).run();
}

Usage in_batches(const Case& simulation) {
  return FreeSearch(simulation, true).run();
}

Usage virtual_time(const Case& simulation) {
  const Tally tally = Cluster(simulation, Checks::cheap).run();
  return {tally.useful, tally.trained, tally.makespan, simulation.disturbers.ranks};
}

}  // namespace rondo::simulation
