// A proposer and a stopper whose every answer a test chooses, and results made of nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/schedule/core.h"
#include "coordinator/search/proposer.h"

namespace rondo::schedule::testing {

struct Network {
  std::uint64_t cost = 1;  // ticks of an epoch
  bool too_large = false;
  std::optional<std::uint64_t> same_as;  // its first `repeats` draws equal that trial's network
  std::uint32_t repeats = 0;
};

// Trial i gets "network i", unless the test says otherwise.
class ScriptedProposer final : public search::Proposer {
 public:
  std::map<std::uint64_t, Network> networks;
  std::uint64_t spent_from = std::numeric_limits<std::uint64_t>::max();  // the first trial that is refused
  // Reads history: trial T is refused while fewer than T times this have ended; or every trial but the first
  // while trial 0 has reported fewer epochs than this.
  std::optional<std::uint64_t> ended_for_each;
  std::optional<std::uint64_t> reports_before_more;

  [[nodiscard]] bool reads_history() const override { return ended_for_each || reports_before_more; }
  [[nodiscard]] std::optional<search::Proposal> propose(TrialId id, std::uint32_t attempt,
                                                        const search::History& history) const override;
};

// Successive halving without brackets: the best 1 / factor of those that reached a rung may leave it.
class RungStopper final : public search::Stopper {
 public:
  std::vector<Epoch> rungs;  // ascending
  std::uint64_t factor = 2;

  [[nodiscard]] std::optional<Epoch> next_rung(TrialId id, Epoch after) const override;
  [[nodiscard]] std::optional<TrialId> promote(const search::History& history) const override;
  [[nodiscard]] bool may_promote_later(const search::History& history) const override;
};

// Validation loss 0.<trial> unless given.
[[nodiscard]] EpochResult result(std::uint64_t trial, std::uint32_t epoch,
                                 std::optional<double> loss = std::nullopt);
[[nodiscard]] std::vector<EpochResult> results(std::uint64_t trial, std::uint32_t first, std::uint32_t last,
                                               std::optional<double> loss = std::nullopt);
[[nodiscard]] TrialEnd end_of(std::uint64_t trial, std::uint32_t epochs,
                              Outcome outcome = Outcome::completed);

// One line each, without a line break.
[[nodiscard]] std::string text(const Record& record);
[[nodiscard]] std::vector<std::string> text(const Ready& ready);

}  // namespace rondo::schedule::testing
