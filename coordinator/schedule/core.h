// The coordinator's core: a pure state machine. Events go in, a Ready comes out; no clock, no I/O, no MPI, no
// thread. What it commits depends on the experiment and the results alone; which rank does what, and when, is
// its other half and never reaches a record. The rule is in README.md beside this file, with its proof.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/schedule/record.h"
#include "coordinator/search/proposer.h"

namespace rondo::schedule {

using AssignmentId = Strong<struct AssignmentIdTag, std::uint64_t>;

struct Options {
  std::uint32_t lanes = 16;
  std::uint64_t trials = 100;     // budget; nothing but the first refused decision depends on it
  std::optional<Tick> last_tick;  // budget; events after it never commit
  Epoch epochs{1};                // most epochs of a trial
  double min_delta = 0;           // of the training: what makes an epoch of a paused trial the best one
  std::uint32_t max_infrastructure_failures = 10;  // of one trial, then a fault; 0 is taken for 1
  std::uint32_t trials_ahead = 64;  // proposals that may be trained before their lane is known, when the
                                    // proposer reads no history; operational
  bool second_copies = false;       // ranks without work train once more what others are at; operational
};

// --- events
// -----------------------------------------------------------------------------------------------------

struct RankJoined {
  RankId rank;
};
// Silent for too long, or known to be dead. It may not join again under the same number.
struct RankLost {
  RankId rank;
};
// From a worker, possibly late, repeated, or of an assignment that was taken back.
struct ResultArrived {
  RankId rank;
  AssignmentId assignment;
  TrialId trial;
  // Ascending, without gaps. An epoch stands for itself and for what the trial did behind it: without `end`
  // the trial went on (at its last epoch: the report is incomplete).
  std::vector<EpochResult> epochs;
  std::optional<TrialEnd> end;  // completed or diverged, with the last of `epochs`
  bool segment_done = false;    // the rank is free
  Epoch checkpoint;             // a checkpoint after this epoch is now kept; 0: none
};
// From the run folder: a result of an earlier launch (journal or checkpoints/), in any order and before or
// after its trial is proposed. No rank is attached. Never an epoch whose end may have been lost behind it.
struct ResultRestored {
  TrialId trial;
  std::vector<EpochResult> epochs;
  std::optional<TrialEnd> end;
  Epoch checkpoint;
};
// A kept checkpoint turned out to be unreadable; the trial is trained from its start where it is needed.
struct CheckpointLost {
  TrialId trial;
};
// The worker lives but the attempt failed (out of memory, a bad checkpoint, …).
struct AttemptFailed {
  RankId rank;
  AssignmentId assignment;
};
// Stop assigning; what has arrived still commits.
struct PauseRequested {};

using Event = std::variant<RankJoined, RankLost, ResultArrived, ResultRestored, CheckpointLost, AttemptFailed,
                           PauseRequested>;

// --- what comes out
// ----------------------------------------------------------------------------------------------

struct AssignCommand {
  RankId rank;
  AssignmentId assignment;
  TrialId trial;
  std::string architecture;  // canonical bytes
  Epoch first_epoch;         // the first epoch whose result is missing
  Epoch last_epoch;
  Epoch checkpoint;  // continue from the kept checkpoint of this epoch; 0: from the start
};
// What the rank does under this assignment is not wanted any more.
struct AbandonCommand {
  RankId rank;
  AssignmentId assignment;
};
using Command = std::variant<AssignCommand, AbandonCommand>;

// A result that arrived and is not committed yet.
struct KeptResult {
  TrialId trial;
  std::vector<EpochResult> epochs;
  std::optional<TrialEnd> end;
};

// To be carried out in the order of the fields.
struct Ready {
  // 1. Append to the journal, in this order. Must be durable before anything derived from it is shown as
  // final.
  std::vector<Record> records;
  // 2. Keep in the cache, so that a restart need not train it again. Losing it loses time only. Never of a
  // ResultRestored: that lies on disk already.
  std::vector<KeptResult> keep;
  // 3. Send. Nothing here depends on 1 being durable: an assignment is repeatable.
  std::vector<Command> commands;
  // 4. Trials whose checkpoints are needed no more.
  std::vector<TrialId> release;
  // A second report of an epoch that differs from the first (nothing commits any more), or a trial that
  // failed too often (what has arrived still commits): no more assignments; pause and say so.
  std::optional<std::string> fault;
};

struct Progress {
  std::uint64_t proposed = 0;
  std::uint64_t ended = 0;
  std::uint64_t paused = 0;  // wait at a rung, perhaps for good
  std::uint64_t epochs_committed = 0;
  std::uint64_t running_ranks = 0;
  std::uint64_t idle_ranks = 0;
  Tick now;  // tick of the last committed event
};

class Core {
 public:
  // `proposer` and `stopper` must outlive the core.
  Core(Options options, const search::Proposer& proposer, const search::Stopper& stopper);
  ~Core();
  Core(Core&&) noexcept;
  Core& operator=(Core&&) noexcept;

  // The decisions of tick 0. Call once, first. start() and step() throw Error(bad_input) when the ticks of a
  // segment overflow 64 bits, and what a proposer or a stopper throws; the core is of no use any more then.
  [[nodiscard]] Ready start();
  [[nodiscard]] Ready step(const Event& event);

  // Every lane is idle and nothing is left to commit, or the budget in ticks has cut what was left.
  [[nodiscard]] bool finished() const;
  [[nodiscard]] Progress progress() const;
  [[nodiscard]] const search::History& history() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rondo::schedule
