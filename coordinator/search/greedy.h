// The greedy tuner of AutoKeras: the best network so far, part of which is drawn anew. Jin, Chollet, Song and
// Hu, "AutoKeras: An AutoML Library for Deep Learning", JMLR 24 (2023), section 2.3.
#pragma once

#include "common/base/ids.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/space.h"

namespace rondo::search {

class Greedy final : public Proposer {
 public:
  Greedy(Space space, Appraiser appraiser, MasterSeed seed, bool higher_is_better);

  [[nodiscard]] bool reads_history() const override { return true; }
  // Until a trial has a place in the leaderboard: RandomSampler's network.
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  [[nodiscard]] Genome changed(const Genome& parent, TrialId id, std::uint32_t attempt) const;

  Space space_;
  Appraiser appraiser_;
  MasterSeed seed_;
  bool higher_is_better_;
};

}  // namespace rondo::search
