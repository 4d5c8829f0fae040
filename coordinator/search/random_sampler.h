// Random search: trial i is drawn uniformly, gene by gene, whatever came before.
#pragma once

#include "common/base/ids.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/space.h"

namespace rondo::search {

// The tensor of a draw's address for a network that is drawn as a whole, or a gene that applies only now.
inline constexpr std::uint32_t whole_network = 0;

// The draws of trial `id`: key = derive_key(seed, Domain::sampler, id), stream `sampler`, step = attempt.
// README.md says which sampler uses which tensor.
[[nodiscard]] random::Draws sampler_draws(MasterSeed seed, TrialId id, std::uint32_t attempt,
                                          std::uint32_t tensor);

class RandomSampler final : public Proposer {
 public:
  RandomSampler(Space space, Appraiser appraiser, MasterSeed seed);

  [[nodiscard]] bool reads_history() const override { return false; }
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  Space space_;
  Appraiser appraiser_;
  MasterSeed seed_;
};

}  // namespace rondo::search
