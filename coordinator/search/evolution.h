// Regularised ("aging") evolution, algorithm 1 of Real, Aggarwal, Huang and Le, "Regularized Evolution for
// Image Classifier Architecture Search", AAAI 2019. A tournament among the newest trials finds a parent, and
// one gene of it changes (mutation.h). Age removes a trial from the population, never a bad score.
#pragma once

#include "common/base/ids.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/space.h"

namespace rondo::search {

class Evolution final : public Proposer {
 public:
  Evolution(Space space, Appraiser appraiser, MasterSeed seed, const proto::EvolutionSettings& settings,
            bool higher_is_better);

  [[nodiscard]] bool reads_history() const override { return true; }
  // Until as many trials have a place in the leaderboard as the population holds: RandomSampler's network.
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  [[nodiscard]] std::vector<TrialId> population(const History& history) const;

  Space space_;
  Appraiser appraiser_;
  MasterSeed seed_;
  std::uint32_t population_;
  std::uint32_t sample_;
  bool higher_is_better_;
};

}  // namespace rondo::search
