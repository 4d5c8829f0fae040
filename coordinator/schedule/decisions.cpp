// What a free lane does next: promote a paused trial, run a new one, or idle.
#include <fmt/format.h>

#include <limits>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "coordinator/schedule/timeline.h"

namespace rondo::schedule {

Epoch segment_end(const search::Stopper& stopper, TrialId trial, Epoch after, Epoch last) {
  const std::optional<Epoch> rung = stopper.next_rung(trial, after);
  if (!rung) return last;
  RONDO_CHECK(*rung > after, "trial {}: rung {} after epoch {}", trial.value(), rung->value(), after.value());
  return *rung < last ? *rung : last;
}

// One decision. It sees the journal up to here and nothing else; the lane's number decides nothing, so that
// while one idle lane is left idle the others would be, too.
Timeline::Decision Timeline::decide(LaneId lane, Committed& out) {
  if (const std::optional<TrialId> trial = stopper_.promote(history_)) {
    promote(lane, *trial, out);
    return Decision::works;
  }
  // The only place that knows the number of trials.
  if (history_.size() >= options_.trials) return Decision::budget;
  if (std::optional<Drawn> drawn = proposals_.take(history_)) return propose(lane, std::move(*drawn), out);
  // The proposer may have more to say when what runs has ended.
  const bool later = (proposer_.reads_history() && !live_.empty()) || stopper_.may_promote_later(history_);
  return later ? Decision::waiting : Decision::exhausted;
}

// Decisions for one lane, until it works or idles: the end of a trial that is too large is an event that
// frees the lane again, and its decision comes before other lanes are offered work.
void Timeline::serve(LaneId lane, Committed& out) {
  for (;;) {
    const Decision decision = decide(lane, out);
    if (decision == Decision::works || decision == Decision::freed) {
      idle_.erase(lane);
      if (decision == Decision::works) return;
      continue;
    }
    const bool was_idle = !idle_.insert(lane).second;
    if (was_idle) return;
    const IdleReason reason = decision == Decision::budget      ? IdleReason::budget
                              : decision == Decision::exhausted ? IdleReason::exhausted
                                                                : IdleReason::waiting;
    out.records.push_back({now_, Idled{lane, reason}});
    return;
  }
}

void Timeline::offer_idle_lanes(Committed& out) {
  while (!idle_.empty()) {
    const LaneId lane = *idle_.begin();
    serve(lane, out);
    if (idle_.contains(lane)) return;
  }
}

void Timeline::promote(LaneId lane, TrialId trial, Committed& out) {
  RONDO_CHECK(paused_.erase(trial) == 1, "trial {} is promoted and is not paused", trial.value());
  const auto after = static_cast<std::uint32_t>(history_.trial(trial).epochs.size());
  history_.resume(trial);
  const Segment& segment = run(lane, trial, Epoch(after));
  out.records.push_back({now_, Promoted{lane, trial, segment.first, segment.last}});
  out.changed.push_back(trial);
}

Timeline::Decision Timeline::propose(LaneId lane, Drawn drawn, Committed& out) {
  const TrialId trial(history_.size());
  history_.propose(trial, drawn.proposal);
  const bool too_large = drawn.proposal.too_large;
  const Epoch last = too_large ? Epoch(0) : run(lane, trial, Epoch(0)).last;
  out.records.push_back({now_, Proposed{lane, trial, std::move(drawn.proposal), drawn.redraws, last}});
  out.changed.push_back(trial);
  if (!too_large) return Decision::works;
  TrialEnd end;
  end.outcome = Outcome::too_large;
  end_trial(trial, end, out);
  return Decision::freed;
}

const Segment& Timeline::run(LaneId lane, TrialId trial, Epoch after) {
  Segment segment;
  segment.lane = lane;
  segment.start = now_;
  segment.cost = history_.trial(trial).proposal.ticks_per_epoch;
  segment.first = Epoch(after.value() + 1);
  segment.last = segment_end(stopper_, trial, after, options_.epochs);
  segment.next = segment.first;
  const std::uint64_t epochs = segment.last.value() - after.value();
  if (segment.cost.value() > (std::numeric_limits<std::uint64_t>::max() - now_.value()) / epochs) {
    throw_bad_input(
        "trial {} starts at tick {} and needs {} epochs of {} ticks each, more than 64 bits hold: leave "
        "networks of that size out of the space, or give them fewer epochs",
        trial.value(), now_.value(), epochs, segment.cost.value());
  }
  RONDO_CHECK(events_.insert({segment.at(segment.next), trial}).second, "trial {}", trial.value());
  return live_.emplace(trial, segment).first->second;
}

}  // namespace rondo::schedule
