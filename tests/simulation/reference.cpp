#include "tests/simulation/reference.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "coordinator/store/record_codec.h"

namespace rondo::simulation {

namespace {

using schedule::IdleReason;
using schedule::Outcome;
using schedule::Record;
using schedule::TrialEnd;

// After this many repeats in a row, the next draw is taken as it is.
constexpr std::uint32_t most_redraws = 20;

// A segment on its lane.
struct Segment {
  TrialId trial;
  std::uint64_t start = 0;
  std::uint64_t cost = 1;
  std::uint32_t first = 1;
  std::uint32_t last = 1;
  std::uint32_t next = 1;  // the epoch that commits next

  [[nodiscard]] std::uint64_t tick() const { return start + (next - first + 1) * cost; }
  [[nodiscard]] auto key() const { return std::tuple(tick(), trial.value(), next); }
};

struct Lane {
  std::optional<Segment> segment;
  bool announced_idle = false;
};

class Search {
 public:
  Search(const Workload& workload, std::uint64_t trials)
      : workload_(workload), options_(workload.options()), trials_(trials), lanes_(options_.lanes) {}

  std::vector<Record> run() {
    for (Lane& lane : lanes_) decide(lane, 0);
    for (;;) {
      Lane* const lane = next_lane();
      if (lane == nullptr) break;
      if (options_.last_tick > 0 && lane->segment->tick() > options_.last_tick) {
        cut();
        break;
      }
      commit(*lane);
    }
    return std::move(records_);
  }

 private:
  // The lane whose next event has the smallest (tick, trial, epoch).
  Lane* next_lane() {
    Lane* best = nullptr;
    for (Lane& lane : lanes_) {
      if (!lane.segment) continue;
      if (best == nullptr || lane.segment->key() < best->segment->key()) best = &lane;
    }
    return best;
  }

  void commit(Lane& lane) {
    Segment& segment = *lane.segment;
    const std::uint64_t tick = segment.tick();
    const TrialId trial = segment.trial;
    const Truth& truth = truths_[trial.value()];
    const schedule::EpochResult& result = truth.epochs.at(segment.next - 1);
    record(tick, schedule::Reported{trial, result});
    history_.commit_epoch(trial, {result.epoch, Tick(tick), result.validation_loss, result.score});
    const bool ends = segment.next == truth.end.epochs.value();
    if (ends) {
      end(tick, trial, truth.end);
    } else if (segment.next == segment.last) {
      record(tick, schedule::Paused{trial, result.epoch});
      history_.pause(trial);
    } else {
      ++segment.next;
      offer_idle_lanes(tick);
      return;
    }
    lane.segment.reset();
    decide(lane, tick);
    offer_idle_lanes(tick);
  }

  // A lane that was left idle by what is committed now stays idle: nothing that a decision sees has changed.
  void offer_idle_lanes(std::uint64_t tick) {
    for (Lane& lane : lanes_) {
      if (!lane.segment) decide(lane, tick);
    }
  }

  // One decision follows another as long as a network that is too large frees the lane again.
  void decide(Lane& lane, std::uint64_t tick) {
    std::optional<IdleReason> idle;
    while (!lane.segment && !idle) idle = decide_once(lane, tick);
    if (idle && !lane.announced_idle) record(tick, schedule::Idled{number(lane), *idle});
    lane.announced_idle = idle.has_value();
  }

  std::optional<IdleReason> decide_once(Lane& lane, std::uint64_t tick) {
    if (const auto trial = workload_.stopper().promote(history_)) {
      const auto& paused = history_.trial(*trial);
      const Epoch last = segment_end(*trial, paused.epochs.back().epoch);
      const Epoch first(paused.epochs.back().epoch.value() + 1);
      record(tick, schedule::Promoted{number(lane), *trial, first, last});
      lane.segment = Segment{*trial,        tick,         paused.proposal.ticks_per_epoch.value(),
                             first.value(), last.value(), first.value()};
      history_.resume(*trial);
      return std::nullopt;
    }
    if (history_.size() >= trials_) return IdleReason::budget;
    if (propose(lane, tick)) return std::nullopt;
    // What runs may have more to say to a proposer that reads, or to a stopper.
    const bool reads = workload_.proposer().reads_history() && next_lane() != nullptr;
    const bool waits = reads || workload_.stopper().may_promote_later(history_);
    return waits ? IdleReason::waiting : IdleReason::exhausted;
  }

  bool propose(Lane& lane, std::uint64_t tick) {
    const TrialId trial(history_.size());
    std::optional<search::Proposal> proposal;
    std::uint32_t redraws = 0;
    for (;; ++redraws) {
      proposal = workload_.proposer().propose(trial, redraws, history_);
      if (!proposal || redraws == most_redraws || !seen(*proposal)) break;
    }
    if (!proposal) return false;
    const Epoch last = proposal->too_large ? Epoch(0) : segment_end(trial, Epoch(0));
    lane.announced_idle = false;
    record(tick, schedule::Proposed{number(lane), trial, *proposal, redraws, last});
    history_.propose(trial, *proposal);
    truths_.push_back(workload_.truth(trial, proposal->architecture));
    if (proposal->too_large) {
      TrialEnd too_large;
      too_large.outcome = Outcome::too_large;
      end(tick, trial, too_large);
    } else {
      lane.segment = Segment{trial, tick, proposal->ticks_per_epoch.value(), 1, last.value(), 1};
    }
    return true;
  }

  [[nodiscard]] bool seen(const search::Proposal& proposal) const {
    return std::any_of(
        history_.trials().begin(), history_.trials().end(),
        [&](const search::TrialRecord& trial) { return trial.proposal.digest == proposal.digest; });
  }

  [[nodiscard]] Epoch segment_end(TrialId trial, Epoch after) const {
    const auto rung = workload_.stopper().next_rung(trial, after);
    return rung ? std::min(*rung, Epoch(options_.epochs)) : Epoch(options_.epochs);
  }

  void end(std::uint64_t tick, TrialId trial, const TrialEnd& end) {
    static constexpr std::pair<Outcome, search::TrialState> states[] = {
        {Outcome::completed, search::TrialState::completed},
        {Outcome::diverged, search::TrialState::diverged},
        {Outcome::too_large, search::TrialState::too_large},
        {Outcome::cut, search::TrialState::cut},
    };
    record(tick, schedule::Ended{trial, end});
    const auto* const state = std::find_if(std::begin(states), std::end(states),
                                           [&](const auto& row) { return row.first == end.outcome; });
    history_.end(trial, state->second, end.best_epoch, end.best_score);
  }

  // Nothing commits beyond the last tick: what runs or waits at a rung ends where it stands.
  void cut() {
    for (std::uint64_t id = 0; id < history_.size(); ++id) {
      const search::TrialRecord& trial = history_.trial(TrialId(id));
      const bool open =
          trial.state == search::TrialState::running || trial.state == search::TrialState::paused;
      if (!open) continue;
      TrialEnd cut;
      cut.outcome = Outcome::cut;
      cut.epochs = Epoch(static_cast<std::uint32_t>(trial.epochs.size()));
      end(options_.last_tick, TrialId(id), cut);
    }
  }

  [[nodiscard]] LaneId number(const Lane& lane) const {
    return LaneId(static_cast<std::uint32_t>(&lane - lanes_.data()));
  }

  template <class Event>
  void record(std::uint64_t tick, Event event) {
    records_.push_back({Tick(tick), std::move(event)});
  }

  const Workload& workload_;
  const WorkloadOptions& options_;
  std::uint64_t trials_;
  std::vector<Lane> lanes_;
  search::History history_;
  std::vector<Truth> truths_;  // by trial id
  std::vector<Record> records_;
};

}  // namespace

std::vector<Record> reference_records(const Workload& workload, std::uint64_t trials) {
  return Search(workload, trials).run();
}

Reference reference(const Workload& workload, std::uint64_t trials) {
  Reference result;
  result.records = reference_records(workload, trials);
  for (const Record& record : result.records) {
    result.bytes.push_back(store::encode(record));
    if (const auto* const proposed = std::get_if<schedule::Proposed>(&record.event)) {
      result.architectures.push_back(proposed->proposal.architecture);
    }
  }
  return result;
}

}  // namespace rondo::simulation
