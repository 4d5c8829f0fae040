// Ranks and what they do: the half of the core that never reaches a record. It decides which rank trains
// what, and when; which results exist follows from the timeline alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/schedule/core.h"
#include "coordinator/schedule/proposals.h"
#include "coordinator/schedule/results.h"
#include "coordinator/schedule/timeline.h"
#include "coordinator/search/proposer.h"

namespace rondo::schedule {

class Dispatch {
 public:
  // All but `options` must outlive it.
  Dispatch(const Options& options, const search::Stopper& stopper, Proposals& proposals,
           const Timeline& timeline, const Results& results);

  // A rank that is there, or was, under the same number is not taken again.
  void joined(RankId rank);
  // These two return what to say when the trial at hand failed too often.
  [[nodiscard]] std::optional<std::string> lost(RankId rank);
  [[nodiscard]] std::optional<std::string> failed(RankId rank, AssignmentId assignment);
  // The rank is free again, if this is what it does now.
  void done(RankId rank, AssignmentId assignment);
  // Whether the rank works under this assignment, on another trial than this one.
  [[nodiscard]] bool contradicts(RankId rank, AssignmentId assignment, TrialId trial) const;
  // Whether a rank may have been asked for the trial.
  [[nodiscard]] bool knows(TrialId trial) const;

  // The cache now holds the trial's checkpoint of this epoch in place of an earlier one; 0: none.
  void keep_checkpoint(TrialId trial, Epoch epoch);

  // To be called for each trial of which the timeline or the results changed. Says so when a rank works for
  // nothing now, or a checkpoint is needed no more.
  void update(TrialId trial, Ready& out);
  // Gives free ranks work, the smallest key first.
  void assign(Ready& out);
  // The search is over: what ranks still do was discarded by its decisions.
  void abandon_all(Ready& out);

  [[nodiscard]] std::uint64_t running() const { return ranks_.size() - free_.size(); }
  [[nodiscard]] std::uint64_t idle() const { return free_.size(); }

 private:
  // Why epochs of a trial are wanted, the more urgent first.
  enum class Use : std::uint8_t {
    live,         // a lane runs the segment
    ahead,        // the trial's first segment, before its lane and tick are known
    speculative,  // the segment behind a rung: whether it is ever promoted is not decided yet
  };
  // The order in which work is taken. `when` is the tick at which the lane begins the first missing epoch of
  // a live segment: ranks follow the virtual workers in the order in which these started, so that a trial of
  // long epochs is begun as early as a cluster without virtual time would begin it. Behind a rung it is the
  // validation loss there: the best are likely to be promoted.
  struct Key {
    Use use = Use::live;
    std::uint64_t when = 0;
    TrialId trial;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Wanted {
    Key key;
    Epoch first;
    Epoch last;
  };
  struct Trial {
    std::vector<RankId> ranks;  // that work on it: one, or two when the second is a copy
    // Where its key stands, if anywhere.
    std::set<Key>* list = nullptr;
    Key key;
    std::optional<RankId> failed_on;  // the last rank that failed
    std::uint32_t failures = 0;
    Epoch checkpoint;
  };
  struct Rank {
    std::optional<TrialId> trial;
    AssignmentId assignment;  // these two say nothing without a trial
    Epoch last;
  };

  [[nodiscard]] std::optional<Wanted> wanted(TrialId trial) const;
  [[nodiscard]] std::optional<Wanted> behind(TrialId trial, Epoch after, Epoch missing, Use use) const;
  void enqueue(TrialId id, Trial& trial);
  void enqueue(Trial& trial, const std::optional<Wanted>& want);
  void release_rank(Trial& trial, RankId rank);
  void abandon(Trial& trial, RankId rank, Ready& out);
  [[nodiscard]] std::optional<std::string> count_failure(TrialId id, Trial& trial);
  void draw_ahead();
  [[nodiscard]] TrialId work_for(RankId rank) const;
  void give(RankId rank, TrialId id, Ready& out);
  [[nodiscard]] std::optional<RankId> least_needed() const;
  void make_room(Ready& out);
  void copy_stragglers(Ready& out);
  [[nodiscard]] Rank* working(RankId rank, AssignmentId assignment);

  Options options_;
  const search::Stopper& stopper_;
  Proposals& proposals_;
  const Timeline& timeline_;
  const Results& results_;

  std::map<RankId, Rank> ranks_;
  std::set<RankId> gone_;
  std::set<RankId> free_;
  std::map<TrialId, Trial> trials_;
  std::set<Key> queue_;        // wanted, and no rank works on it
  std::set<Key> speculating_;  // what ranks do without need
  std::set<Key> single_;       // live segments that one rank works on
  std::set<Key> copied_;       // live segments that two ranks work on
  std::uint64_t assignments_ = 0;
};

}  // namespace rondo::schedule
