// Quasi-random search: trial i is point i of a scrambled Sobol sequence with a dimension for each gene, so
// that the trials cover the space more evenly than chance would.
#pragma once

#include <vector>

#include "common/base/ids.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/sobol_sequence.h"
#include "coordinator/search/space.h"

namespace rondo::search {

class SobolSampler final : public Proposer {
 public:
  SobolSampler(Space space, Appraiser appraiser, MasterSeed seed);

  [[nodiscard]] bool reads_history() const override { return false; }
  // Attempt a is the same point under the digital shift of step a; ids repeat after 2^32.
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  Space space_;
  Appraiser appraiser_;
  random::Key key_;
  std::vector<SobolColumns> columns_;  // by gene
};

}  // namespace rondo::search
