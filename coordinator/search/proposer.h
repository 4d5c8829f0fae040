// The two questions that the schedule asks of a search algorithm.
#pragma once

#include <cstdint>
#include <optional>

#include "coordinator/search/history.h"

namespace rondo::search {

// Which network next? An implementation is a pure function of its construction and its arguments: no state,
// no clock, no budget.
class Proposer {
 public:
  Proposer() = default;
  Proposer(const Proposer&) = delete;
  Proposer& operator=(const Proposer&) = delete;
  virtual ~Proposer() = default;

  // False: propose() ignores `history`, so that trial i may be trained before its lane and tick are known.
  [[nodiscard]] virtual bool reads_history() const = 0;

  // The network of trial `id`. `attempt` counts the draws for this id, from 0: the schedule draws again when
  // the result equals an earlier trial's. nullopt: nothing is left (a spent grid).
  [[nodiscard]] virtual std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                        const History& history) const = 0;
};

// Where do trials pause, and which paused one goes on? The same purity.
class Stopper {
 public:
  Stopper() = default;
  Stopper(const Stopper&) = delete;
  Stopper& operator=(const Stopper&) = delete;
  virtual ~Stopper() = default;

  // The first epoch after `after` at which trial `id` pauses. nullopt: it runs to its end.
  [[nodiscard]] virtual std::optional<Epoch> next_rung(TrialId id, Epoch after) const = 0;
  // A paused trial to promote now.
  [[nodiscard]] virtual std::optional<TrialId> promote(const History& history) const = 0;
  // True: a later event may make one of the paused trials promotable.
  [[nodiscard]] virtual bool may_promote_later(const History& history) const = 0;
};

// Every trial runs to its end.
class NoStopper final : public Stopper {
 public:
  [[nodiscard]] std::optional<Epoch> next_rung(TrialId, Epoch) const override { return std::nullopt; }
  [[nodiscard]] std::optional<TrialId> promote(const History&) const override { return std::nullopt; }
  [[nodiscard]] bool may_promote_later(const History&) const override { return false; }
};

}  // namespace rondo::search
