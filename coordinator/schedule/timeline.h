// Virtual time: lanes, segments, the order of events, and the decisions. It sees results by trial and epoch
// and knows of no rank and no order of arrival, so that what it commits cannot depend on either.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/schedule/core.h"
#include "coordinator/schedule/proposals.h"
#include "coordinator/schedule/record.h"
#include "coordinator/schedule/results.h"
#include "coordinator/search/history.h"
#include "coordinator/search/proposer.h"

namespace rondo::schedule {

// A lane's work: epochs first … last of a trial.
struct Segment {
  LaneId lane;
  Tick start;
  Tick cost;  // of one epoch
  Epoch first;
  Epoch last;
  Epoch next;             // the first epoch that is not done with
  bool reported = false;  // `next` is committed already, and only the trial's end is awaited

  // When the lane begins an epoch of the segment, and when that epoch commits. No overflow: that of `last`
  // was checked when the segment started.
  [[nodiscard]] Tick begin(Epoch epoch) const {
    return Tick(start.value() + (std::uint64_t{epoch.value()} - first.value()) * cost.value());
  }
  [[nodiscard]] Tick at(Epoch epoch) const { return Tick(begin(epoch).value() + cost.value()); }
};

// Where the segment that goes on behind epoch `after` ends: at the next rung, or with the trial's last epoch.
[[nodiscard]] Epoch segment_end(const search::Stopper& stopper, TrialId trial, Epoch after, Epoch last);

// What came of one step.
struct Committed {
  std::vector<Record> records;
  std::vector<TrialId> changed;  // proposed, promoted, paused or ended; a trial may stand here twice
};

class Timeline {
 public:
  // All but `options` must outlive it.
  Timeline(const Options& options, const search::Proposer& proposer, const search::Stopper& stopper,
           Proposals& proposals);

  // The decisions of tick 0, lane by lane. Once, first. Throws as advance() does.
  void start(Committed& out);
  // Commits every event whose turn has come, with the decisions that follow. Throws Error(bad_input) when the
  // ticks of a segment overflow 64 bits; the object must not be used any more then.
  void advance(const Results& results, Committed& out);

  [[nodiscard]] bool finished() const { return started_ && live_.empty(); }
  // The segment that the trial runs now. Null: none. Valid until the next advance().
  [[nodiscard]] const Segment* live(TrialId trial) const;
  [[nodiscard]] const search::History& history() const { return history_; }
  [[nodiscard]] std::uint64_t epochs_committed() const { return epochs_committed_; }
  [[nodiscard]] Tick now() const { return now_; }

 private:
  // The order of events: by tick, then by trial. A running trial has one next event, so that no two of them
  // have both in common and the epoch is implied.
  struct Key {
    Tick tick;
    TrialId trial;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  bool commit_next(const Results& results, Committed& out);
  void commit_report(TrialId trial, Segment& segment, const EpochResult& result, Committed& out);
  LaneId leave_lane(TrialId trial);
  void pause_trial(TrialId trial, Epoch epoch, Committed& out);
  void end_trial(TrialId trial, const TrialEnd& end, Committed& out);
  void cut_all(Tick limit, Committed& out);

  // In decisions.cpp. `freed`: the lane got a trial that is too large, and is free again.
  enum class Decision { works, freed, budget, exhausted, waiting };
  Decision decide(LaneId lane, Committed& out);
  void serve(LaneId lane, Committed& out);
  void offer_idle_lanes(Committed& out);
  void promote(LaneId lane, TrialId trial, Committed& out);
  Decision propose(LaneId lane, Drawn drawn, Committed& out);
  const Segment& run(LaneId lane, TrialId trial, Epoch after);

  Options options_;
  const search::Proposer& proposer_;
  const search::Stopper& stopper_;
  Proposals& proposals_;
  search::History history_;

  std::map<TrialId, Segment> live_;
  std::set<Key> events_;  // the next event of every live segment: the lower bounds of the lanes
  std::set<LaneId> idle_;
  std::set<TrialId> paused_;
  Tick now_{};
  std::uint64_t epochs_committed_ = 0;
  bool started_ = false;
};

}  // namespace rondo::schedule
