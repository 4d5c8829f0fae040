// Events: which is next, and what committing it does. The decisions are in decisions.cpp.
#include "coordinator/schedule/timeline.h"

#include <utility>

#include "common/base/check.h"

namespace rondo::schedule {

namespace {

search::TrialState state_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::completed:
      return search::TrialState::completed;
    case Outcome::diverged:
      return search::TrialState::diverged;
    case Outcome::too_large:
      return search::TrialState::too_large;
    case Outcome::cut:
      return search::TrialState::cut;
  }
  RONDO_CHECK(false, "outcome {}", static_cast<int>(outcome));
}

}  // namespace

Timeline::Timeline(const Options& options, const search::Proposer& proposer, const search::Stopper& stopper,
                   Proposals& proposals)
    : options_(options),
      proposer_(proposer),
      stopper_(stopper),
      proposals_(proposals),
      history_(options.min_delta) {
  RONDO_CHECK(options.lanes >= 1 && options.epochs >= Epoch(1), "{} lanes, {} epochs", options.lanes,
              options.epochs.value());
}

void Timeline::start(Committed& out) {
  RONDO_CHECK(!started_);
  started_ = true;
  for (std::uint32_t lane = 0; lane < options_.lanes; ++lane) serve(LaneId(lane), out);
}

void Timeline::advance(const Results& results, Committed& out) {
  RONDO_CHECK(started_);
  while (commit_next(results, out)) {
  }
}

// Conservative simulation: the smallest lower bound of all lanes is an event's own key, so that nothing can
// come before it any more. Whatever else has arrived waits, because arrival decides nothing.
bool Timeline::commit_next(const Results& results, Committed& out) {
  if (events_.empty()) return false;
  const Key key = *events_.begin();
  if (options_.last_tick && key.tick > *options_.last_tick) {
    cut_all(*options_.last_tick, out);
    return false;
  }
  Segment& segment = live_.at(key.trial);
  const Epoch epoch = segment.next;
  const EpochResult* const result = results.find(key.trial, epoch);
  if (result == nullptr) return false;
  now_ = key.tick;
  if (!segment.reported) commit_report(key.trial, segment, *result, out);
  const TrialEnd* const end = results.end(key.trial);
  if (end != nullptr && end->epochs == epoch) {
    const LaneId lane = leave_lane(key.trial);
    // An end at a rung's epoch ends the trial: it does not enter the rung.
    end_trial(key.trial, *end, out);
    serve(lane, out);
  } else if (epoch == options_.epochs) {
    // A trial ends here at the latest, so that its end is still to come.
    segment.reported = true;
    return false;
  } else if (epoch == segment.last) {
    const LaneId lane = leave_lane(key.trial);
    pause_trial(key.trial, epoch, out);
    serve(lane, out);
  } else {
    segment.next = Epoch(epoch.value() + 1);
    auto node = events_.extract(events_.begin());
    node.value().tick = segment.at(segment.next);
    events_.insert(std::move(node));
  }
  offer_idle_lanes(out);
  return true;
}

void Timeline::commit_report(TrialId trial, Segment& segment, const EpochResult& result, Committed& out) {
  history_.commit_epoch(trial, {segment.next, now_, result.validation_loss, result.score});
  ++epochs_committed_;
  out.records.push_back({now_, Reported{trial, result}});
}

LaneId Timeline::leave_lane(TrialId trial) {
  const auto found = live_.find(trial);
  const Segment& segment = found->second;
  const LaneId lane = segment.lane;
  RONDO_CHECK(events_.erase({segment.at(segment.next), trial}) == 1, "trial {}", trial.value());
  live_.erase(found);
  return lane;
}

void Timeline::pause_trial(TrialId trial, Epoch epoch, Committed& out) {
  history_.pause(trial);
  paused_.insert(trial);
  out.records.push_back({now_, Paused{trial, epoch}});
  out.changed.push_back(trial);
}

void Timeline::end_trial(TrialId trial, const TrialEnd& end, Committed& out) {
  history_.end(trial, state_of(end.outcome), end.best_epoch, end.best_score);
  out.records.push_back({now_, Ended{trial, end}});
  out.changed.push_back(trial);
}

// The search's end by its budget in ticks: every trial that runs or is paused, in the order of their ids.
void Timeline::cut_all(Tick limit, Committed& out) {
  now_ = limit;
  std::set<TrialId> open = std::exchange(paused_, {});
  for (const auto& [trial, segment] : live_) open.insert(trial);
  live_.clear();
  events_.clear();
  for (const TrialId trial : open) {
    TrialEnd end;
    end.outcome = Outcome::cut;
    end.epochs = Epoch(static_cast<std::uint32_t>(history_.trial(trial).epochs.size()));
    end_trial(trial, end, out);
  }
}

const Segment* Timeline::live(TrialId trial) const {
  const auto found = live_.find(trial);
  return found == live_.end() ? nullptr : &found->second;
}

}  // namespace rondo::schedule
