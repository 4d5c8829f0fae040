#include "coordinator/search/history.h"

#include <limits>
#include <utility>

#include "common/base/check.h"

namespace rondo::search {

namespace {

constexpr double no_score = std::numeric_limits<double>::quiet_NaN();

TrialRecord& at(std::vector<TrialRecord>& trials, TrialId id) {
  RONDO_CHECK(id.value() < trials.size(), "trial {} of {}", id.value(), trials.size());
  return trials[id.value()];
}

void expect(const TrialRecord& trial, TrialState state) {
  RONDO_CHECK(trial.state == state, "trial {} is in state {}, not {}", trial.id.value(),
              static_cast<int>(trial.state), static_cast<int>(state));
}

// Null: the trial has no epoch yet.
const CommittedEpoch* best_of(const std::vector<CommittedEpoch>& epochs, double min_delta) {
  const CommittedEpoch* best = nullptr;
  double loss = std::numeric_limits<double>::infinity();
  for (const CommittedEpoch& epoch : epochs) {
    if (!(epoch.validation_loss < loss - min_delta)) continue;
    loss = epoch.validation_loss;
    best = &epoch;
  }
  return best;
}

}  // namespace

const TrialRecord& History::trial(TrialId id) const {
  RONDO_CHECK(id.value() < trials_.size(), "trial {} of {}", id.value(), trials_.size());
  return trials_[id.value()];
}

void History::propose(TrialId id, Proposal proposal) {
  RONDO_CHECK(id.value() == trials_.size(), "trial {} after {} trials", id.value(), trials_.size());
  RONDO_CHECK(proposal.ticks_per_epoch.value() >= 1);
  TrialRecord record;
  record.id = id;
  record.proposal = std::move(proposal);
  record.known_before = first_results_.size();
  trials_.push_back(std::move(record));
  ++running_;
}

void History::commit_epoch(TrialId id, const CommittedEpoch& epoch) {
  TrialRecord& trial = at(trials_, id);
  expect(trial, TrialState::running);
  RONDO_CHECK(epoch.epoch.value() == trial.epochs.size() + 1, "epoch {} of trial {} after {} epochs",
              epoch.epoch.value(), id.value(), trial.epochs.size());
  trial.epochs.push_back(epoch);
}

void History::pause(TrialId id) {
  TrialRecord& trial = at(trials_, id);
  expect(trial, TrialState::running);
  trial.state = TrialState::paused;
  --running_;
  if (trial.epochs.empty()) return;
  const bool first = trial.rung == Epoch(0);
  trial.rung = trial.epochs.back().epoch;
  if (const CommittedEpoch* const best = best_of(trial.epochs, min_delta_)) {
    trial.best_epoch = best->epoch;
    trial.best_score = best->score;
  }
  pauses_.push_back({id, trial.rung, trial.best_score, ended_.size(), first});
  if (first) first_results_.push_back({id, trial.best_epoch > Epoch(0) ? trial.best_score : no_score});
}

void History::resume(TrialId id) {
  TrialRecord& trial = at(trials_, id);
  expect(trial, TrialState::paused);
  trial.state = TrialState::running;
  ++running_;
}

// A paused trial can end too: a budget in ticks cuts it where it stands.
void History::end(TrialId id, TrialState state, Epoch best_epoch, double best_score) {
  TrialRecord& trial = at(trials_, id);
  RONDO_CHECK(trial.state == TrialState::running || trial.state == TrialState::paused,
              "trial {} ended before", id.value());
  RONDO_CHECK(state != TrialState::running && state != TrialState::paused, "trial {}", id.value());
  if (trial.state == TrialState::running) --running_;
  trial.state = state;
  if (state != TrialState::cut) {
    trial.best_epoch = best_epoch;
    trial.best_score = best_score;
  }
  ended_.push_back(id);
  if (trial.rung == Epoch(0) && state != TrialState::cut) {
    first_results_.push_back({id, state == TrialState::completed ? best_score : no_score});
  }
}

}  // namespace rondo::search
