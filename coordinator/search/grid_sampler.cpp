#include "coordinator/search/grid_sampler.h"

#include <utility>

namespace rondo::search {

GridSampler::GridSampler(Space space, Appraiser appraiser)
    : space_(std::move(space)), appraiser_(std::move(appraiser)), size_(space_.size()) {}

std::optional<Proposal> GridSampler::propose(TrialId id, std::uint32_t /*attempt*/,
                                             const History& /*history*/) const {
  if (id.value() >= size_) return std::nullopt;
  return appraiser_.appraise(space_.architecture(space_.at(id.value())));
}

}  // namespace rondo::search
