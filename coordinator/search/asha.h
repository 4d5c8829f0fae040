// Asynchronous successive halving, algorithm 2 of Li, Jamieson, Rostamizadeh, Gonina, Hardt, Recht and
// Talwalkar, "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020 (arXiv 1810.05934, 2018):
// whenever a lane is free, a trial among the best 1/η of those that have reached its rung goes on, the
// highest rung first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/search/kept.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/search/proposer.h"
#include "rondo/experiment.pb.h"

namespace rondo::search {

class Asha final : public Stopper {
 public:
  // Rungs: min_epochs · reduction^k below `epochs`. min_epochs ≥ 1, reduction ≥ 2.
  Asha(const proto::AshaSettings& settings, Epoch epochs, bool higher_is_better);
  ~Asha() override;

  [[nodiscard]] std::optional<Epoch> next_rung(TrialId id, Epoch after) const override;
  [[nodiscard]] std::optional<TrialId> promote(const History& history) const override;
  [[nodiscard]] bool may_promote_later(const History& history) const override;

 private:
  // The rungs of one history, brought up to date with its pauses. It saves a sort for each decision and
  // changes nothing: promote() is a function of the history.
  class Board;

  std::vector<Epoch> rungs_;  // ascending
  std::uint64_t reduction_;
  bool higher_is_better_;
  mutable Kept<Board> kept_;
};

}  // namespace rondo::search
