// Bayesian optimisation by a Gaussian process: Matérn-5/2 over the genes, the network of the greatest
// expected improvement next, in logarithms (S. Ament et al., NeurIPS 2023). GP.md defines it, operation by
// operation.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/gp_model.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/sobol_sampler.h"
#include "coordinator/search/space.h"

namespace rondo::search {

class Gp final : public Proposer {
 public:
  Gp(const Space& space, const Appraiser& appraiser, MasterSeed seed, const proto::GpSettings& settings,
     bool higher_is_better);

  [[nodiscard]] bool reads_history() const override { return true; }
  // Until `startup_trials` have ended or been at a rung and one of them has a score, from attempt 1 on, and
  // when no network is left to propose: SobolSampler's network.
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  class Improvement;
  // What a trial says to the model that has ended or been at a rung. Smaller is better.
  struct Seen {
    TrialId id;
    double value = 0;  // meaningful with a score
    bool scored = false;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  [[nodiscard]] std::vector<Seen> seen(const History& history) const;
  [[nodiscard]] GpLengths lengths(const std::vector<Seen>& seen) const;
  [[nodiscard]] GpColumns columns(const std::vector<const Genome*>& genomes) const;
  [[nodiscard]] GpColumns columns_of(const std::vector<Seen>& seen) const;
  void remember(const History& history) const;

  [[nodiscard]] std::optional<Genome> best(TrialId id, const History& history,
                                           const std::vector<Seen>& seen) const;
  [[nodiscard]] std::vector<Genome> drawn(TrialId id) const;
  [[nodiscard]] std::vector<Genome> neighbours(const Genome& genome) const;

  Space space_;
  Appraiser appraiser_;
  MasterSeed seed_;
  SobolSampler sobol_;
  std::uint32_t startup_;
  std::uint32_t candidates_;
  bool higher_is_better_;
  std::vector<std::uint32_t> learned_;  // genes with a choice, by number

  // What was computed before: saves time, changes nothing.
  struct Known {
    Digest digest{};
    Genome genome;
  };
  struct Stage {
    std::vector<Seen> seen;
    GpLengths lengths;
  };
  mutable std::vector<Known> known_;   // by trial id, each good while its digest is the trial's
  mutable std::vector<Stage> stages_;  // each good while the trials that it saw are the same
};

}  // namespace rondo::search
