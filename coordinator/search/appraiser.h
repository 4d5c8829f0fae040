// From a network to what a proposal says of it: its bytes, its size, its cost in ticks, and whether it is too
// large.
#pragma once

#include <cstdint>

#include "common/architecture/architecture.h"
#include "coordinator/search/history.h"
#include "coordinator/search/space.h"
#include "rondo/experiment.pb.h"

namespace rondo::search {

// What makes a network too large: the first of the limits, in this order, that it is above.
enum class Excess { none, parameters, multiply_adds, trial_bytes };
[[nodiscard]] Excess excess_of(const proto::Architecture& architecture, const ProblemShape& shape,
                               const proto::Limits& limits);

// What a resolved experiment says of ticks.
[[nodiscard]] TickRule tick_rule(const proto::Experiment& resolved);

class Appraiser {
 public:
  // Throws Error(bad_input) when a network of the space that the limits let through could cost more
  // multiply-adds an epoch, search.tick_step and tick_weight with them, than 64 bits hold. Judged from above:
  // by the largest network's weights, or by the weights or multiply-adds that the limits allow, whichever are
  // fewer.
  Appraiser(const proto::Experiment& resolved, const Space& space, const ProblemShape& shape);

  // A network that is too large costs one tick, for it is never trained; parameters and multiply-adds that 64
  // bits do not hold are 2^64 - 1.
  [[nodiscard]] Proposal appraise(const proto::Architecture& architecture) const;

 private:
  ProblemShape shape_;
  proto::Limits limits_;
  TickRule tick_rule_;
};

}  // namespace rondo::search
