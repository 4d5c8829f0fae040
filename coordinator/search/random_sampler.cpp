#include "coordinator/search/random_sampler.h"

#include <utility>

#include "common/random/seeds.h"

namespace rondo::search {

random::Draws sampler_draws(MasterSeed seed, TrialId id, std::uint32_t attempt, std::uint32_t tensor) {
  return {random::derive_key(seed, random::Domain::sampler, id), random::Stream::sampler, tensor, attempt};
}

RandomSampler::RandomSampler(Space space, Appraiser appraiser, MasterSeed seed)
    : space_(std::move(space)), appraiser_(std::move(appraiser)), seed_(seed) {}

std::optional<Proposal> RandomSampler::propose(TrialId id, std::uint32_t attempt,
                                               const History& /*history*/) const {
  return appraiser_.appraise(
      space_.architecture(space_.draw(sampler_draws(seed_, id, attempt, whole_network))));
}

}  // namespace rondo::search
