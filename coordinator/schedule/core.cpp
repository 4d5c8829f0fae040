// The core's two halves put together: the timeline, which commits, and the dispatch, which has things
// trained.
#include "coordinator/schedule/core.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "coordinator/schedule/dispatch.h"
#include "coordinator/schedule/proposals.h"
#include "coordinator/schedule/results.h"
#include "coordinator/schedule/timeline.h"

namespace rondo::schedule {

struct Core::State {
  State(const Options& options, const search::Proposer& proposer, const search::Stopper& stopper)
      : results(options.epochs),
        proposals(proposer, options.trials_ahead),
        timeline(options, proposer, stopper, proposals),
        dispatch(options, stopper, proposals, timeline, results) {}

  void take(const RankJoined& event, Ready& ready);
  void take(const RankLost& event, Ready& ready);
  void take(const ResultArrived& event, Ready& ready);
  void take(const ResultRestored& event, Ready& ready);
  void take(const CheckpointLost& event, Ready& ready);
  void take(const AttemptFailed& event, Ready& ready);
  void take(const PauseRequested& event, Ready& ready);

  [[nodiscard]] Epoch add(TrialId trial, const std::vector<EpochResult>& epochs,
                          const std::optional<TrialEnd>& end, Ready& ready);
  void keep(const ResultArrived& event, Epoch first_new, Ready& ready) const;
  void attempt_failed(RankId rank, AssignmentId assignment, Ready& ready);
  void move_on(Ready& ready);
  void fail(std::optional<std::string> fault, Ready& ready);

  Results results;
  Proposals proposals;
  Timeline timeline;
  Dispatch dispatch;
  bool started = false;
  bool pausing = false;     // no more assignments
  bool distrusted = false;  // two reports differ: no more commits, for which of them is right is not known
};

// --- events

void Core::State::take(const RankJoined& event, Ready& ready) {
  dispatch.joined(event.rank);
  move_on(ready);
}

void Core::State::take(const RankLost& event, Ready& ready) {
  fail(dispatch.lost(event.rank), ready);
  move_on(ready);
}

void Core::State::take(const ResultArrived& event, Ready& ready) {
  const bool sound = dispatch.knows(event.trial) && results.well_formed(event.epochs, event.end) &&
                     !dispatch.contradicts(event.rank, event.assignment, event.trial);
  if (!sound) {
    attempt_failed(event.rank, event.assignment, ready);
    move_on(ready);
    return;
  }
  const Epoch first_new = add(event.trial, event.epochs, event.end, ready);
  if (event.checkpoint > Epoch(0)) dispatch.keep_checkpoint(event.trial, event.checkpoint);
  if (event.segment_done) dispatch.done(event.rank, event.assignment);
  dispatch.update(event.trial, ready);
  move_on(ready);
  if (first_new > Epoch(0)) keep(event, first_new, ready);
}

void Core::State::take(const ResultRestored& event, Ready& ready) {
  // What a damaged file might hold is trained again.
  if (!results.well_formed(event.epochs, event.end)) return;
  static_cast<void>(add(event.trial, event.epochs, event.end, ready));
  if (event.checkpoint > Epoch(0)) dispatch.keep_checkpoint(event.trial, event.checkpoint);
  dispatch.update(event.trial, ready);
  move_on(ready);
}

void Core::State::take(const CheckpointLost& event, Ready&) {
  dispatch.keep_checkpoint(event.trial, Epoch(0));
}

void Core::State::take(const AttemptFailed& event, Ready& ready) {
  fail(dispatch.failed(event.rank, event.assignment), ready);
  move_on(ready);
}

void Core::State::take(const PauseRequested&, Ready&) {
  pausing = true;
}

// --- their parts

Epoch Core::State::add(TrialId trial, const std::vector<EpochResult>& epochs,
                       const std::optional<TrialEnd>& end, Ready& ready) {
  Added added = results.add(trial, epochs, end);
  if (added.difference) distrusted = true;
  fail(std::move(added.difference), ready);
  return added.first_new;
}

// What was committed at once lies in the journal; the rest would be lost with this process.
void Core::State::keep(const ResultArrived& event, Epoch first_new, Ready& ready) const {
  const search::History& history = timeline.history();
  Epoch first = first_new;
  if (event.trial.value() < history.size()) {
    const search::TrialRecord& trial = history.trial(event.trial);
    const bool open = trial.state == search::TrialState::running || trial.state == search::TrialState::paused;
    if (!open) return;
    first = std::max(first, Epoch(static_cast<std::uint32_t>(trial.epochs.size()) + 1));
  }
  KeptResult kept{event.trial, {}, event.end};
  for (const EpochResult& result : event.epochs) {
    if (result.epoch >= first) kept.epochs.push_back(result);
  }
  if (!kept.epochs.empty()) ready.keep.push_back(std::move(kept));
}

// It sent what no worker sends. It may still be at it, so that it is told to stop.
void Core::State::attempt_failed(RankId rank, AssignmentId assignment, Ready& ready) {
  fail(dispatch.failed(rank, assignment), ready);
  ready.commands.emplace_back(AbandonCommand{rank, assignment});
}

void Core::State::fail(std::optional<std::string> fault, Ready& ready) {
  if (!fault) return;
  pausing = true;
  ready.fault = std::move(fault);
}

// Commits what can be committed, then has what is missing trained.
void Core::State::move_on(Ready& ready) {
  if (!distrusted) {
    Committed committed;
    timeline.advance(results, committed);
    ready.records.insert(ready.records.end(), std::make_move_iterator(committed.records.begin()),
                         std::make_move_iterator(committed.records.end()));
    for (const TrialId trial : committed.changed) dispatch.update(trial, ready);
  }
  if (timeline.finished()) {
    dispatch.abandon_all(ready);
  } else if (!pausing) {
    dispatch.assign(ready);
  }
}

// --- the public object

Core::Core(Options options, const search::Proposer& proposer, const search::Stopper& stopper)
    : state_(std::make_unique<State>(options, proposer, stopper)) {}
Core::~Core() = default;
Core::Core(Core&&) noexcept = default;
Core& Core::operator=(Core&&) noexcept = default;

Ready Core::start() {
  RONDO_CHECK(!state_->started);
  state_->started = true;
  Ready ready;
  Committed committed;
  state_->timeline.start(committed);
  ready.records = std::move(committed.records);
  for (const TrialId trial : committed.changed) state_->dispatch.update(trial, ready);
  state_->move_on(ready);
  return ready;
}

Ready Core::step(const Event& event) {
  RONDO_CHECK(state_->started);
  Ready ready;
  std::visit([&](const auto& one) { state_->take(one, ready); }, event);
  return ready;
}

bool Core::finished() const {
  return state_->timeline.finished();
}

Progress Core::progress() const {
  const Timeline& timeline = state_->timeline;
  Progress progress;
  progress.proposed = timeline.history().size();
  progress.ended = timeline.history().ended().size();
  progress.paused = progress.proposed - progress.ended - timeline.history().running();
  progress.epochs_committed = timeline.epochs_committed();
  progress.running_ranks = state_->dispatch.running();
  progress.idle_ranks = state_->dispatch.idle();
  progress.now = timeline.now();
  return progress;
}

const search::History& Core::history() const {
  return state_->timeline.history();
}

}  // namespace rondo::schedule
