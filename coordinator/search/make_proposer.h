// From an experiment to the proposer that it asks for.
#pragma once

#include <memory>

#include "common/architecture/architecture.h"
#include "coordinator/search/proposer.h"
#include "rondo/experiment.pb.h"

namespace rondo::search {

// `resolved` has its defaults and a concrete metric. Throws Error(bad_input) when the space is empty or holds
// a value twice, when the objectives are not score and others, or when a network of the space that is not too
// large costs more ticks than 64 bits hold.
[[nodiscard]] std::unique_ptr<Proposer> make_proposer(const proto::Experiment& resolved,
                                                      const ProblemShape& shape);

}  // namespace rondo::search
