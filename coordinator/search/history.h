// What a search knows at a moment of virtual time: the trials proposed so far and what of them has been
// committed.
#pragma once

#include <cstdint>
#include <memory>
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
  std::uint64_t multiply_adds = 0;  // of one row's way forward
  bool too_large = false;           // above a limit of the experiment: takes an id, is never trained
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
  Epoch rung;                          // the last epoch at which it paused; 0: it never did
  Epoch best_epoch;                    // as of its end or its last rung; 0: none yet
  double best_score = 0;               // of best_epoch
  std::uint64_t known_before = 0;      // size of first_results() when it was proposed
};

// A trial's arrival at a rung, and what it was worth there.
struct Pause {
  TrialId trial;
  Epoch epoch;
  double best_score = 0;    // of the best epoch up to `epoch`
  std::uint64_t ended = 0;  // ends that were committed before
  bool first = true;        // of the trial's pauses
};

// What was first known of a trial: what it was worth at its first rung or, if it was at none, at its end.
struct FirstResult {
  TrialId trial;
  double score = 0;  // NaN: it had none, diverged or was too large
};

// Grows only by what the schedule commits, in commit order, so that what a sampler sees is a function of the
// journal.
class History {
 public:
  History() = default;
  // `min_delta` is the training's: an epoch is the best one when its validation loss is smaller than that of
  // the best one before it by more than this. Workers judge an ended trial by the same rule.
  explicit History(double min_delta) : min_delta_(min_delta) {}
  // A copy would grow apart from its original under the same token.
  History(const History&) = delete;
  History& operator=(const History&) = delete;
  History(History&&) = default;
  History& operator=(History&&) = default;
  ~History() = default;

  [[nodiscard]] std::uint64_t size() const { return trials_.size(); }
  [[nodiscard]] const TrialRecord& trial(TrialId id) const;
  [[nodiscard]] std::span<const TrialRecord> trials() const { return trials_; }
  // Trials that ended, in the order in which their ends were committed.
  [[nodiscard]] std::span<const TrialId> ended() const { return ended_; }
  // Every pause, in the order in which they were committed.
  [[nodiscard]] std::span<const Pause> pauses() const { return pauses_; }
  // One for each trial that has been at a rung or has ended, uncut, in commit order.
  [[nodiscard]] std::span<const FirstResult> first_results() const { return first_results_; }
  // How many trials hold a lane.
  [[nodiscard]] std::uint64_t running() const { return running_; }

  // Names this object among all others that live, for what is kept of it elsewhere to save time: whoever
  // holds the token knows by it that pauses() of then is a prefix of pauses() now.
  [[nodiscard]] const std::shared_ptr<const int>& token() const { return token_; }

  // Mutators, for the schedule. Ids must be proposed in ascending order from 0. A trial that is cut keeps
  // what its last rung was worth.
  void propose(TrialId id, Proposal proposal);
  void commit_epoch(TrialId id, const CommittedEpoch& epoch);
  void pause(TrialId id);
  void resume(TrialId id);
  void end(TrialId id, TrialState state, Epoch best_epoch, double best_score);

 private:
  std::vector<TrialRecord> trials_;
  std::vector<TrialId> ended_;
  std::vector<Pause> pauses_;
  std::vector<FirstResult> first_results_;
  std::uint64_t running_ = 0;
  double min_delta_ = 0;
  std::shared_ptr<const int> token_ = std::make_shared<const int>();
};

}  // namespace rondo::search
