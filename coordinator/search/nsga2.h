// NSGA-II for several objectives: Deb, Pratap, Agarwal and Meyarivan, IEEE Transactions on Evolutionary
// Computation 6(2), 2002; without generations, so that nothing waits for one to be complete. NSGA2.md defines
// it operation by operation.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/kept.h"
#include "coordinator/search/objectives.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/space.h"

namespace rondo::search {

class Nsga2 final : public Proposer {
 public:
  Nsga2(Space space, Appraiser appraiser, MasterSeed seed, const proto::Nsga2Settings& settings,
        Objectives objectives);

  [[nodiscard]] bool reads_history() const override { return true; }
  // Until as many trials have a place in the leaderboard as the population holds: RandomSampler's network.
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  // What does not change until another trial pauses or ends: who is in the population, the best first.
  struct Population {
    std::uint64_t results = 0;
    std::vector<TrialId> members;
  };
  [[nodiscard]] const std::vector<TrialId>& population(const History& history) const;
  [[nodiscard]] Genome crossed(const Genome& first, const Genome& second, TrialId id,
                               std::uint32_t attempt) const;

  Space space_;
  Appraiser appraiser_;
  MasterSeed seed_;
  std::uint32_t population_;
  double crossover_;
  double mutation_;
  Objectives objectives_;
  mutable Kept<Population> kept_;
};

}  // namespace rondo::search
