// What a search knows at a moment of virtual time: the trials proposed so far and what of them has been
// committed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/base/ids.h"

namespace rondo::search {

// A trial that a sampler wants to run.
struct Proposal {
  std::string architecture;  // canonical bytes of a rondo.proto.Architecture
  Digest digest{};           // SHA-256 of `architecture`: its content
  Tick ticks_per_epoch{1};   // at least 1
  std::uint64_t parameters = 0;
  bool too_large = false;  // above a limit of the experiment: takes an id, is never trained
};

enum class TrialState { running, paused, completed, diverged, too_large, cut };

struct CommittedEpoch {
  Epoch epoch;
  Tick tick;
  double validation_loss = 0;
  double score = 0;
};

struct TrialRecord {
  TrialId id;
  Proposal proposal;
  TrialState state = TrialState::running;
  std::vector<CommittedEpoch> epochs;  // ascending
  Epoch best_epoch;                    // 0: none yet, or not ended
  double best_score = 0;               // of best_epoch; meaningful once completed
};

// Grows only by what the schedule commits, in commit order, so that what a sampler sees is a function of the
// journal.
class History {
 public:
  [[nodiscard]] std::uint64_t size() const { return trials_.size(); }
  [[nodiscard]] const TrialRecord& trial(TrialId id) const;
  [[nodiscard]] std::span<const TrialRecord> trials() const { return trials_; }
  // Trials that ended, in the order in which their ends were committed.
  [[nodiscard]] std::span<const TrialId> ended() const { return ended_; }

  // Mutators, for the schedule. Ids must be proposed in ascending order from 0.
  void propose(TrialId id, Proposal proposal);
  void commit_epoch(TrialId id, const CommittedEpoch& epoch);
  void pause(TrialId id);
  void resume(TrialId id);
  void end(TrialId id, TrialState state, Epoch best_epoch, double best_score);

 private:
  std::vector<TrialRecord> trials_;
  std::vector<TrialId> ended_;
};

}  // namespace rondo::search
