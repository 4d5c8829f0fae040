#include "coordinator/search/history.h"

#include <utility>

#include "common/base/check.h"

namespace rondo::search {

namespace {

TrialRecord& at(std::vector<TrialRecord>& trials, TrialId id) {
  RONDO_CHECK(id.value() < trials.size(), "trial {} of {}", id.value(), trials.size());
  return trials[id.value()];
}

void expect(const TrialRecord& trial, TrialState state) {
  RONDO_CHECK(trial.state == state, "trial {} is in state {}, not {}", trial.id.value(),
              static_cast<int>(trial.state), static_cast<int>(state));
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
  trials_.push_back(std::move(record));
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
}

void History::resume(TrialId id) {
  TrialRecord& trial = at(trials_, id);
  expect(trial, TrialState::paused);
  trial.state = TrialState::running;
}

// A paused trial can end too: a budget in ticks cuts it where it stands.
void History::end(TrialId id, TrialState state, Epoch best_epoch, double best_score) {
  TrialRecord& trial = at(trials_, id);
  RONDO_CHECK(trial.state == TrialState::running || trial.state == TrialState::paused,
              "trial {} ended before", id.value());
  RONDO_CHECK(state != TrialState::running && state != TrialState::paused, "trial {}", id.value());
  trial.state = state;
  trial.best_epoch = best_epoch;
  trial.best_score = best_score;
  ended_.push_back(id);
}

}  // namespace rondo::search
