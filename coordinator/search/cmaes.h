// CMA-ES over a continuous relaxation of the genes, without a barrier: a generation is made of results in the
// order of their commits. CMAES.md defines it, operation by operation.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/cmaes_model.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/space.h"

namespace rondo::search {

class Cmaes final : public Proposer {
 public:
  Cmaes(Space space, Appraiser appraiser, MasterSeed seed, bool higher_is_better);

  [[nodiscard]] bool reads_history() const override { return true; }
  // From attempt 10 on, and where no gene has a choice: the random sampler's network.
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  // A gene's first coordinate and their number: 1, or one for each choice.
  struct Axis {
    std::uint32_t gene = 0;
    std::uint32_t choices = 0;
    std::size_t first = 0;
    std::size_t count = 1;
  };
  // A result as far as models depend on it.
  struct Taken {
    TrialId id;
    Digest digest{};
    std::uint64_t known_before = 0;
    double score = 0;
    std::uint64_t parameters = 0;
    std::size_t models = 0;  // that there are behind it
  };
  struct Member {
    Standing standing;
    CmaesPoint point;
  };

  [[nodiscard]] std::vector<double> place(const CmaesModel& model, TrialId id, std::uint32_t attempt) const;
  [[nodiscard]] Genome genome(const std::vector<double>& place) const;
  [[nodiscard]] std::optional<CmaesPoint> drawn(const TrialRecord& trial) const;
  // Brings models_ to what history.first_results() makes of them.
  void learn(const History& history) const;
  void take(const TrialRecord& trial, double score) const;

  Space space_;
  Appraiser appraiser_;
  MasterSeed seed_;
  bool higher_is_better_;
  std::vector<Axis> axes_;

  // What was computed before: saves time, changes nothing.
  mutable std::vector<CmaesModel> models_;  // none without a coordinate
  mutable std::vector<Taken> taken_;
  mutable std::vector<Member> generation_;  // as far as it is full behind the last of taken_
};

}  // namespace rondo::search
