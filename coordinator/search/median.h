// The median rule: a trial stops that is worse than half of the completed ones were when they were as old.
// After Golovin, Solnik, Moitra, Kochanski, Karro and Sculley, "Google Vizier: A Service for Black-Box
// Optimization", KDD 2017, section 3.2.2, and Optuna's MedianPruner; where they differ from this is in
// README.md.
#pragma once

#include <cstdint>
#include <optional>

#include "coordinator/search/kept.h"
#include "coordinator/search/proposer.h"
#include "rondo/experiment.pb.h"

namespace rondo::search {

class Median final : public Stopper {
 public:
  // Judges after warmup_epochs, warmup_epochs + interval, … epochs below `epochs`. All settings ≥ 1.
  Median(const proto::MedianSettings& settings, Epoch epochs, bool higher_is_better);
  ~Median() override;

  [[nodiscard]] std::optional<Epoch> next_rung(TrialId id, Epoch after) const override;
  [[nodiscard]] std::optional<TrialId> promote(const History& history) const override;
  // Never: what is committed before a pause decides it for good.
  [[nodiscard]] bool may_promote_later(const History& history) const override;

 private:
  class Board;

  std::uint64_t startup_;
  std::uint64_t warmup_;
  std::uint64_t interval_;
  Epoch epochs_;
  bool higher_is_better_;
  mutable Kept<Board> kept_;
};

}  // namespace rondo::search
