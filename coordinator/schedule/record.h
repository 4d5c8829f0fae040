// What the schedule commits, in plain structs. coordinator/store turns them into the journal's bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <variant>

#include "common/base/digest.h"
#include "common/base/ids.h"
#include "coordinator/search/history.h"

namespace rondo::schedule {

// Doubles of results are compared by their bits: -0 and 0 are different results, equal NaNs are equal.
[[nodiscard]] constexpr bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// One epoch of one trial, as a worker reports it: a pure function of (experiment, dataset, trial, epoch).
struct EpochResult {
  Epoch epoch;
  double train_loss = 0;
  double validation_loss = 0;
  double score = 0;
  Fingerprint fingerprint{};  // all zero when the epoch diverged
  friend bool operator==(const EpochResult& a, const EpochResult& b) {
    return a.epoch == b.epoch && same_bits(a.train_loss, b.train_loss) &&
           same_bits(a.validation_loss, b.validation_loss) && same_bits(a.score, b.score) &&
           a.fingerprint == b.fingerprint;
  }
};

enum class Outcome : std::uint8_t { completed = 1, diverged = 2, too_large = 3, cut = 4 };

struct TrialEnd {
  Outcome outcome = Outcome::completed;
  Epoch epochs;      // trained
  Epoch best_epoch;  // 0: none
  double best_score = 0;
  double best_validation_loss = 0;
  bool has_weights = false;
  Digest weights_digest{};  // of the best epoch's weights
  friend bool operator==(const TrialEnd& a, const TrialEnd& b) {
    return a.outcome == b.outcome && a.epochs == b.epochs && a.best_epoch == b.best_epoch &&
           same_bits(a.best_score, b.best_score) &&
           same_bits(a.best_validation_loss, b.best_validation_loss) && a.has_weights == b.has_weights &&
           a.weights_digest == b.weights_digest;
  }
};

enum class IdleReason : std::uint8_t {
  budget = 1,     // the number of trials is used up, and no paused trial is to be promoted now
  exhausted = 2,  // the proposer has nothing, and no later event changes that
  waiting = 3,    // … but a later event may: a running trial's end, or a trial that becomes promotable
};

struct Proposed {
  LaneId lane;
  TrialId trial;
  search::Proposal proposal;
  std::uint32_t redraws = 0;  // equal proposals that were skipped before this one, at most 20
  Epoch last_epoch;           // of the segment that starts here; 0: too large, and its end comes next
};
struct Promoted {
  LaneId lane;
  TrialId trial;
  Epoch first_epoch;
  Epoch last_epoch;
};
// A lane becomes idle. Later offers that leave it idle are not recorded: they follow from the journal.
struct Idled {
  LaneId lane;
  IdleReason reason = IdleReason::budget;
};
struct Reported {
  TrialId trial;
  EpochResult result;
};
struct Paused {
  TrialId trial;
  Epoch epoch;
};
// Of a trial that ran, that was too large, or that the budget in ticks cut (all that run or are paused, at
// the limit's tick, in the order of their ids; nothing follows).
struct Ended {
  TrialId trial;
  TrialEnd end;
};

struct Record {
  Tick tick;
  std::variant<Proposed, Promoted, Idled, Reported, Paused, Ended> event;
};

}  // namespace rondo::schedule
