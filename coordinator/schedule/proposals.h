// The networks of trials 0, 1, 2, … in the order of their ids, repeats skipped by the fixed rule. A proposer
// that reads no history can be asked ahead of virtual time: then trial i is a function of i.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>

#include "common/base/digest.h"
#include "common/base/ids.h"
#include "coordinator/search/history.h"
#include "coordinator/search/proposer.h"

namespace rondo::schedule {

// A proposal that equals an earlier one is drawn again, at most so often for one trial; then it is accepted.
inline constexpr std::uint32_t most_redraws = 20;

struct Drawn {
  search::Proposal proposal;
  std::uint32_t redraws = 0;  // equal proposals that were skipped before this one
};

class Proposals {
 public:
  // `most_ahead`: drawn and not taken, at any time. 0 for a proposer that reads history.
  Proposals(const search::Proposer& proposer, std::uint32_t most_ahead);

  // The next trial's: its id is history.size(). Nothing when none is left.
  [[nodiscard]] std::optional<Drawn> take(const search::History& history);

  // Draws one more than was taken and returns its id; the trial's id stays below `trials`. Nothing when none
  // is left or `most_ahead` are waiting.
  [[nodiscard]] std::optional<TrialId> draw_ahead(const search::History& history, std::uint64_t trials);
  // Drawn and not taken yet. Null: it is not. Valid until the next take().
  [[nodiscard]] const search::Proposal* ahead(TrialId trial) const;

 private:
  [[nodiscard]] std::optional<Drawn> draw(TrialId trial, const search::History& history);

  const search::Proposer& proposer_;
  std::uint32_t most_ahead_;
  std::set<Digest> seen_;      // content of every trial drawn so far
  std::deque<Drawn> waiting_;  // of trials taken_, taken_ + 1, …
  std::uint64_t taken_ = 0;
  bool exhausted_ =
      false;  // for good: the proposer reads no history, and the same question has the same answer
};

}  // namespace rondo::schedule
