// Tree-structured Parzen estimator: J. Bergstra, R. Bardenet, Y. Bengio and B. Kegl, "Algorithms for
// Hyper-Parameter Optimization", NIPS 2011, with the rules of Optuna 3.1's TPESampler. Two densities, of the
// good trials and of all others; the candidate with the greatest ratio is proposed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/parzen.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/space.h"

namespace rondo::search {

class Tpe final : public Proposer {
 public:
  Tpe(Space space, Appraiser appraiser, MasterSeed seed, const proto::TpeSettings& settings,
      bool higher_is_better);

  [[nodiscard]] bool reads_history() const override { return true; }
  // Until `startup_trials` have ended or been at a rung and one of them has a place in the leaderboard, and
  // from attempt 10 on: RandomSampler's network.
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  // What trials did with each gene that applied to them, by gene, the oldest trial first.
  using Observations = std::vector<std::vector<std::uint32_t>>;
  struct Sides {
    Observations good;
    Observations others;
    std::vector<std::uint32_t> shared;  // genes with a choice that apply to every trial
  };
  [[nodiscard]] Sides sides(const History& history) const;
  [[nodiscard]] std::vector<bool> good_trials(const History& history) const;
  [[nodiscard]] const Genome& genome_of(const TrialRecord& trial) const;
  [[nodiscard]] Choices choices(std::uint32_t gene) const;

  struct Candidates;
  [[nodiscard]] std::uint32_t chosen(std::uint32_t gene, const Sides& sides,
                                     const Candidates& candidates) const;
  void choose_together(const Sides& sides, const Candidates& candidates,
                       std::vector<std::optional<std::uint32_t>>& values) const;

  Space space_;
  Appraiser appraiser_;
  MasterSeed seed_;
  std::uint32_t startup_;
  std::uint32_t candidates_;
  bool multivariate_;
  bool higher_is_better_;

  // Parsed networks by trial id, each good while its digest is the trial's: saves time, changes nothing.
  struct Known {
    Digest digest{};
    Genome genome;
  };
  mutable std::vector<Known> known_;
};

}  // namespace rondo::search
