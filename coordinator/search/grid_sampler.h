// Grid search: trial i is the i-th network of the space, in the order of Space::at; then nothing is left. The
// networks differ, so there is nothing to draw again.
#pragma once

#include "coordinator/search/appraiser.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/space.h"

namespace rondo::search {

class GridSampler final : public Proposer {
 public:
  GridSampler(Space space, Appraiser appraiser);

  [[nodiscard]] bool reads_history() const override { return false; }
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  Space space_;
  Appraiser appraiser_;
  std::uint64_t size_;
};

}  // namespace rondo::search
