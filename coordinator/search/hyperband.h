// Hyperband: Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, "Hyperband: A Novel Bandit-Based Approach to
// Hyperparameter Optimization", JMLR 18, 2018, algorithm 1. Brackets of successive halving, from many trials
// of few epochs to few of all epochs. Within a bracket a rung waits until it is full; lanes go on to further
// brackets meanwhile.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/search/kept.h"
#include "coordinator/search/proposer.h"
#include "rondo/experiment.pb.h"

namespace rondo::search {

// So many trials of a bracket are trained for so many epochs.
struct HyperbandRung {
  std::uint64_t trials = 0;
  Epoch epochs;
  friend bool operator==(const HyperbandRung&, const HyperbandRung&) = default;
};
using HyperbandBracket = std::vector<HyperbandRung>;

// A round: brackets s = s_max … 0 with s_max = min(⌊log_η R⌋, most − 1). With n = ⌈(s_max + 1) · η^s / (s +
// 1)⌉, rung i of bracket s has ⌊n / η^i⌋ trials of ⌊R / η^(s − i)⌋ epochs. R ≥ 1, η ≥ 2, most ≥ 1.
[[nodiscard]] std::vector<HyperbandBracket> hyperband_round(Epoch most_epochs, std::uint32_t reduction,
                                                            std::uint32_t most_brackets);

class Hyperband final : public Stopper {
 public:
  Hyperband(const proto::HyperbandSettings& settings, Epoch epochs, bool higher_is_better);
  ~Hyperband() override;

  [[nodiscard]] std::optional<Epoch> next_rung(TrialId id, Epoch after) const override;
  [[nodiscard]] std::optional<TrialId> promote(const History& history) const override;
  [[nodiscard]] bool may_promote_later(const History& history) const override;

 private:
  class Board;
  // Trials take their places in the order of their ids: bracket after bracket, round after round.
  struct Place {
    const HyperbandBracket* bracket;
    TrialId first;  // of the bracket's trials
  };
  [[nodiscard]] Place place_of(TrialId id) const;

  std::vector<HyperbandBracket> round_;
  std::uint64_t trials_of_round_ = 0;
  bool higher_is_better_;
  mutable Kept<Board> kept_;
};

}  // namespace rondo::search
